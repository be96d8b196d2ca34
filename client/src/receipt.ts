import { base64 } from "./base64";
import { type Note, isInOrder, readNote } from "./notes";

/** A receipt, taken apart; nothing in it is checked against anything. */
export interface Receipt {
  record: string;
  salt: Uint8Array<ArrayBuffer>;
  index: bigint;
  hashes: Uint8Array<ArrayBuffer>[];
  note: Note;
  origin: string;
  size: bigint;
  root: Uint8Array<ArrayBuffer>;
}

/** What of a file cannot be read. */
export type Part = "start" | "record" | "salt" | "proof" | "checkpoint";

const MAXIMUM_NUMBER = 2n ** 63n - 1n;

const HASH = "[0-9a-f]{64}";
const ID = "[A-Za-z0-9_-]{21}[AQgw]";
const ANSWER = "[a-z][a-z0-9-]{0,30}";
const ANSWERS = `\\[(?:\\["${ANSWER}",(?:null|"${ANSWER}")\\](?:,(?!\\])|(?=\\])))*\\]`;
const LABEL = "[a-z0-9_][a-z0-9_-]{0,62}";
const SITE =
  '(?=[^"]{1,259}")(?![^"]*[0-9]\\.[0-9]+\\.[0-9]+\\.[0-9])' +
  `(?:${LABEL}\\.){0,126}(?=[a-z])${LABEL}(?::[1-9][0-9]{0,4})?`;

/** The grammar of a record, as in daccord/consent/encoding.py. */
const RECORD = new RegExp(
  `^\\{"code":"${HASH}","declaration":"${HASH}","format":1,"granted":${ANSWERS},"id":"${ID}"` +
    `,"language":"[a-z]{2,3}(?:-[A-Za-z0-9]{2,8}){0,2}","notice":"${HASH}"` +
    `,"previous":(?:null|"${ID}"),"refused":${ANSWERS},"site":"${SITE}"` +
    ',"time":(?:0|[1-9][0-9]{0,14})' +
    ',"way":"(?:notice|customise|placeholder|withdrawal)"\\}$',
);

/** Reads a receipt, or says which part of it is not one. One spelling for each receipt. */
export function readReceipt(text: string): Receipt | Part {
  const lines = text.split("\n");
  const [first, record = "", salted = "", heading, indexed = ""] = lines;
  if (first != "daccord-receipt 1") return "start";
  if (!isRecord(record)) return "record";
  const salt = salted.startsWith("salt ") && base64(salted.slice(5));
  if (!salt || salt.length != 32) return "salt";
  const index = indexed.startsWith("index ") ? decimal(indexed.slice(6)) : undefined;
  const gap = lines.indexOf("", 5);
  if (heading != "c2sp.org/tlog-proof@v1" || index == undefined || gap < 0) return "proof";
  const hashes = lines.slice(5, gap).map(base64);
  if (hashes.length > 63 || !hashes.every((each) => each?.length == 32)) return "proof";
  const note = readNote(lines.slice(gap + 1).join("\n"));
  const said = note?.text.slice(0, -1).split("\n");
  const size = said && said.length > 2 && said.every((each) => each) ? decimal(said[1]!) : undefined;
  const root = said && base64(said[2]!);
  if (!note || !said || size == undefined || root?.length != 32) return "checkpoint";
  if (!isInOrder(note, said[0]!)) return "checkpoint";
  return {
    record,
    salt,
    index,
    hashes: hashes as Uint8Array<ArrayBuffer>[],
    note,
    origin: said[0]!,
    size,
    root,
  };
}

function isRecord(line: string): boolean {
  if (line.length > 65536 || !RECORD.test(line)) return false;
  const { granted, refused } = JSON.parse(line) as Record<string, unknown[]>;
  const answered = [...granted!, ...refused!].map((each) => JSON.stringify(each));
  return new Set(answered).size == answered.length;
}

function decimal(text: string): bigint | undefined {
  if (!/^(?:0|[1-9][0-9]{0,18})$/.test(text)) return undefined;
  const number = BigInt(text);
  return number > MAXIMUM_NUMBER ? undefined : number;
}
