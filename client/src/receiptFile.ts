/** Lets the reader choose a receipt's file in the place of pasting it. Without it they paste. */
const file = document.getElementById("file") as HTMLInputElement | null;
const text = document.getElementById("text") as HTMLTextAreaElement | null;

if (file && text) {
  file.parentElement!.hidden = false;
  file.onchange = async () => {
    text.value = (await file.files?.[0]?.text()) ?? "";
    text.focus();
  };
}
