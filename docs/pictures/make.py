"""Remake the pictures of the documentation from the running demo: ``python docs/pictures/make.py``.

Starts the demo on free ports, opens an article in Chromium as a reader would, on a desk and on a
phone, and keeps the two side by side as WebP. No image library is needed: Chromium encodes.
"""

# ruff: noqa: INP001 - a script beside what it makes

from __future__ import annotations

import base64
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))  # the tests' Chromium, with its flags

from playwright.sync_api import sync_playwright  # noqa: E402
from tests.stage.browser import FLAGS, chromium_path  # noqa: E402

from daccord.demo.stage import open_stage  # noqa: E402

if TYPE_CHECKING:
    from playwright.sync_api import Browser

OUT = Path(__file__).parent / "notice.webp"
ARTICLE = "/en/"
DESK = {"width": 1200, "height": 900}
PHONE = {"width": 414, "height": 900}
QUALITY = 0.82
LONGEST_BYTES = 200_000

ENCODE = """async ([shots, quality]) => {
  const images = await Promise.all(shots.map(async (png) =>
    createImageBitmap(await (await fetch(png)).blob())));
  const gap = 48;
  const width = images.reduce((sum, each) => sum + each.width + gap, gap);
  const height = Math.max(...images.map((each) => each.height)) + 2 * gap;
  const canvas = new OffscreenCanvas(width, height);
  const context = canvas.getContext("2d");
  context.fillStyle = "#e9e6dd";
  context.fillRect(0, 0, width, height);
  let left = gap;
  for (const each of images) {
    context.shadowColor = "#0003";
    context.shadowBlur = 24;
    context.shadowOffsetY = 6;
    context.drawImage(each, left, gap);
    left += each.width + gap;
  }
  const blob = await canvas.convertToBlob({type: "image/webp", quality});
  const bytes = new Uint8Array(await blob.arrayBuffer());
  return btoa(Array.from(bytes, (b) => String.fromCharCode(b)).join(""));
}"""


def shoot(browser: Browser, address: str, size: dict[str, int]) -> str:
    """Photograph the first page that a reader sees, as a data URL."""
    page = browser.new_page(
        viewport={"width": size["width"], "height": size["height"]},
        locale="en-GB",
        color_scheme="light",
    )
    page.goto(address, wait_until="networkidle")
    png = page.screenshot(type="png")
    page.close()
    return f"data:image/png;base64,{base64.b64encode(png).decode()}"


def main() -> None:
    with (
        tempfile.TemporaryDirectory() as folder,
        open_stage(data=Path(folder)) as stage,
        sync_playwright() as play,
    ):
        browser = play.chromium.launch(executable_path=chromium_path(), args=FLAGS)
        address = stage.addresses.paper + ARTICLE
        shots = [shoot(browser, address, size) for size in (DESK, PHONE)]
        page = browser.new_page()
        raw = base64.b64decode(page.evaluate(ENCODE, [shots, QUALITY]))
        browser.close()
    if len(raw) > LONGEST_BYTES:
        sys.exit(f"{OUT.name} would be {len(raw)} bytes, more than {LONGEST_BYTES}")
    OUT.write_bytes(raw)
    sys.stdout.write(f"{OUT.name}: {len(raw) // 1000} kB\n")


if __name__ == "__main__":
    main()
