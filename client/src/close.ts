import { customise, root } from "./parts";

/**
 * Turns the notice into the strip, at once: what it says then, refused by default, is true until
 * the server has answered. Focus moves to the strip's control, where the choice can be changed.
 */
export function close(): void {
  root.className = "";
  root.role = "region";
  (customise.parentElement as HTMLDetailsElement).open = false;
  customise.focus({ preventScroll: true });
}
