/**
 * The client of a page that asks. It saves a page load after a refusal, and the reader's place in
 * the page after anything else; the form does the same without it. It stores nothing.
 */
import { afterPaint } from "./afterPaint";
import { close } from "./close";
import { form, root } from "./parts";
import { publish } from "./publish";
import { isPlainRefusal, send } from "./send";

form.addEventListener("submit", (event) => {
  // While an answer is awaited the notice is closed, and the browser posts what comes next itself.
  if (root.className) {
    const button = event.submitter as HTMLButtonElement;
    event.preventDefault();
    // Hiding is all that the next paint needs: style, layout, focus and the post come after it.
    root.hidden = true;
    afterPaint(() => {
      root.hidden = false;
      close();
      // At the top of the page there is no place to keep: the browser's own post and redirect then
      // moves focus to the strip, which it does not do reliably when a page is reloaded.
      if (isPlainRefusal(button) || scrollY) send(button);
      else form.requestSubmit(button);
    });
  }
});

// A page kept in memory would ask again what has been answered since.
addEventListener("pageshow", (event) => {
  if (event.persisted) location.reload();
});

publish();
