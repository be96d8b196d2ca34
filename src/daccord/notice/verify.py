"""The page that checks a receipt in the browser, and sends nothing anywhere.

1. All its texts are in it, and its script fetches nothing: saved as a file it works without the
   site and without a network. So it says nothing of the reader before it, not even their choice.
2. Its own policy stands in it as well as in its response, since a saved page has no response.
3. Without a script it says how to check with the command line.
4. The steps are those of `daccord.receipt.check`, in the same order, under the same names.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from markupsafe import Markup

from daccord.notice.addresses import CONSENTS_PATH, in_language, policy_address
from daccord.notice.assets import VERIFY_JS
from daccord.notice.page import page
from daccord.notice.words import words_in

if TYPE_CHECKING:
    from collections.abc import Sequence

    from daccord.declaration.model import Declaration, Language
    from daccord.notice.words import Words

_BODY: Final = Markup(
    "<header><p class=d-kicker><a href=/>{site}</a></p><h1>{title}</h1><p class=d-lead>{lead}</p>"
    "</header><main>{no_script}{tool}{result}{rest}</main><footer><nav aria-label='{label}'>"
    "<p>{links}</p></nav></footer><script>{script}</script>"
)
_TOOL: Final = Markup(
    "<section id=tool hidden><h2>{title}</h2>"
    "<p class=d-drop><label for=file>{file}</label> <input id=file type=file></p>"
    "<p><label for=text>{text}</label><textarea id=text rows=6 spellcheck=false autocomplete=off"
    ' autocapitalize=off placeholder="daccord-receipt 1&#10;…"></textarea></p>'
    "<details><summary>{whose}</summary><p id=about-keys>{about}</p><p><label for=keys>{keys_label}"
    "</label><textarea id=keys rows={rows} spellcheck=false autocomplete=off autocapitalize=off"
    " aria-describedby=about-keys>{keys}</textarea></p></details>"
    "<p class=d-ways><button id=check type=button>{check}</button></p></section>"
)
_RESULT: Final = Markup(
    "<section hidden><div id=step-summary tabindex=-1 class=d-verdict {summary}>"
    "<h2><b></b></h2><p></p></div><ol id=steps class=d-steps {words}>{steps}</ol><h3>{record}</h3>"
    "<dl id=facts {facts}></dl></section>"
)
_STEP: Final = Markup("<li id=step-{id} {texts}><h3>{title} <b></b></h3><p></p>")
_TEXT: Final = Markup('data-{}="{}"')
_REST: Final = Markup(
    "<section id=limits><h2>{limits}</h2><ul>{not_shown}</ul></section>"
    "<section id=otherwise><h2>{otherwise}</h2><p>{how}</p>"
    "<pre tabindex=0><code>{command}</code></pre></section>"
)
_NO_SCRIPT: Final = Markup("<noscript><p>{} <a href=#otherwise>{}</a></p></noscript>")
_LINK: Final = Markup('<a href="{}">{}</a>')
_COMMAND: Final = Markup("daccord receipt verify {file}{keys}")


def render_verify_page(
    declaration: Declaration, keys: Sequence[str], *, language: Language, policy: str
) -> str:
    """The whole page, for UTF-8. ``keys`` are those of this site's log, as C2SP writes them.

    ``policy`` is the page's Content-Security-Policy, less what a page cannot say of itself.
    """
    words = words_in(language)
    site = declaration.site.name.in_language(language)
    title = words("Check a receipt")
    links = (
        (in_language(CONSENTS_PATH, language), words("My consents")),
        (policy_address(language), words("Privacy policy")),
    )
    body = _BODY.format(
        site=site,
        title=title,
        lead=words(
            "Whether a receipt proves what it says: checked here, in your browser. Nothing is sent"
            " anywhere and nothing is stored; saved as a file, this page works without a network."
        ),
        no_script=_NO_SCRIPT.format(
            words("This page needs JavaScript to check anything."), words("Without this page")
        ),
        tool=_tool(words, keys),
        result=_result(words),
        rest=_rest(words, keys),
        label=words("Pages"),
        links=Markup(" · ").join(_LINK.format(*link) for link in links),
        script=Markup(VERIFY_JS),  # noqa: S704 - our own build
    )
    return page(words, title=f"{title} · {site}", body=body, policy=policy)


def _tool(words: Words, keys: Sequence[str]) -> Markup:
    return _TOOL.format(
        title=words("The receipt"),
        file=words("Choose the file, or drop it here"),
        text=words("Or paste it, whole"),
        whose=words("Against which keys?"),
        about=words(
            "The keys of this site’s log are filled in. A check is worth as much as your way of"
            " knowing the key: compare it with one from elsewhere, such as a court or a witness"
            " has. Keys of witnesses may be added."
        ),
        keys_label=words("Public keys, one a line"),
        rows=max(2, len(keys) + 1),
        keys="\n".join(keys),
        check=words("Check"),
    )


def _texts(**texts: str) -> Markup:
    """Give texts as attributes: ``no_word`` becomes ``data-no-word``, the script's ``noWord``."""
    return Markup(" ").join(
        _TEXT.format(name.removesuffix("_").replace("_", "-"), text) for name, text in texts.items()
    )


