import { customise, form, root } from "./parts";
import { settle } from "./settle";

/** Whether nothing is loosened by the answer, so that this page may stay. */
export const isPlainRefusal = (button: HTMLButtonElement): boolean =>
  button.value == "refuse" && root.dataset.state == "not-asked";

/**
 * Posts the form as `button` would. A redirect is success. On anything else the notice comes back
 * and the browser posts it again itself, so that the reader sees the server's own words.
 */
export async function send(button: HTMLButtonElement): Promise<void> {
  // Where the choice can be changed; the button that was pressed is gone.
  customise.focus({ preventScroll: true });
  try {
    const answer = await fetch(form.action, {
      method: "POST",
      body: new URLSearchParams(new FormData(form, button) as never),
      redirect: "manual",
      keepalive: true,
    });
    if (answer.type != "opaqueredirect") throw answer;
    if (isPlainRefusal(button)) return settle();
    history.replaceState(history.state, "", "#daccord");
    location.reload();
  } catch {
    form.requestSubmit(button);
    root.className = "d-ask";
  }
}
