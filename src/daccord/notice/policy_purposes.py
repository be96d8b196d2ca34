"""The policy's main part: every purpose, and every service, cookie and host in it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from markupsafe import Markup

from daccord.declaration.model import Area
from daccord.notice.strip import always_on_strip, strip_of
from daccord.notice.terms import country_name, data_names, duration_name, reason_name

if TYPE_CHECKING:
    from collections.abc import Iterable

    from daccord.declaration.model import Cookie, Purpose, Recipient, Service, StorageKey
    from daccord.notice.situation import Situation

_SECTION: Final = Markup("<section id=purposes><h2>{}</h2>{}</section>")
_PURPOSE: Final = Markup(
    "<section class=d-purpose><h3>{title} {strip}</h3><p>{summary}</p>"
    "<dl>{facts}</dl>{services}</section>"
)
_SERVICE: Final = Markup(
    "<section class=d-service><h4>{title} {strip}</h4><p>{summary}</p><dl>{facts}</dl>{kept}"
    "</section>"
)
_FACT: Final = Markup("<div><dt>{}</dt><dd>{}</dd></div>")
_TABLE: Final = Markup(
    '<div class=d-table tabindex=0 role=group aria-label="{label}"><table><thead><tr>{head}</tr>'
    "</thead><tbody>{rows}</tbody></table></div>"
)


def purposes_section(at: Situation) -> Markup:
    """Why, in the order of the declaration."""
    return _SECTION.format(
        at.words("What for"),
        Markup().join(_purpose(at, purpose) for purpose in at.declaration.purposes),
    )


def _purpose(at: Situation, purpose: Purpose) -> Markup:
    words = at.words
    questions = at.questions_of(purpose)
    facts = [(words("Legal basis"), _basis(at, purpose))]
    if purpose.data:
        facts.append((words("Personal data"), data_names(words, purpose.data)))
    return _PURPOSE.format(
        title=at.text(purpose.title),
        strip=strip_of(at, questions) if questions else always_on_strip(words),
        summary=at.text(purpose.summary),
        facts=_facts(facts),
        services=Markup().join(
            _service(at, service) for service in at.declaration.services_of(purpose.id)
        ),
    )


def _basis(at: Situation, purpose: Purpose) -> Markup:
    words = at.words
    if purpose.exempt is None:
        return words("Your consent, which you may withdraw at any time.")
    reason = words("No consent needed: {reason}.", reason=reason_name(words, purpose.exempt))
    return reason + " " + words("You may object.") if at.questions_of(purpose) else reason


def _service(at: Situation, service: Service) -> Markup:
    words = at.words
    questions = at.declaration.questions_of(service.id)
    recipient = service.recipient
    facts = [
        (
            words("Recipient"),
            Markup("{}, {} ({}), {}").format(
                recipient.name,
                country_name(words, recipient.country),
                _role(at, recipient),
                Markup('<a href="{}" rel=external>{}</a>').format(
                    recipient.policy_url, words("its privacy policy")
                ),
            ),
        ),
        (words("Personal data"), data_names(words, service.data)),
        (words("Kept for"), duration_name(words, service.retention_days)),
        (
            words("Transfer outside the EEA"),
            Markup.escape(at.text(service.transfer)) if service.transfer else words("none"),
        ),
        (
            words("Hosts"),
            Markup(", ").join(Markup("<code>{}</code>").format(host) for host in service.hosts)
            or words("none but this site"),
        ),
    ]
    return _SERVICE.format(
        title=at.text(service.title),
        strip=strip_of(at, questions) if questions else always_on_strip(words),
        summary=at.text(service.summary),
        facts=_facts((name, fact) for name, fact in facts if fact),
        kept=_kept(at, service),
    )


def _role(at: Situation, recipient: Recipient) -> Markup:
    if recipient.name == at.declaration.controller.name:
        return at.words("this site itself")
    match recipient.role:
        case "controller":
            return at.words("controller of its own")
        case "joint-controller":
            return at.words("joint controller")
        case _:
            return at.words("processor for this site")


def _facts(facts: Iterable[tuple[Markup, Markup]]) -> Markup:
    return Markup().join(_FACT.format(name, fact) for name, fact in facts)


def _kept(at: Situation, service: Service) -> Markup:
    words = at.words
    rows = [
        *(_cookie(at, each) for each in service.cookies),
        *(_key(at, k) for k in service.storage),
    ]
    if not rows:
        return Markup()
    head = (words("Name"), words("Kind"), words("Lasts"), words("What for"))
    return _TABLE.format(
        label=words("Kept on your device: {title}", title=at.text(service.title)),
        head=Markup().join(Markup("<th scope=col>{}</th>").format(name) for name in head),
        rows=Markup().join(rows),
    )


_ROW: Final = Markup("<tr><th scope=row><code>{}</code></th><td>{}</td><td>{}</td><td>{}</td></tr>")


def _cookie(at: Situation, cookie: Cookie) -> Markup:
    words = at.words
    kind = words("cookie of this site") if cookie.first_party else words("third-party cookie")
    return _ROW.format(cookie.name, kind, duration_name(words, cookie.days), at.text(cookie.about))


def _key(at: Situation, key: StorageKey) -> Markup:
    words = at.words
    match key.area:
        case Area.LOCAL:
            kind = words("local storage")
        case Area.SESSION:
            kind = words("session storage")
        case Area.INDEXED_DB:
            kind = words("database")
        case Area.CACHE:
            kind = words("cache")
    lasts = duration_name(words, 0) if key.area is Area.SESSION else words("until removed")
    return _ROW.format(key.name, kind, lasts, at.text(key.about))
