"""Other people's consent notices, from npm, with their default look and the least configuration.

Installed under the user's cache folder, never into the repository; without npm they are left out.
"""

from __future__ import annotations

import json
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Final

FOLDER: Final = Path.home() / ".cache" / "daccord-bench" / "peers"

_PURPOSES = [
    ("audience", "Compter les lecteurs", "Savoir combien de fois chaque page est lue."),
    ("social", "Commentaires et réseaux sociaux", "Lire et écrire des commentaires."),
    ("advertising", "Publicité selon vos lectures", "Choisir les publicités."),
]
_MODAL = {
    "title": "Vos choix",
    "description": "Nous et nos partenaires aimerions lire et déposer des informations.",
    "acceptAllBtn": "Tout accepter",
    "acceptNecessaryBtn": "Tout refuser",
    "showPreferencesBtn": "Personnaliser",
}
_VANILLA = {
    "hideFromBots": False,  # it would take Playwright for one
    "categories": {"necessary": {"readOnly": True}, **{each[0]: {} for each in _PURPOSES}},
    "language": {
        "default": "fr",
        "translations": {
            "fr": {
                "consentModal": _MODAL,
                "preferencesModal": {
                    **_MODAL,
                    "savePreferencesBtn": "Enregistrer",
                    "sections": [
                        {"title": title, "description": text, "linkedCategory": name}
                        for name, title, text in _PURPOSES
                    ],
                },
            }
        },
    },
}
_OREJIME = {
    "privacyPolicyUrl": "/vie-privee",
    "purposes": [
        {"id": name, "title": title, "description": text, "cookies": [name]}
        for name, title, text in _PURPOSES
    ],
}
_KLARO = {
    "lang": "fr",
    "acceptAll": True,
    "translations": {"fr": {"privacyPolicyUrl": "/vie-privee"}},
    "services": [
        {"name": name, "title": title, "purposes": [name], "cookies": [name]}
        for name, title, _ in _PURPOSES
    ],
}
_TARTEAUCITRON = {"privacyUrl": "/vie-privee", "orientation": "bottom", "showAlertSmall": False}


@dataclass(frozen=True, slots=True, kw_only=True)
class Peer:
    """One package. ``files`` are what a page loads of it, ``weighed`` all that it needs.

    ``notice`` and ``title`` are selectors of its first layer and of a text in it, ``accept`` and
    ``refuse`` of its buttons.
    """

    package: str
    head: str
    foot: str
    weighed: tuple[str, ...]
    notice: str
    title: str
    accept: str
    refuse: str

    def tags(self) -> tuple[str, str]:
        """What its manual puts at the end of the head, and at the end of the body."""
        return self.head, self.foot

    def raw(self) -> bytes:
        """The bytes of its files, one after the other."""
        root = FOLDER / "node_modules"
        return b"".join((root / each).read_bytes() for each in self.weighed)


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)


PEERS: Final = {
    "vanilla": Peer(
        package="vanilla-cookieconsent",
        head='<link rel="stylesheet" href="/peer/vanilla-cookieconsent/dist/cookieconsent.css">',
        foot='<script src="/peer/vanilla-cookieconsent/dist/cookieconsent.umd.js"></script>'
        f"<script>CookieConsent.run({_json(_VANILLA)})</script>",
        weighed=(
            "vanilla-cookieconsent/dist/cookieconsent.css",
            "vanilla-cookieconsent/dist/cookieconsent.umd.js",
        ),
        notice="#cc-main .cm",
        title="#cc-main .cm__title",
        accept="#cc-main .cm [data-role=all]",
        refuse="#cc-main .cm [data-role=necessary]",
    ),
    "orejime": Peer(
        package="orejime",
        head='<link rel="stylesheet" href="/peer/orejime/dist/orejime-standard.css">',
        foot=f"<script>window.orejimeConfig={_json(_OREJIME)}</script>"
        '<script src="/peer/orejime/dist/orejime-standard-fr.js"></script>',
        weighed=("orejime/dist/orejime-standard.css", "orejime/dist/orejime-standard-fr.js"),
        notice=".orejime-Banner",
        title=".orejime-Banner p",
        accept=".orejime-Banner .orejime-Banner-saveButton",
        refuse=".orejime-Banner .orejime-Banner-declineButton",
    ),
    "klaro": Peer(
        package="klaro",
        head=f"<script>var klaroConfig={_json(_KLARO)}</script>"
        '<script defer src="/peer/klaro/dist/klaro.js"></script>',
        foot="",
        weighed=("klaro/dist/klaro.js",),
        notice=".klaro .cookie-notice",
        title=".klaro .cookie-notice p",
        accept=".klaro .cookie-notice .cm-btn-success",
        refuse=".klaro .cookie-notice .cn-decline",
    ),
    "tarteaucitron": Peer(
        package="tarteaucitronjs",
        head='<script src="/peer/tarteaucitronjs/tarteaucitron.min.js"></script>'
        f"<script>tarteaucitron.init({_json(_TARTEAUCITRON)})</script>",
        foot="<script>(tarteaucitron.job=tarteaucitron.job||[]).push('youtube','facebook')</script>",
        weighed=(
            "tarteaucitronjs/tarteaucitron.min.js",
            "tarteaucitronjs/css/tarteaucitron.min.css",
            "tarteaucitronjs/tarteaucitron.services.min.js",
            "tarteaucitronjs/lang/tarteaucitron.fr.min.js",
        ),
        notice="#tarteaucitronAlertBig",
        title="#tarteaucitronDisclaimerAlert",
        accept="#tarteaucitronPersonalize2",
        refuse="#tarteaucitronAllDenied2",
    ),
}


def installed() -> list[str]:
    """Install the peers unless they are there; give the names of those that are."""
    if not all(_is_there(peer) for peer in PEERS.values()):
        _install()
    return [name for name, peer in PEERS.items() if _is_there(peer)]


def _is_there(peer: Peer) -> bool:
    return all((FOLDER / "node_modules" / each).is_file() for each in peer.weighed)


def _install() -> None:
    npm = shutil.which("npm")
    if npm is None:
        return
    FOLDER.mkdir(parents=True, exist_ok=True)
    (FOLDER / "package.json").write_text('{"private": true}')
    command = [npm, "install", "--ignore-scripts", "--no-audit", "--no-fund", "--omit=peer"]
    try:
        subprocess.run(  # noqa: S603 - our own
            [*command, *(peer.package for peer in PEERS.values())],
            cwd=FOLDER,
            capture_output=True,
            timeout=240,
            check=False,
        )
    except (OSError, subprocess.SubprocessError):
        return


def version(peer: Peer) -> str:
    """The installed version."""
    text = (FOLDER / "node_modules" / peer.package / "package.json").read_text()
    return str(json.loads(text)["version"])
