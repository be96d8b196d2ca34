/**
 * The client of a page that asks. It saves a page load after a refusal, and the reader's place in
 * the page after anything else; the form does the same without it. It stores nothing.
 */
import { close } from "./close";
import { form, root } from "./parts";
import { publish } from "./publish";
import { send } from "./send";

form.addEventListener("submit", (event) => {
  if (root.className) {
    event.preventDefault();
    close();
    send(event.submitter as HTMLButtonElement);
  }
});
publish();
