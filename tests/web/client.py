"""An HTTP client that speaks ASGI to an app in this process, and keeps cookies as a browser does.

Small on purpose: what goes in and comes out are the very bytes, so that malformed ones can be sent.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from daccord.web.asgi import App

Fields = list[tuple[bytes, bytes]]


@dataclass(frozen=True)
class Answer:
    """What came back: every message as it was sent, and the usual readings of it."""

    messages: list[dict[str, Any]]

    @property
    def status(self) -> int:
        return int(self.messages[0]["status"])

    @property
    def fields(self) -> Fields:
        return list(self.messages[0]["headers"])

    @property
    def parts(self) -> list[bytes]:
        return [message.get("body", b"") for message in self.messages[1:]]

    @property
    def body(self) -> bytes:
        return b"".join(self.parts)

    @property
    def text(self) -> str:
        return self.body.decode()

    def all(self, name: str) -> list[str]:
        return [value.decode("latin-1") for key, value in self.fields if key == name.encode()]

    def one(self, name: str) -> str | None:
        found = self.all(name)
        assert len(found) <= 1, f"{name} is there {len(found)} times"
        return found[0] if found else None

    def form_value(self, name: str) -> str:
        """The value of one of the notice's hidden fields."""
        start = self.text.index(f"name={name} value=") + len(f"name={name} value=")
        return self.text[start:].partition(">")[0].strip('"')


@dataclass
class Browser:
    """Keeps the cookies that it is given (name and value; an expired one goes)."""

    app: App
    scheme: str = "https"
    host: bytes = b"site.example"
    cookies: dict[str, str] = field(default_factory=dict)

    def get(self, path: str = "/page", **changes: Any) -> Answer:
        return self.request("GET", path, **changes)

    def post_form(self, values: dict[str, str | list[str]], **changes: Any) -> Answer:
        """Post a choice as a page of this site does."""
        body = urlencode(values, doseq=True).encode()
        return self.post(body, **changes)

    def post(
        self,
        body: bytes,
        *,
        fetch_site: bytes | None = b"same-origin",
        content_type: bytes = b"application/x-www-form-urlencoded",
        extra: Iterable[tuple[bytes, bytes]] = (),
        path: str = "/_daccord/choice",
    ) -> Answer:
        fields = [(b"content-type", content_type), (b"content-length", b"%d" % len(body))]
        if fetch_site is not None:
            fields.append((b"sec-fetch-site", fetch_site))
        return self.request("POST", path, extra=[*fields, *extra], body=[body])

    def request(
        self,
        method: str,
        path: str,
        *,
        extra: Iterable[tuple[bytes, bytes]] = (),
        body: Sequence[bytes] = (b"",),
        scope: dict[str, Any] | None = None,
    ) -> Answer:
        """Ask for ``path``; ``scope`` are keys of the ASGI scope to send otherwise."""
        plain, _, query = path.partition("?")
        fields = [(b"host", self.host), (b"accept-language", b"en"), *extra]
        if self.cookies:
            pairs = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
            fields.append((b"cookie", pairs.encode("latin-1")))
        whole = {
            "type": "http",
            "method": method,
            "scheme": self.scheme,
            "path": plain,
            "raw_path": plain.encode(),
            "query_string": query.encode(),
            "headers": fields,
            **(scope or {}),
        }
        answer = asyncio.run(self._exchange(whole, list(body)))
        self._keep(answer)
        return answer

    async def _exchange(self, scope: dict[str, Any], body: list[bytes]) -> Answer:
        sent: list[dict[str, Any]] = []
        begun: list[bool] = []

        async def receive() -> dict[str, Any]:
            if not body:
                # Some apps listen for the reader to leave while they answer: this one stays,
                # unless it never sent a body at all.
                if begun:
                    await asyncio.Event().wait()
                return {"type": "http.disconnect"}
            begun.append(True)
            part = body.pop(0)
            return {"type": "http.request", "body": part, "more_body": bool(body)}

        async def send(message: Any) -> None:
            sent.append(dict(message))

        await self.app(scope, receive, send)
        return Answer(sent)

    def _keep(self, answer: Answer) -> None:
        for line in answer.all("set-cookie"):
            pair, _, attributes = line.partition(";")
            name, _, value = pair.partition("=")
            if "max-age=0" in attributes.lower():
                self.cookies.pop(name, None)
            else:
                self.cookies[name] = value
