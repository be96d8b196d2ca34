"""What is wrong in a declaration, before it is known where in the text it stands.

One mistake is one issue: a key that is not known and a key that is missing in the same table are
taken for one misspelling where they are close, or where nothing else can be meant.
"""

from __future__ import annotations

import json
from collections import defaultdict
from dataclasses import dataclass, replace
from difflib import get_close_matches
from typing import TYPE_CHECKING, Final

from daccord.declaration.hosts import explain_host_source
from daccord.declaration.plain import describe, show_text
from daccord.declaration.rules import EACH, ONE
from daccord.declaration.shapes import shape_at

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from pydantic import ValidationError
    from pydantic_core import ErrorDetails

    from daccord.declaration.places import Loc
    from daccord.declaration.plain import Plain
    from daccord.declaration.shapes import Shape

NOTHING: Final = "nothing"

_MOST_UNKNOWN: Final = 20
"""Unknown keys of one table for which a nearest key is sought: that search is slow."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Issue:
    """One thing that is wrong at ``loc``; ``at_key`` when it is the key, not the value."""

    loc: Loc
    found: str
    expected: str
    hint: str | None = None
    at_key: bool = False


def shape_issues(raw: Plain, error: ValidationError) -> list[Issue]:
    """Say what pydantic found in ``raw``, in our words, once for each place."""
    absent: dict[Loc, list[str]] = defaultdict(list)
    unknown: dict[Loc, list[str]] = defaultdict(list)
    wrong: dict[Loc, Issue] = {}
    for each in error.errors(include_url=False, include_input=False):
        loc = each["loc"]
        if each["type"] == "missing":
            absent[loc[:-1]].append(str(loc[-1]))
        elif each["type"] == "extra_forbidden":
            unknown[loc[:-1]].append(str(loc[-1]))
        else:
            loc = tuple(part for part in loc if part not in {ONE, EACH})
            wrong.setdefault(loc, _wrong_value(loc, value_at(raw, loc), _length(each)))
    issues = list(wrong.values())
    for table, keys in unknown.items():
        shape = shape_at(table)
        issues += unknown_keys(table, keys, absent[table], shape.keys if shape else ())
    for table, keys in absent.items():
        issues += [missing_key((*table, key)) for key in keys]
    return issues


def value_at(raw: Plain, loc: Loc) -> Plain:
    """The value at ``loc``, or the last one on the way there."""
    for part in loc:
        if (isinstance(raw, dict) and part in raw) or (
            isinstance(raw, list) and isinstance(part, int) and part < len(raw)
        ):
            raw = raw[part]  # type: ignore[index] # each kind is asked for its own part above
    return raw


def missing_key(loc: Loc) -> Issue:
    """Say that the key at the end of ``loc`` is not there, with an example of it."""
    shape = shape_at(loc)
    example = shape.example if shape else None
    hint = f"for example {loc[-1]} = {_as_toml(example)}" if example is not None else None
    return Issue(loc=loc, found=NOTHING, expected=shape.words if shape else "a value", hint=hint)


def _as_toml(example: object) -> str:
    # JSON's texts, numbers, arrays and truth values are TOML's too; examples hold nothing else.
    if isinstance(example, dict):
        return "{ " + ", ".join(f"{key} = {_as_toml(example[key])}" for key in example) + " }"
    return json.dumps(example, ensure_ascii=False)


def _wrong_value(loc: Loc, value: Plain, length: str = "") -> Issue:
    shape = shape_at(loc)
    words = shape.words if shape else "nothing"
    return Issue(
        loc=loc,
        found=describe(value),
        expected=f"{length}{words}",
        hint=_hint_for_value(loc, value, shape),
    )


def _length(error: ErrorDetails) -> str:
    """What an array's length should have been, for a fault that is about that."""
    context = error.get("ctx", {})
    if error["type"] == "too_short":
        return f"at least {context['min_length']} in "
    return f"at most {context['max_length']} in " if error["type"] == "too_long" else ""


def _hint_for_value(loc: Loc, value: Plain, shape: Shape | None) -> str | None:
    if not isinstance(value, str) or shape is None:
        return None
    if "hosts" in loc[-2:-1] or "form_hosts" in loc[-2:-1]:
        return explain_host_source(value)
    return did_you_mean(value, shape.choices)


def did_you_mean(word: str, known: Iterable[str]) -> str | None:
    """Give a hint with the one of ``known`` that is nearest to ``word``, if any is near."""
    near = get_close_matches(word[:60], sorted(known), n=1, cutoff=0.6)
    return f'did you mean "{near[0]}"?' if near else None


def unknown_keys(
    table: Loc, keys: Sequence[str], absent: list[str], known: Iterable[str]
) -> list[Issue]:
    """Say which keys are not known; take from ``absent`` those that they must stand for."""
    expected = f"one of the keys {', '.join(known)}"
    issues = [
        Issue(
            loc=(*table, key),
            found=f"the unknown key {show_text(key)}",
            expected=expected,
            at_key=True,
        )
        for key in keys
    ]
    if len(keys) > _MOST_UNKNOWN:
        return issues
    issues = [_with_nearest(issue, absent, known) for issue in issues]
    if len(keys) == len(absent) == 1:
        only = absent.pop()
        return [replace(issues[0], hint=f'"{only}" is missing here')]
    return issues


def _with_nearest(issue: Issue, absent: list[str], known: Iterable[str]) -> Issue:
    key = str(issue.loc[-1])
    near = get_close_matches(key[:60], absent, n=1) or get_close_matches(key[:60], known, n=1)
    if not near:
        return issue
    if near[0] in absent:
        absent.remove(near[0])
    return replace(issue, hint=f'did you mean "{near[0]}"?')
