import { form, root } from "./parts";

/** A plain refusal loosens nothing, so this page stays: it says refused, no longer by default. */
export function settle(): void {
  root.dataset.state = "refused";
  for (const mark of root.querySelectorAll("b>i")) mark.remove();
  for (const radio of form.querySelectorAll<HTMLInputElement>("[value=refuse][type=radio]")) {
    if (!(form.elements.namedItem(radio.name) as RadioNodeList).value) radio.checked = true;
  }
  root.className = "d-saved";
}
