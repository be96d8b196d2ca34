"""Bring the notice's texts from source to ``.po`` and from ``.po`` to Python.

``python tools/compile_texts.py update`` adds what the source says newly to each ``.po`` file and
drops what it says no more; ``compile`` writes ``catalogues.py`` and ``territories.py``. Fails when
a message has no translation (LANG-1) or holds a character that is markup in HTML.
"""

from __future__ import annotations

import ast
import io
import json
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

from babel import Locale
from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po, write_po

if TYPE_CHECKING:
    from collections.abc import Iterator

NOTICE: Final = Path(__file__).parents[1] / "src" / "daccord" / "notice"
TEXTS: Final = NOTICE / "texts"
KEYWORDS: Final = {"words": 1, "count": 2}
REVIEW: Final = "X-Review"
HEADER: Final = f"""\
# Texts of the daccord notice.
# {REVIEW}: {{review}}
msgid ""
msgstr ""
"Project-Id-Version: daccord\\n"
"Language: {{language}}\\n"
"MIME-Version: 1.0\\n"
"Content-Type: text/plain; charset=utf-8\\n"
"Content-Transfer-Encoding: 8bit\\n"
"Plural-Forms: {{plural}}\\n"

"""
MARKUP: Final = re.compile('[<>&"]')


def extracted() -> Catalog:
    """Every message that the source says: ``words("...")`` and ``words.count("...", "...", n)``.

    Read from the syntax tree, since Babel's own reader passes over calls inside of calls.
    """
    catalog = Catalog(charset="utf-8", fuzzy=False)
    for path in sorted(NOTICE.glob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and (count := KEYWORDS.get(last_name(node.func))):
                texts = [literal(argument, path) for argument in node.args[:count]]
                catalog.add(tuple(texts) if count > 1 else texts[0])
    return catalog


def last_name(node: ast.expr) -> str:
    match node:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
        case _:
            return ""


def literal(node: ast.expr, path: Path) -> str:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    raise SystemExit(f"{path.name}:{node.lineno}: a message must stand there in words")


def languages() -> list[str]:
    return sorted(path.stem for path in TEXTS.glob("*.po"))


def read(language: str) -> Catalog:
    with (TEXTS / f"{language}.po").open("rb") as file:
        return read_po(file, locale=language)


def update() -> None:
    for language in languages():
        catalog = read(language)
        catalog.update(extracted(), no_fuzzy_matching=True)
        catalog.obsolete.clear()
        if language == "en":
            for message in catalog:
                if message.id and not any(forms(message.string)):
                    message.string = message.id
        body = io.BytesIO()
        write_po(body, catalog, width=100, sort_output=True, no_location=True, omit_header=True)
        (TEXTS / f"{language}.po").write_text(
            HEADER.format(language=language, review=review(language), plural=catalog.plural_forms)
            + body.getvalue().decode(),
            encoding="utf-8",
        )


def forms(string: str | tuple[str, ...] | list[str] | None) -> tuple[str, ...]:
    return (string,) if isinstance(string, str) else tuple(string or ("",))


def faults() -> Iterator[str]:
    """Whatever keeps the texts from being published."""
    said = {message.id for message in extracted() if message.id}
    for language in languages():
        catalog = read(language)
        translated = {
            message.id for message in catalog if message.id and all(forms(message.string))
        }
        yield from (f"{language}: no text for {missing!r}" for missing in said - translated)
        yield from (f"{language}: nobody says {idle!r}" for idle in translated - said)
        for message in catalog:
            for form in forms(message.string):
                if message.id and MARKUP.search(form):
                    yield f"{language}: markup in {form!r}"


def quoted(text: str) -> str:
    """Write ``text`` as Python does, with spaces that cannot be told apart spelled out."""
    return json.dumps(text, ensure_ascii=False).replace("\u00a0", "\\u00a0")


def compiled_catalogues() -> str:
    lines = [
        '"""Written by tools/compile_texts.py from texts/*.po; do not edit."""',
        "",
        "# fmt: off",
        "# ruff: noqa: E501 - texts",
        "",
        "from __future__ import annotations",
        "",
        "from typing import Final",
        "",
        "from daccord.notice.catalogue import Catalogue",
        "",
        "CATALOGUES: Final[dict[str, Catalogue]] = {",
    ]
    for language in languages():
        catalog = read(language)
        lines += [f"    {quoted(language)}: Catalogue("]
        lines += [
            f"        review={quoted(review(language))},",
            f"        plural={quoted(catalog.plural_expr)},",
        ]
        lines += ["        messages={"]
        for message in sorted((m for m in catalog if m.id), key=lambda m: forms(m.id)):
            key = "\0".join(forms(message.id))
            one_or_more = [quoted(form) for form in forms(message.string)]
            texts = ", ".join(one_or_more) if len(one_or_more) > 1 else f"{one_or_more[0]},"
            lines.append(f"            {quoted(key)}: ({texts}),")
        lines += ["        },", "    ),"]
    return "\n".join([*lines, "}", ""])


def review(language: str) -> str:
    """The review status that a catalogue must carry (LANG-3)."""
    text = (TEXTS / f"{language}.po").read_text(encoding="utf-8")
    found = re.search(rf"^# {REVIEW}: (draft|reviewed)", text, re.MULTILINE)
    if not found:
        raise SystemExit(f"{language}.po: a line '# {REVIEW}: draft' or 'reviewed' is missing")
    return found[1]


def compiled_territories() -> str:
    lines = [
        '"""Names of countries from Unicode CLDR, by tools/compile_texts.py; do not edit."""',
        "",
        "# fmt: off",
        "",
        "from __future__ import annotations",
        "",
        "from typing import Final",
        "",
        "TERRITORIES: Final[dict[str, dict[str, str]]] = {",
    ]
    for language in languages():
        territories = Locale.parse(language).territories
        lines.append(f"    {quoted(language)}: {{")
        lines += [
            f"        {quoted(code)}: {quoted(name)},"
            for code, name in sorted(territories.items())
            if re.fullmatch("[A-Z]{2}", code) and code not in {"EU", "EZ", "UN", "ZZ", "XA", "XB"}
        ]
        lines.append("    },")
    return "\n".join([*lines, "}", ""])


def compile_all() -> None:
    if found := sorted(faults()):
        raise SystemExit("\n".join(found))
    (NOTICE / "catalogues.py").write_text(compiled_catalogues(), encoding="utf-8")
    (NOTICE / "territories.py").write_text(compiled_territories(), encoding="utf-8")


if __name__ == "__main__":
    {"update": update, "compile": compile_all}[sys.argv[1]]()
