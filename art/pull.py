"""Print the pictures of the demo's newspaper: ``python -m art.pull [NAME ...]``.

Each scene is drawn as SVG, rendered by Chromium and kept as WebP in three widths. The SVG itself
is not served: its grain would be computed anew on every reader's machine.
"""

from __future__ import annotations

import base64
import sys
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from art.scenes import SCENES

OUT = Path(__file__).parent.parent / "src/daccord/demo/paper/static/pictures"
SIZES = {1200: 0.25, 800: 0.34, 480: 0.5}
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"]

# WebP by the browser itself, from the rendered page: no image library is needed.
ENCODE = """async ([png, width, quality]) => {
  const image = await createImageBitmap(await (await fetch(png)).blob());
  const canvas = new OffscreenCanvas(width, Math.round(width * 2 / 3));
  const context = canvas.getContext("2d");
  context.imageSmoothingQuality = "high";
  context.drawImage(image, 0, 0, canvas.width, canvas.height);
  const blob = await canvas.convertToBlob({type: "image/webp", quality});
  const bytes = new Uint8Array(await blob.arrayBuffer());
  return btoa(Array.from(bytes, (b) => String.fromCharCode(b)).join(""));
}"""


def pull(page: Page, name: str) -> None:
    svg = SCENES[name]().svg()
    page.set_content(f"<style>body{{margin:0}}svg{{display:block}}</style>{svg}")
    png = base64.b64encode(page.screenshot(type="png", timeout=300_000)).decode()
    for width, quality in SIZES.items():
        data = page.evaluate(ENCODE, [f"data:image/png;base64,{png}", width, quality])
        raw = base64.b64decode(data)
        (OUT / f"{name}-{width}.webp").write_bytes(raw)
        sys.stdout.write(f"{name}-{width}.webp {len(raw) // 1024} kB (svg {len(svg) // 1024} kB)\n")


def main() -> None:
    OUT.mkdir(exist_ok=True)
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path="/usr/bin/chromium", args=ARGUMENTS)
        page = browser.new_page(viewport={"width": 1440, "height": 960})
        for name in sys.argv[1:] or SCENES:
            pull(page, name)
        browser.close()


if __name__ == "__main__":
    main()
