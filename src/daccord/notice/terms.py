"""What things of a declaration are called: kinds of data, countries, times, reasons."""

from __future__ import annotations

from typing import TYPE_CHECKING

from markupsafe import Markup

from daccord.declaration.model import Data, Exemption
from daccord.notice.territories import TERRITORIES

if TYPE_CHECKING:
    from collections.abc import Iterable

    from daccord.notice.words import Words


def data_names(words: Words, kinds: Iterable[Data]) -> Markup:
    """Name kinds of personal data, each once, in the order of first mention (P1)."""
    return Markup(", ").join(_data_name(words, kind) for kind in dict.fromkeys(kinds))


def country_name(words: Words, code: str) -> Markup:
    """Name a country by its ISO 3166 code; a code that is not known stands for itself."""
    return Markup.escape(TERRITORIES[words.language].get(code, code))


def duration_name(words: Words, days: int) -> Markup:
    """Name a time as people do: 182 days are 6 months, and 0 is until the browser closes.

    A month is 30.4375 days, rounded down, as in the declaration.
    """
    if days == 0:
        return words("until you close the browser")
    months = round(days / 30.4375)
    if months and int(months * 30.4375) == days:
        if months % 12 == 0:
            return words.count("{number} year", "{number} years", months // 12)
        return words.count("{number} month", "{number} months", months)
    return words.count("{number} day", "{number} days", days)


def reason_name(words: Words, exemption: Exemption) -> Markup:  # noqa: PLR0911 - one name each
    """Name the reason for doing without consent (CNIL-23, 27)."""
    match exemption:
        case Exemption.CHOICE_STORAGE:
            return words("remembering your choice")
        case Exemption.AUTHENTICATION:
            return words("signing in, and its security")
        case Exemption.CART:
            return words("basket and billing")
        case Exemption.INTERFACE_LANGUAGE:
            return words("language of the interface")
        case Exemption.LOAD_BALANCING:
            return words("sharing the load between servers")
        case Exemption.FREE_SAMPLE:
            return words("counting free articles")
        case Exemption.AUDIENCE_MEASUREMENT:
            return words("audience measurement for this site alone")


def _data_name(words: Words, kind: Data) -> Markup:  # noqa: PLR0911 - one name each
    match kind:
        case Data.IP_ADDRESS:
            return words("IP address")
        case Data.BROWSING:
            return words("browsing data")
        case Data.USAGE:
            return words("usage data")
        case Data.LOCATION:
            return words("location")
        case Data.SOCIAL_INTERACTIONS:
            return words("interactions with social networks")
        case Data.COMMENTS:
            return words("comments")
        case Data.IDENTIFIERS:
            return words("identifiers")
        case Data.DEVICE:
            return words("features of the device")
        case Data.CONTACT:
            return words("contact details")
