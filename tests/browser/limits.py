"""The table of ``docs/concepts/limits.md``, made from `escapes_all`, which the tests hold true.

``python -m tests.browser.limits`` writes it anew.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

from tests.browser.escapes import Escape, Reach
from tests.browser.escapes_all import CHAPTERS

PAGE: Final = Path(__file__).parents[2] / "docs" / "concepts" / "limits.md"
BEGIN: Final = "<!-- written by tests/browser/limits.py; do not edit -->"
END: Final = "<!-- end of what is written -->"

_WORDS: Final = {
    Reach.NOTHING: "nothing",
    Reach.CONNECTION: "a connection",
    Reach.REQUEST: "a request",
}


def tables() -> str:
    """One table for each chapter: what reached a refused host, without daccord and with it."""
    return "\n".join(
        f"### {chapter}\n\n"
        "| way | without daccord | everything refused | why |\n|---|---|---|---|\n"
        + "".join(map(_row, ways))
        for chapter, ways in CHAPTERS.items()
    )


def _row(way: Escape) -> str:
    shut = _WORDS[way.shut]
    if way.shut is not Reach.NOTHING:
        shut = f"**{shut}**"
    return f"| {way.title} | {_WORDS[way.open]} | {shut} | {way.why} |\n"


def written(text: str) -> str:
    """Give the page's text with the tables as they should be."""
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}\n\n{tables()}\n{END}{after}"


if __name__ == "__main__":
    PAGE.write_text(written(PAGE.read_text("utf-8")), "utf-8")
