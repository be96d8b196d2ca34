"""The demo says where everything is, what to try, and what had to move; in colour only if asked."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from starlette.requests import Request

from daccord.demo.ports import listen
from daccord.demo.thirdparties.tongue import tongue_of

if TYPE_CHECKING:
    from pathlib import Path


def run_demo(*arguments: str, last_line: str) -> str:
    """Run `daccord demo` until it printed a line with ``last_line``; give what it printed."""
    command = [sys.executable, "-m", "daccord", "demo", *arguments]
    environment = {**os.environ, "NO_COLOR": "1", "FORCE_COLOR": "1"}
    with subprocess.Popen(  # noqa: S603 - our own command
        command, stdout=subprocess.PIPE, text=True, env=environment
    ) as demo:
        assert demo.stdout
        lines = []
        for line in demo.stdout:
            lines.append(line)
            if last_line in line:
                demo.send_signal(signal.SIGINT)
    assert demo.returncode == 0
    return "".join(lines)


def test_it_says_where_everything_is_and_what_to_try() -> None:
    port, sockets = listen(None)
    said = run_demo("--port", str(port), last_line="Ctrl-C")
    for one in sockets:
        one.close()
    assert f"port {port} was taken: the newspaper is on " in said
    assert f"http://paper.localhost:{port}" not in said
    for host in ("paper", "comments", "social", "ads", "cdn.ads", "tags", "sync.bidder"):
        assert f"http://{host}.localhost:" in said
    assert [f"  {number}. " in said for number in range(1, 7)] == [True] * 6
    assert "was made for this demo: " in said
    assert "/paper/ledger.key" in said
    assert "\x1b" not in said
    assert said.endswith("\nStopping.\n")


def test_quiet_says_the_papers_address_and_keeps_its_data(tmp_path: Path) -> None:
    said = run_demo("--quiet", "--data", str(tmp_path), last_line="http")
    assert said.startswith("http://paper.localhost:")
    assert said.count("\n") == 1
    assert (tmp_path / "comments" / "comments.sqlite").is_file()
    assert (tmp_path / "paper" / "cookie.key").is_file()
    key = (tmp_path / "paper" / "ledger.key").read_bytes()
    assert b"origin: paper.localhost:" in key
    run_demo("--quiet", "--data", str(tmp_path), last_line="http")
    assert (tmp_path / "paper" / "ledger.key").read_bytes() == key, "made once"


@pytest.mark.parametrize(
    ("query", "accepted", "tongue"),
    [
        ("", "fr-CH, en;q=0.8", "fr"),
        ("", "de, en;q=0.8, fr;q=0.5", "en"),
        ("", "de", "en"),
        ("", "", "en"),
        ("lang=fr", "en", "fr"),
    ],
)
def test_third_parties_speak_the_readers_language(query: str, accepted: str, tongue: str) -> None:
    headers = [(b"accept-language", accepted.encode())] if accepted else []
    scope = {"type": "http", "query_string": query.encode(), "headers": headers}
    assert tongue_of(Request(scope)) == tongue
