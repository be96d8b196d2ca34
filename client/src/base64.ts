/** Reads padded base64 of one spelling; `undefined` for anything else. */
export function base64(text: string): Uint8Array<ArrayBuffer> | undefined {
  try {
    const binary = atob(text);
    if (btoa(binary) == text) return Uint8Array.from(binary, (each) => each.charCodeAt(0));
  } catch {
    // not base64
  }
  return undefined;
}
