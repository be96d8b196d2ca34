"""A third party's testimony is complete, and only a test can read it or have it forgotten."""

from __future__ import annotations

import http.client
import socket
import time
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest

from daccord.demo.thirdparties.log import Log

if TYPE_CHECKING:
    from daccord.demo.stage import Stage

OTHERS = ["comments", "social", "ads", "tags", "bidder", "unknown"]


def ask(address: str, path: str, *, method: str = "GET", **headers: str) -> int:
    connection = http.client.HTTPConnection("127.0.0.1", urlsplit(address).port or 80)
    fields = {name.replace("_", "-"): value for name, value in headers.items()}
    connection.request(method, path, headers={"Host": urlsplit(address).netloc, **fields})
    answer = connection.getresponse()
    answer.read()
    connection.close()
    return answer.status


@pytest.mark.parametrize("name", OTHERS)
def test_every_request_is_in_the_log_with_its_cookies_and_body(
    plain_stage: Stage, name: str
) -> None:
    address = getattr(plain_stage.addresses, name)
    ask(address, "/nowhere?a=1", Cookie="murmure_tp=x; other=y", Referer="http://from.localhost/")
    (request,) = plain_stage.log(name).requests
    assert (request.method, request.path, request.query) == ("GET", "/nowhere", "a=1")
    assert request.host == urlsplit(address).netloc
    assert request.cookies == {"murmure_tp": "x", "other": "y"}
    assert request.headers["referer"] == "http://from.localhost/"


@pytest.mark.parametrize("name", OTHERS)
def test_a_connection_without_a_request_is_in_the_log(plain_stage: Stage, name: str) -> None:
    port = urlsplit(getattr(plain_stage.addresses, name)).port
    with socket.create_connection(("127.0.0.1", port)):
        deadline = time.monotonic() + 5
        while not (seen := plain_stage.log(name).connections) and time.monotonic() < deadline:
            time.sleep(0.01)
        (connection,) = seen.values()
        assert (connection.sent_bytes, connection.sent, connection.is_open) == (0, "", True)


def test_a_request_names_the_connection_it_came_by(plain_stage: Stage) -> None:
    ask(plain_stage.addresses.tags, "/manager.js")
    log = plain_stage.log("tags")
    connection = log.connections[log.requests[0].connection]
    assert connection.sent.startswith("GET /manager.js HTTP/1.1\r\n")
    assert connection.sent_bytes == len(connection.sent)


def test_control_requests_and_their_connections_are_not_in_the_log(plain_stage: Stage) -> None:
    ask(plain_stage.addresses.social, "/__health")
    plain_stage.log("social")
    log = plain_stage.log("social")
    assert (log.requests, log.connections) == ([], {})


@pytest.mark.parametrize("site", ["cross-site", "same-site", "same-origin"])
@pytest.mark.parametrize("method", ["GET", "DELETE"])
def test_a_page_cannot_use_the_control_url(plain_stage: Stage, method: str, site: str) -> None:
    status = ask(plain_stage.addresses.ads, "/__log", method=method, Sec_Fetch_Site=site)
    assert status == 403


def test_the_paper_keeps_no_log(plain_stage: Stage) -> None:
    assert ask(plain_stage.addresses.paper, "/__health") == 200
    assert ask(plain_stage.addresses.paper, "/__log") == 404


def test_a_connection_that_outlives_a_clearing_is_noted_when_it_sends_again() -> None:
    log = Log()
    number = log.open()
    log.receive(number, b"GET /before HTTP/1.1\r\n\r\n")
    log.clear()
    assert log.connections == {}
    log.receive(number, b"GET /after HTTP/1.1\r\n\r\n")
    assert log.connections[number].sent == "GET /after HTTP/1.1\r\n\r\n"


def test_a_log_reads_back_as_it_was_written() -> None:
    log = Log()
    log.receive(log.open(), b"\x00\xff")
    assert Log.from_value(log.to_value()).to_value() == log.to_value()
