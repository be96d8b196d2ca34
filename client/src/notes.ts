import { base64 } from "./base64";

/** A signed note (c2sp.org/signed-note): the text that is signed, and who says to have signed it. */
export interface Note {
  text: string;
  signatures: Signature[];
}

export interface Signature {
  name: string;
  /** The first four bytes of what stands in the line: which key of that name. */
  id: string;
  raw: Uint8Array<ArrayBuffer>;
  line: string;
}

const CONTROL = /[\x00-\x09\x0b-\x1f]/;
const NAME = /^[^\s+\x00-\x1f\x85]+$/;

export const isName = (name: string): boolean => NAME.test(name);

export const hex = (raw: Uint8Array): string =>
  Array.from(raw, (each) => each.toString(16).padStart(2, "0")).join("");

/** Reads a note; `undefined` for anything that is none. Verifies no signature. */
export function readNote(whole: string): Note | undefined {
  const split = whole.lastIndexOf("\n\n");
  if (split < 0 || !whole.endsWith("\n") || CONTROL.test(whole)) return undefined;
  const lines = whole.slice(split + 2, -1).split("\n");
  const signatures = lines.map(readSignature);
  if (lines.length > 64 || !signatures.every((each) => each)) return undefined;
  return { text: whole.slice(0, split + 1), signatures: signatures as Signature[] };
}

function readSignature(line: string): Signature | undefined {
  const found = /^\u2014 (\S+) (\S+)$/.exec(line);
  const raw = found && base64(found[2]!);
  if (!raw || raw.length < 5 || !isName(found[1]!)) return undefined;
  return { name: found[1]!, id: hex(raw.slice(0, 4)), raw: raw.slice(4), line };
}

/** Whether the log's own signatures come first, each half by its characters, and none twice. */
export function isInOrder({ signatures }: Note, origin: string): boolean {
  const ranks = signatures.map((each) => (each.name == origin ? "0" : "1") + each.line);
  return ranks.every((each, place) => !place || ranks[place - 1]! < each);
}
