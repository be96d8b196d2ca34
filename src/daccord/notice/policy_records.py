"""The policy's part about the records of consents: what they hold, how long, what a reader can do.

REC-1 and 4, and law 7: what a record holds and what it never does.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from markupsafe import Markup

from daccord.notice.addresses import CONSENTS_PATH, VERIFY_PATH, in_language
from daccord.notice.terms import duration_name

if TYPE_CHECKING:
    from daccord.notice.situation import Situation

_SECTION: Final = Markup("<section id=records tabindex=-1><h2>{}</h2>{}</section>")
_P: Final = Markup("<p>{}</p>")
_LINK: Final = Markup('<a href="{}">{}</a>')


def records_section(at: Situation) -> Markup:
    """What is recorded of a consent, and of nothing else."""
    words = at.words
    said = (
        words(
            "When you accept something it is recorded, so that it can be proved: a number drawn at"
            " random, the time, this site, what you accepted and refused, in which language and by"
            " which button, and which version of this policy and of the notice you were shown. No"
            " address, no browser, no page, no account. A refusal is counted, never recorded."
        ),
        words(
            "A record is kept for {duration}. A hash of it stands in a log that can only grow:"
            " whoever has the receipt can show if anybody, this site included, changes it later.",
            duration=duration_name(words, at.declaration.site.record_days),
        ),
        words(
            "You can see your record, take its receipt with you as a proof of your own, and have it"
            " forgotten: {consents}. Anybody can check a receipt: {verify}.",
            consents=consents_link(at),
            verify=_LINK.format(in_language(VERIFY_PATH, at.language), words("Check a receipt")),
        ),
    )
    return _SECTION.format(
        words("How a consent is recorded"), Markup().join(_P.format(each) for each in said)
    )


def consents_link(at: Situation) -> Markup:
    """A link to the page of the reader's own record."""
    return _LINK.format(in_language(CONSENTS_PATH, at.language), at.words("My consents"))
