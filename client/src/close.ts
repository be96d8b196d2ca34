import { details, root } from "./parts";

/**
 * Turns the notice into the strip, at once: what it says then, refused by default, is true until
 * the server has answered.
 */
export function close(): void {
  root.className = "";
  root.role = "region";
  details.open = false;
}
