/**
 * Builds client/src into src/daccord/notice/assets.py: style sheets and scripts as strings, so
 * that nothing is read at run time. `node build.mjs --print` writes to stdout instead.
 */
import { build } from "esbuild";
import { writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const here = (path) => fileURLToPath(new URL(path, import.meta.url));

async function built(entry) {
  const result = await build({
    entryPoints: [here(`src/${entry}`)],
    bundle: true,
    minify: true,
    charset: "ascii",
    format: "iife",
    legalComments: "none",
    target: ["chrome123", "firefox121", "safari17.5"],
    write: false,
  });
  // A script of one closure has no need to say so again.
  return result.outputFiles[0].text.trimEnd().replace(/^"use strict";/, "");
}

const assets = {
  NOTICE_CSS: ["notice.css", "The style of the notice and the strip."],
  PAGE_CSS: ["page.css", "The style of daccord's own pages."],
  NOTICE_JS: ["notice.ts", "The client of a page that asks."],
  CLEAR_JS: ["clear.ts", "What clears storage after a withdrawal."],
  VERIFY_JS: ["verify.ts", "The page that checks a receipt in the browser."],
  RECEIPT_JS: ["receiptFile.ts", "What reads a receipt from a file into a form."],
};

let text = `"""Built by client/build.mjs; do not edit. ASCII, so that any charset can carry it."""

# fmt: off
# ruff: noqa: E501, Q003 - minified

from __future__ import annotations

from typing import Final
`;
for (const [name, [entry, about]] of Object.entries(assets)) {
  text += `\n${name}: Final = ${JSON.stringify(await built(entry))}\n"""${about}"""\n`;
}
if (process.argv.includes("--print")) {
  process.stdout.write(text);
} else {
  writeFileSync(here("../src/daccord/notice/assets.py"), text);
}
