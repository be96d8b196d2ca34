import { form, root } from "./parts";

/**
 * A plain refusal loosens nothing, so this page stays: it says refused, no longer by default, and
 * tells the page so by the event `daccord:choice`.
 */
export function settle(): void {
  root.dataset.state = "refused";
  for (const mark of root.querySelectorAll("b>i")) mark.remove();
  for (const radio of form.querySelectorAll<HTMLInputElement>("[type=radio][value=refuse]")) {
    if (!(form.elements.namedItem(radio.name) as RadioNodeList).value) radio.checked = true;
  }
  root.className = "d-saved";
  document.dispatchEvent(new CustomEvent("daccord:choice", { detail: "refused" }));
}
