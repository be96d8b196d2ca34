"""What no single key can show to be wrong: ids, references, languages, and what must be said.

Each check reads a `Draft`, so it runs on whatever of the file did parse, in the same pass as the
shapes. Exemptions and ambiguous claims have modules of their own.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from difflib import get_close_matches
from itertools import chain
from typing import TYPE_CHECKING, Final

from daccord.declaration.ambiguity import check_ambiguity
from daccord.declaration.codes import EEA, LANGUAGES
from daccord.declaration.durations import parse_days
from daccord.declaration.exemptions import check_exemptions
from daccord.declaration.issues import NOTHING, Issue, did_you_mean, missing_key, unknown_keys
from daccord.declaration.plain import show_text
from daccord.declaration.schema import CHOICE_DURATION

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from daccord.declaration.draft import Draft
    from daccord.declaration.model import Declaration
    from daccord.declaration.places import Loc

MOST_QUESTIONS: Final = 1000
"""CK-3: 4 characters for each fit the choice cookie of 4096 octets, with some 30 to spare."""


def check_file(file: Draft) -> Iterator[Issue]:
    """Find everything that is wrong with a file beyond the shape of its parts."""
    yield from _check_repeats(file)
    yield from _check_ids(file, "purposes")
    yield from _check_ids(file, "services")
    yield from _check_references(file)
    yield from _check_texts(file)
    yield from _check_data(file)
    yield from _check_record_duration(file)
    for service in file.rows("services"):
        yield from _check_first_party(service)
        yield from _check_transfer(service)
    yield from check_exemptions(file)
    yield from check_ambiguity(file)


def check_questions(declaration: Declaration) -> Iterator[Issue]:
    """Find questions that the choice cookie could not tell apart, or not hold."""
    places = {service.id: index for index, service in enumerate(declaration.services)}
    count = Counter(question.tag for question in declaration.questions)
    for question in declaration.questions:
        if count[question.tag] > 1 and question.service is not None:
            yield Issue(
                loc=("services", places[question.service]),
                found="a question that shares its tag with another one",
                expected="a tag of its own for each question",
                hint="add revision = 2 to this service",
            )
    if len(declaration.questions) > MOST_QUESTIONS:
        yield Issue(
            loc=("services",),
            found=f"{len(declaration.questions)} questions (pairs of purpose and service)",
            expected=f"at most {MOST_QUESTIONS}: the choice is kept in one cookie",
        )


def _check_repeats(file: Draft) -> Iterator[Issue]:
    site = file.table("site")
    for key in ("languages", "hosts", "form_hosts", "exclude") if site else ():
        yield from _repeats(site.texts(key)) if site else ()
    for purpose in file.rows("purposes"):
        yield from _repeats(purpose.texts("data"))
    for service in file.rows("services"):
        for key in ("purposes", "hosts", "loads", "data", "embeds"):
            yield from _repeats(service.texts(key))


def _repeats(texts: Iterable[tuple[Loc, str]]) -> Iterator[Issue]:
    seen: set[str] = set()
    for loc, text in texts:
        if text in seen:
            yield Issue(loc=loc, found=f"{show_text(text)} a second time", expected="each once")
        seen.add(text)


def _check_ids(file: Draft, key: str) -> Iterator[Issue]:
    seen: dict[str, int] = {}
    for row in file.rows(key):
        name = row.text("id")
        if name is None:
            continue
        index = seen.setdefault(name, int(row.loc[-1]))
        if index != row.loc[-1]:
            yield Issue(
                loc=(*row.loc, "id"),
                found=f"{show_text(name)}, which is the id of {key}[{index}] already",
                expected="an id of its own",
            )


def _check_references(file: Draft) -> Iterator[Issue]:
    rows = list(file.rows("purposes"))
    spelt = [row.spelt("id") for row in rows]
    if None in spelt or len(rows) != file.length("purposes"):
        return  # an id that cannot be read may be the one that is referred to
    known = {name for row in rows if (name := row.text("id")) is not None}
    # An id that is itself a fault is reported there, not at each service that means it.
    meant = [name for name in spelt if name is not None and name not in known]
    for service in file.rows("services"):
        for loc, name in service.texts("purposes"):
            if name not in known and not get_close_matches(name, meant):
                yield Issue(
                    loc=loc,
                    found=f"{show_text(name)}, which is no purpose of this file",
                    expected="the id of a purpose: " + ", ".join(sorted(known)),
                    hint=did_you_mean(name, known),
                )


def _check_texts(file: Draft) -> Iterator[Issue]:
    site = file.table("site")
    languages = [text for _, text in site.texts("languages")] if site else []
    if site is None or not site.is_sure("languages"):
        for text in _texts(file):
            yield from _check_language_tags(text)
        return
    for text in _texts(file):
        yield from _check_languages(text, list(dict.fromkeys(languages)))


def _texts(file: Draft) -> Iterator[Draft]:
    """The texts of ``file`` that are tables of languages."""
    site = file.table("site")
    yield from _tables([site] if site else [], "name")
    yield from _tables(file.rows("purposes"), "title", "summary")
    yield from _tables(file.rows("services"), "title", "summary", "transfer")
    for service in file.rows("services"):
        yield from _tables(chain(service.rows("cookies"), service.rows("storage")), "about")


def _tables(rows: Iterable[Draft], *keys: str) -> Iterator[Draft]:
    for row in rows:
        yield from (table for key in keys if (table := row.table(key)))


def _check_languages(text: Draft, languages: list[str]) -> Iterator[Issue]:
    """LANG-1: a text has each language of the site, and no other."""
    given = text.keys()
    absent = [language for language in languages if language not in given]
    unknown = [key for key in given if key not in languages]
    yield from unknown_keys(text.loc, unknown, absent, languages)
    for language in absent:
        hint = f"every text has each language of the site: {', '.join(languages)}"
        yield replace(missing_key((*text.loc, language)), hint=hint)


def _check_language_tags(text: Draft) -> Iterator[Issue]:
    for key in text.keys():  # noqa: SIM118 # a draft is no dict
        if key not in LANGUAGES:
            yield Issue(
                loc=(*text.loc, key),
                found=f"the unknown key {show_text(key)}",
                expected='a language as a BCP 47 primary tag, such as "fr"',
                at_key=True,
            )


def _check_data(file: Draft) -> Iterator[Issue]:
    """P1: the reader is told which kinds of data; only what is exempt may use none."""
    needing = set()
    for purpose in file.rows("purposes"):
        if purpose.lacks("exempt"):
            needing.add(purpose.text("id"))
            yield from _check_some_data(purpose)
    for service in file.rows("services"):
        if any(name in needing for _, name in service.texts("purposes")):
            yield from _check_some_data(service)


def _check_some_data(row: Draft) -> Iterator[Issue]:
    if row.length("data") == 0:
        yield Issue(
            loc=(*row.loc, "data"),
            found="an empty array",
            expected="at least one kind of data, since it needs consent",
        )


def _check_record_duration(file: Draft) -> Iterator[Issue]:
    """Law 5: what proves a consent is there for as long as the consent holds."""
    site = file.table("site")
    kept = site.text("record_duration") if site else None
    if site is None or kept is None:
        return  # by default it is longer than any choice
    holds = CHOICE_DURATION if site.lacks("choice_duration") else site.text("choice_duration")
    days, least = parse_days(kept), parse_days(holds) if holds else None
    if days is not None and least is not None and days < least:
        yield Issue(
            loc=(*site.loc, "record_duration"),
            found=f"{show_text(kept)}, shorter than the {holds} that a choice holds",
            expected="at least as long: a consent without its record cannot be proved",
        )


def _check_first_party(service: Draft) -> Iterator[Issue]:
    """The server can withhold and expire first-party cookies only, so it must know which are."""
    hosts = service.length("hosts")
    has_hosts = hosts is not None and hosts > 0
    has_none = hosts == 0 or service.lacks("hosts")
    for cookie in service.rows("cookies"):
        if has_hosts and cookie.lacks("first_party"):
            yield replace(
                missing_key((*cookie.loc, "first_party")),
                hint="true if the cookie sits on the site's own origin, "
                "false if on one of the service's hosts",
            )
        if has_none and cookie.truth("first_party") is False:
            yield Issue(
                loc=(*cookie.loc, "first_party"),
                found="false in a service without hosts",
                expected="true, or the hosts that set the cookie",
            )


def _check_transfer(service: Draft) -> Iterator[Issue]:
    """GDPR-3: a reader is told where to data go outside the EEA, and under which safeguard."""
    recipient = service.table("recipient")
    country = recipient.text("country") if recipient else None
    if country is not None and country not in EEA and service.lacks("transfer"):
        yield Issue(
            loc=(*service.loc, "transfer"),
            found=f"{NOTHING}, though the recipient is in {country}",
            expected="a text that says where to and under which safeguard",
            hint='for example transfer = "United States, under standard contractual clauses."',
        )
