/**
 * The page that checks a receipt: the steps of daccord/receipt/check.py, in the browser. It sends
 * nothing and stores nothing. Its texts are in the page, so that it works as a saved file.
 */
import { isIncluded } from "./inclusion";
import { type Key, readKey } from "./keys";
import { type Receipt, readReceipt } from "./receipt";
import { FalseSignature, NoEd25519, signedBy } from "./signed";

/** As marks of shape and colour: passed, failed, not checked. */
type Outcome = "yes" | "no" | "open";
type Values = Record<string, unknown>;

/** How far one clock may be ahead of another before they contradict each other. */
const TOLERANCE_SECONDS = 3600;

const element = <T extends HTMLElement>(id: string): T => document.getElementById(id) as T;

const text = element<HTMLTextAreaElement>("text");
const file = element<HTMLInputElement>("file");
const summary = element("step-summary");
const steps = element("steps");
const facts = element("facts");

/** More bytes than a receipt can have. */
const LARGEST = 200_000;

/** One check after the other. */
let queue: Promise<void> = Promise.resolve();

/** The steps that were taken in the latest check, in order. */
let taken = new Map<string, Outcome>();

/** A text of the page, with its values filled in. */
const say = (holder: HTMLElement, name: string, values: Values = {}): string =>
  holder.dataset[name]!.replace(/\{(\w+)\}/g, (_, key: string) => String(values[key]));

/** Says how one step ended: by a mark of shape and colour, its word, and a sentence. */
function step(id: string, outcome: Outcome, name: string = outcome, values: Values = {}): Outcome {
  const holder = element(`step-${id}`);
  const [mark, sentence] = holder.querySelectorAll<HTMLElement>("b, p");
  mark!.className = `d-${outcome}`;
  mark!.textContent = say(holder.dataset[`${outcome}Word`] ? holder : steps, `${outcome}Word`);
  sentence!.textContent = say(holder, name, values);
  taken.set(id, outcome);
  return outcome;
}

async function check(given: string): Promise<void> {
  taken = new Map();
  const receipt = readReceipt(given);
  facts.replaceChildren();
  for (const each of steps.children) step(each.id.slice(5), "open", "skip");
  if (typeof receipt == "string") {
    step("file", "no", "no", { part: say(element("step-file"), receipt) });
  } else {
    step("file", "yes");
    step("record", "yes");
    tell(receipt.record);
    if (crypto.subtle) await follow(receipt);
  }
  const outcomes = [...taken.values()];
  // What no one was asked about, witnesses and clocks, does not keep a receipt from being genuine.
  const needed = ["inclusion", "checkpoint"].every((id) => taken.get(id) == "yes");
  const unable = !crypto.subtle ? "insecure" : "open";
  if (outcomes.includes("no")) step("summary", "no");
  else step("summary", needed ? "yes" : "open", needed ? "yes" : unable);
  summary.parentElement!.hidden = false;
  summary.focus();
}

async function follow(receipt: Receipt): Promise<void> {
  const { index, size, note, origin, record } = receipt;
  step("commitment", "yes");
  step("inclusion", (await isIncluded(receipt)) ? "yes" : "no", undefined, { index, size });
  const keys: Key[] = [];
  for (const line of element<HTMLTextAreaElement>("keys").value.split("\n")) {
    const key = await readKey(line.trim());
    if (key) keys.push(key);
    else if (line.trim()) return void step("checkpoint", "no", "unreadable", { key: line });
  }
  const times = new Map<string, number>();
  try {
    const own = keys.filter((each) => each.kind == 1 && each.name == origin);
    const [signer] = (await signedBy(note, own)).keys();
    step("checkpoint", signer ? "yes" : "no", undefined, { ...signer, origin });
  } catch (error) {
    fail("checkpoint", error);
  }
  try {
    const witnesses = keys.filter((each) => each.kind == 4);
    for (const [key, time] of await signedBy(note, witnesses)) times.set(key.name, time);
    const names = [...times.keys()].join(", ");
    if (names) step("witnesses", "yes", "yes", { names });
    else step("witnesses", "open", note.signatures.length > 1 ? "unknown" : "none");
  } catch (error) {
    fail("witnesses", error);
  }
  clocks(JSON.parse(record).time / 1000, times);
}

function fail(id: string, error: unknown): void {
  if (error instanceof FalseSignature) step(id, "no", "false", { name: error.message });
  else if (error instanceof NoEd25519) step(id, "open", "unable");
  else throw error;
}

/** Holds the record's own time against those of others: it cannot come after them. */
function clocks(record: number, times: Map<string, number>): void {
  const now = Date.now() / 1000;
  const seen = [...times.values()];
  const late =
    [now, ...seen].some((time) => record > time + TOLERANCE_SECONDS) ||
    seen.some((time) => time > now + TOLERANCE_SECONDS);
  const first = seen.length ? moment(Math.min(...seen) * 1000) : "";
  step("time", late ? "no" : "yes", !late && first ? "seen" : undefined, { first });
}

/** The 24-hour clock and the day before the month, as the site's other pages write it. */
const moment = (milliseconds: number): string =>
  new Date(milliseconds).toLocaleString(document.documentElement.lang.replace(/^en$/, "en-GB"), {
    dateStyle: "long",
    timeStyle: "short",
    timeZone: "UTC",
  }) + " UTC";

/** Says what the record holds. */
function tell(record: string): void {
  const { time, site, way, language, granted, refused, declaration } = JSON.parse(record);
  const said = {
    when: moment(time),
    site,
    how: say(facts, way),
    language,
    granted: answers(granted),
    refused: answers(refused),
    version: declaration.slice(0, 8),
  };
  for (const [name, value] of Object.entries(said)) {
    const row = document.createElement("div");
    const term = document.createElement("dt");
    const description = document.createElement("dd");
    term.textContent = say(facts, name);
    description.textContent = value;
    row.append(term, description);
    facts.append(row);
  }
}

/** As `social (isso, murmure), advertising`: services in brackets behind their purpose. */
function answers(pairs: [string, string | null][]): string {
  const services = new Map<string, string[]>();
  for (const [purpose, service] of pairs) {
    const named = services.get(purpose) ?? [];
    services.set(purpose, service ? [...named, service] : named);
  }
  const told = Array.from(services, ([purpose, named]) =>
    named.length ? `${purpose} (${named.join(", ")})` : purpose,
  );
  return told.join(", ") || say(facts, "nothing");
}

/** Checks a file as it is: the text area would change the ends of its lines. */
function take(chosen: File | undefined): void {
  queue = queue.then(async () => {
    if (!chosen) return;
    // What is not UTF-8 is no receipt: the mark that takes its place keeps it from being one.
    const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
    const given = chosen.size < LARGEST ? decoder.decode(await chosen.arrayBuffer()) : "";
    text.value = given;
    await check(given);
  });
}

element("tool").hidden = false;
element("check").onclick = () => {
  // What is pasted has lost its last line end, or gained some.
  queue = queue.then(() => check(text.value.trim() + "\n"));
};
file.onchange = () => take(file.files?.[0]);
ondragover = (event) => event.preventDefault();
ondrop = (event) => {
  event.preventDefault();
  take(event.dataTransfer?.files[0]);
};