def _result(words: Words) -> Markup:
    return _RESULT.format(
        summary=_texts(
            yes_word=words("Genuine"),
            no_word=words("Not genuine"),
            open_word=words("Not decided"),
            yes=words("The log of this key holds exactly this record."),
            no=words("At least one step failed: do not rely on this receipt."),
            open=words("Nothing speaks against it, but not everything could be checked here."),
            insecure=words(
                "This browser computes no hashes for a page that came without encryption. Save the"
                " page and open the file, or use the command line."
            ),
        ),
        words=_texts(
            yes_word=words("passed"), no_word=words("failed"), open_word=words("not checked")
        ),
        steps=_steps(words),
        record=words("What the receipt says"),
        facts=_texts(
            when=words("When"),
            site=words("On"),
            how=words("How"),
            language=words("Language of the notice"),
            granted=words("Accepted"),
            refused=words("Refused"),
            version=words("Version of the policy"),
            nothing=words("nothing"),
            notice=words("with the notice, all at once"),
            customise=words("under “Customise”, one by one"),
            placeholder=words("in the place of what was closed"),
            withdrawal=words("by withdrawing a part"),
        ),
    )


def _steps(words: Words) -> Markup:
    skipped = words("Not looked at, because a step before it failed or cannot be done here.")
    unable = words(
        "This browser cannot check signatures of this kind (Ed25519). A newer one can, and so can"
        " the command line."
    )
    false = words("A signature in the name of {name} is not by it.", name="{name}")
    steps = (
        (
            "file",
            words("The file"),
            _texts(
                yes=words("It is a receipt, whole, and written the one way a receipt is."),
                no=words("It is not a receipt. What cannot be read: {part}.", part="{part}"),
                start=words("its first line"),
                record=words("the record"),
                salt=words("the salt"),
                proof=words("the proof"),
                checkpoint=words("the checkpoint"),
            ),
        ),
        ("record", words("The record"), _texts(yes=words("It can be read: see below."))),
        (
            "commitment",
            words("The commitment"),
            _texts(yes=words("Record and salt together give the hash that the log must hold.")),
        ),
        (
            "inclusion",
            words("Its place in the log"),
            _texts(
                yes=words(
                    "It is entry {index} (from 0) of {size}: the proof leads from it to the root of"
                    " the log.",
                    index="{index}",
                    size="{size}",
                ),
                no=words(
                    "The log of this checkpoint does not hold this record: the record, the salt,"
                    " the proof or the checkpoint was changed."
                ),
            ),
        ),
        (
            "checkpoint",
            words("The signature of the log"),
            _texts(
                yes=words("Signed by {name}, with key {id}.", name="{name}", id="{id}"),
                no=words("None of the keys above has signed for {origin}.", origin="{origin}"),
                false=false,
                unreadable=words("This is not a key: {key}", key="{key}"),
                unable=unable,
            ),
        ),
        (
            "witnesses",
            words("Witnesses"),
            _texts(
                yes=words("Cosigned by {names}.", names="{names}"),
                none=words("Nobody else has cosigned: for its time, the log’s word stands alone."),
                unknown=words("There are further signatures, but no key above to check them by."),
                false=false,
                unable=unable,
            ),
        ),
        (
            "time",
            words("The time"),
            _texts(
                yes=words("It is not in the future of this device; else it is the log’s own word."),
                seen=words("A witness saw the log with this record on {first}.", first="{first}"),
                no=words("The times contradict each other by more than an hour."),
            ),
        ),
    )
    return Markup().join(
        _STEP.format(id=id_, title=title, texts=texts + " " + _texts(skip=skipped))
        for id_, title, texts in steps
    )


def _rest(words: Words, keys: Sequence[str]) -> Markup:
    not_shown = (
        words("Who the reader is: a record names nobody, and whoever has the receipt can show it."),
        words("Whether the choice was changed or withdrawn later: that has a record of its own."),
        words("Whether the notice was clear and lawful; only that it was this one."),
    )
    return _REST.format(
        limits=words("What a receipt does not show"),
        not_shown=Markup().join(Markup("<li>{}").format(each) for each in not_shown),
        otherwise=words("Without this page"),
        how=words("The same check on the command line, with the same steps:"),
        command=_COMMAND.format(
            file="receipt.txt",
            keys=Markup().join(Markup(" \\\n  --key '{}'").format(key) for key in keys)
            or Markup(" --key …"),
        ),
    )
