"""A picture of each state, in ``test-artifacts/``, for people to look at."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest

from tests.browser.reader import FRONT, LEAD, Reader

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.browser.conftest import NewReader

pytestmark = pytest.mark.browser

FOLDER: Final = Path(__file__).parents[2] / "test-artifacts" / "browser"
COMMENTS: Final = ".comments .daccord-box"

SCENES: Final[dict[str, Callable[[Reader], Reader]]] = {
    "1-asked": lambda r: r.open(LEAD),
    "2-customise": lambda r: r.open(LEAD).unfold(),
    "3-refused": lambda r: r.open(FRONT).refuse(),
    "4-refused-next-page": lambda r: r.open(FRONT).refuse().open(LEAD),
    "5-comments-closed": lambda r: r.open(LEAD).refuse().scroll_to(COMMENTS),
    "6-post-closed": lambda r: r.open(LEAD).refuse().scroll_to(".daccord-box"),
    "7-comments-opened": lambda r: r.open(LEAD).refuse().press(f"{COMMENTS} button"),
    "8-comments-first": lambda r: r.open(LEAD).press(f"{COMMENTS} button"),
    "9-granted": lambda r: r.open(LEAD).accept(),
    "a-granted-customise": lambda r: r.open(LEAD).accept().unfold(),
    "b-withdrawn": lambda r: r.open(LEAD).accept().withdraw(),
    "c-policy": lambda r: r.open("/_daccord/policy?lang=fr"),
    "d-error": lambda r: r.open("/_daccord/choice"),
    "e-no-consents": lambda r: r.open("/_daccord/consents"),
    "f-granted-consents": lambda r: r.open(LEAD).accept().open("/_daccord/consents"),
    "g-verify": lambda r: r.open("/_daccord/verify"),
}

ON_PHONES: Final = ("1-asked", "2-customise", "6-post-closed", "9-granted", "c-policy")


@pytest.mark.parametrize("width", [390, 1280], ids=["phone", "desk"])
def test_picture(new_reader: NewReader, width: int) -> None:
    """Drawn for the eye; what has to hold is held by the other tests."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    scenes = SCENES if width > 390 else {name: SCENES[name] for name in ON_PHONES}
    for name, scene in scenes.items():
        reader = new_reader()
        reader.page.set_viewport_size({"width": width, "height": 844})
        scene(reader)
        if "opened" in name:
            reader.page.locator("#isso-root .isso-comment").first.wait_for()
        if "granted" in name:
            reader.page.wait_for_load_state("networkidle")
        path = FOLDER / f"{name}-{width}.png"
        reader.page.screenshot(path=path)
        assert path.stat().st_size > 10_000
        reader.context.close()
