import { base64 } from "./base64";
import { hex, isName } from "./notes";

/** A public key and the name that it signs under: `name+id+base64`. */
export interface Key {
  name: string;
  id: string;
  /** 1 for a log, 4 for a witness (c2sp.org/tlog-cosignature). */
  kind: number;
  raw: Uint8Array<ArrayBuffer>;
}

/** Reads one key; `undefined` for anything that is none, or whose id is not that of its key. */
export async function readKey(text: string): Promise<Key | undefined> {
  const found = /^([^+]+)\+([0-9a-f]{8})\+(.+)$/.exec(text);
  const raw = found && base64(found[3]!);
  if (!raw || raw.length != 33 || !isName(found[1]!)) return undefined;
  const kind = raw[0]!;
  const [, name, id] = found as unknown as [string, string, string];
  const named = new TextEncoder().encode(`${name}\n`);
  const hashed = await crypto.subtle.digest("SHA-256", new Uint8Array([...named, ...raw]));
  if (hex(new Uint8Array(hashed).slice(0, 4)) != id || (kind != 1 && kind != 4)) return undefined;
  return { name, id, kind, raw: raw.slice(1) };
}
