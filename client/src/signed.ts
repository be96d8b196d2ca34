import type { Key } from "./keys";
import type { Note, Signature } from "./notes";

/** This browser has no Ed25519: a signature cannot be looked at here. */
export class NoEd25519 extends Error {}

/** A signature in the name of a known key that is not by it. */
export class FalseSignature extends Error {}

/**
 * The keys that signed a note, each with the second as of which it did: a log's says none (0), a
 * witness's does. Signatures of other keys are passed over. Throws NoEd25519 and FalseSignature.
 */
export async function signedBy(note: Note, keys: Key[]): Promise<Map<Key, number>> {
  const found = new Map<Key, number>();
  for (const signature of note.signatures) {
    const key = keys.find((each) => each.name == signature.name && each.id == signature.id);
    if (key) {
      const time = await checked(key, signature, note.text);
      found.set(key, Math.min(time, found.get(key) ?? time));
    }
  }
  return found;
}

async function checked(key: Key, { raw, name }: Signature, text: string): Promise<number> {
  let time = 0n;
  if (key.kind == 4) {
    // A witness signs a time, too: 8 bytes before its signature.
    if (raw.length != 72) throw new FalseSignature(name);
    time = new DataView(raw.buffer).getBigUint64(0);
    if (!time || time >> 63n) throw new FalseSignature(name);
    text = `cosignature/v1\ntime ${time}\n${text}`;
    raw = raw.slice(8);
  }
  let made: CryptoKey;
  try {
    made = await crypto.subtle.importKey("raw", key.raw, "Ed25519", false, ["verify"]);
  } catch (error) {
    throw (error as DOMException).name == "DataError" ? new FalseSignature(name) : new NoEd25519();
  }
  const signed = new TextEncoder().encode(text);
  if (!(await crypto.subtle.verify("Ed25519", made, raw, signed))) throw new FalseSignature(name);
  return Number(time);
}
