"""The kinds of text in a declaration, each with the test it must pass and the words for a fault."""

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any, Final

from pydantic import BeforeValidator, Discriminator, GetCoreSchemaHandler, Tag, WithJsonSchema
from pydantic_core import CoreSchema, core_schema

from daccord.declaration import hosts, names
from daccord.declaration.addresses import OWN_PREFIX
from daccord.declaration.codes import COUNTRIES, LANGUAGES
from daccord.declaration.durations import PATTERN as DURATION_PATTERN
from daccord.declaration.durations import parse_days

LONGEST_CHOICE_DAYS: Final = 400
"""CK-2: browsers cut a longer Max-Age."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """What a fault says was expected.

    ``choices`` are the values allowed, where they are few enough to look for the nearest.
    ``each`` is what was expected inside a table whose keys the publisher chooses.
    """

    words: str
    choices: tuple[str, ...] = ()
    each: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule(Expected):
    """A test that a text must pass, with the nearest that JSON Schema can say of it."""

    test: Callable[[str], bool]
    most: int
    schema: Mapping[str, Any] = field(default_factory=dict, hash=False)

    def __get_pydantic_core_schema__(
        self, source: object, handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        return core_schema.no_info_after_validator_function(self._validate, handler(source))

    def __get_pydantic_json_schema__(self, _schema: CoreSchema, _handler: object) -> dict[str, Any]:
        return {"type": "string", "minLength": 1, "maxLength": self.most, **self.schema}

    def _validate(self, text: str) -> str:
        if not (0 < len(text) <= self.most and self.test(text)):
            raise ValueError
        return text


def _rule(
    words: str, pattern: str, *, most: int, test: Callable[[str], bool] | None = None
) -> Rule:
    return Rule(
        words=words,
        most=most,
        test=test or (lambda text: names.fits(pattern, text)),
        schema={"pattern": pattern},
    )


def _is_choice_duration(text: str) -> bool:
    days = parse_days(text)
    return days is not None and 1 <= days <= LONGEST_CHOICE_DAYS


def _is_record_duration(text: str) -> bool:
    days = parse_days(text)
    return days is not None and days >= 1


def _is_excludable(prefix: str) -> bool:
    # Excluding daccord's own routes, or all of them, would take the choice from the reader.
    return names.fits(names.PATH_PREFIX_PATTERN, prefix) and not OWN_PREFIX.startswith(prefix)


_LINE: Final = "a line of text, 1 to 200 characters"
_PROSE: Final = "a text, 1 to 2000 characters"

Id = Annotated[
    str,
    _rule(
        "an id of lower-case letters, digits and hyphens, 1 to 31 characters, a letter first",
        names.ID_PATTERN,
        most=31,
    ),
]
LanguageTag = Annotated[
    str,
    Rule(
        words='a language as a BCP 47 primary tag, such as "fr"',
        choices=tuple(sorted(LANGUAGES)),
        test=LANGUAGES.__contains__,
        most=3,
        schema={"enum": sorted(LANGUAGES)},
    ),
]
Country = Annotated[
    str,
    Rule(
        words='a country as two capital letters of ISO 3166-1, such as "FR"',
        choices=tuple(sorted(COUNTRIES)),
        test=COUNTRIES.__contains__,
        most=2,
        schema={"enum": sorted(COUNTRIES)},
    ),
]
Line = Annotated[str, Rule(words=_LINE, test=names.is_line, most=200)]
Prose = Annotated[str, Rule(words=_PROSE, test=names.is_prose, most=2000)]
Email = Annotated[
    str, _rule("an e-mail address", names.EMAIL_PATTERN, most=254, test=names.is_email)
]
Url = Annotated[
    str,
    _rule(
        "an https address (http only for a host below .localhost)",
        names.URL_PATTERN,
        most=2000,
        test=names.is_url,
    ),
]
Host = Annotated[
    str,
    _rule(
        'a host without scheme or path: "host", "*.host", "host:port" or "host:*"',
        hosts.HOST_PATTERN,
        most=300,
        test=lambda text: hosts.parse_host_source(text) is not None,
    ),
]
Domain = Annotated[
    str,
    _rule(
        "a plain host name, without a leading dot",
        hosts.HOST_PATTERN,
        most=253,
        test=hosts.is_domain,
    ),
]
Duration = Annotated[
    str,
    _rule(
        '"session" or a number of days, weeks, months or years, such as "6 months"',
        DURATION_PATTERN,
        most=11,
        test=lambda text: parse_days(text) is not None,
    ),
]
ChoiceDuration = Annotated[
    str,
    _rule(
        f'a duration of 1 to {LONGEST_CHOICE_DAYS} days, such as "6 months"',
        DURATION_PATTERN,
        most=11,
        test=_is_choice_duration,
    ),
]
RecordDuration = Annotated[
    str,
    _rule(
        'a number of days, weeks, months or years, such as "5 years"',
        DURATION_PATTERN,
        most=11,
        test=_is_record_duration,
    ),
]
CookieName = Annotated[
    str,
    _rule(
        "the name of a cookie (an RFC 6265 token, * for any run of characters), "
        "never one that takes in daccord's own",
        names.COOKIE_NAME_PATTERN,
        most=200,
        test=lambda text: names.is_cookie_name(text) and not names.takes_own_cookie(text),
    ),
]
CookiePath = Annotated[
    str, _rule('a cookie\'s path, such as "/"', names.COOKIE_PATH_PATTERN, most=200)
]
PathPrefix = Annotated[
    str,
    _rule(
        'the start of a path, such as "/admin/", but not of every path',
        names.PATH_PREFIX_PATTERN,
        most=200,
        test=_is_excludable,
    ),
]
StorageName = Annotated[
    str,
    Rule(
        words="a name, * for any run of characters, but not * alone",
        test=lambda text: names.is_line(text) and bool(text.strip("* ")),
        most=200,
    ),
]
Selector = Annotated[
    str,
    _rule(
        '"#id", ".class" or "tag", in ASCII and without spaces',
        names.SELECTOR_PATTERN,
        most=101,
        test=names.is_selector,
    ),
]


ONE: Final = "\0one"
EACH: Final = "\0each"
"""What pydantic calls the two forms of a text on its way to a fault within one."""


def _one_or_each(value: object) -> str:
    return EACH if isinstance(value, dict) else ONE


LineText = Annotated[
    Annotated[Line, Tag(ONE)] | Annotated[dict[str, Line], Tag(EACH)],
    Discriminator(_one_or_each),
    Expected(words=f"{_LINE}, or a table of one in each language of the site", each=_LINE),
]
ProseText = Annotated[
    Annotated[Prose, Tag(ONE)] | Annotated[dict[str, Prose], Tag(EACH)],
    Discriminator(_one_or_each),
    Expected(words=f"{_PROSE}, or a table of one in each language of the site", each=_PROSE),
]


def _iso_date(value: object) -> object:
    """Take ``"2026-11-01"`` for a date too: JSON, and editors that see TOML as JSON, have none."""
    if isinstance(value, str) and len(value) == 10:
        try:
            return dt.date.fromisoformat(value)
        except ValueError:
            return value
    return value


Day = Annotated[
    dt.date,
    BeforeValidator(_iso_date),
    WithJsonSchema({"type": "string", "format": "date"}),
    Expected(words="a date, such as 2026-11-01"),
]
