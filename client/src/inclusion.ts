import type { Receipt } from "./receipt";

type Bytes = Uint8Array<ArrayBuffer>;

const sha256 = async (...parts: ArrayLike<number>[]): Promise<Bytes> =>
  new Uint8Array(
    await crypto.subtle.digest("SHA-256", new Uint8Array(parts.flatMap((each) => Array.from(each)))),
  );

/**
 * Whether record and salt are the entry at the receipt's place in the tree of its checkpoint
 * (RFC 9162, section 2.1.3.2).
 */
export async function isIncluded(receipt: Receipt): Promise<boolean> {
  if (receipt.index >= receipt.size) return false;
  const entry = await sha256(receipt.salt, new TextEncoder().encode(receipt.record));
  let found = await sha256([0], entry);
  let at = receipt.index;
  let last = receipt.size - 1n;
  for (const hash of receipt.hashes) {
    if (!last) return false;
    if (at & 1n || at == last) {
      found = await sha256([1], hash, found);
      while (!(at & 1n) && at) {
        at >>= 1n;
        last >>= 1n;
      }
    } else {
      found = await sha256([1], found, hash);
    }
    at >>= 1n;
    last >>= 1n;
  }
  return !last && found.every((each, place) => each == receipt.root[place]);
}
