"""Without daccord the same newspaper, in the same browser, is followed in every way there is.

Otherwise a clean result would say nothing: Debian's Chromium refuses third-party cookies by
itself, and a witness that sees nothing here is blind.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.browser.evidence import THIRD_PARTIES
from tests.browser.reader import LEAD, OTHER, Reader

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.browser.conftest import NewReader

pytestmark = pytest.mark.browser


def test_this_browser_lets_followers_follow(
    new_reader: NewReader, show_paper: Callable[[str], None]
) -> None:
    """Third-party cookies, storage, frames, sockets and beacons on leave can all be seen."""
    show_paper("plain")
    reader = new_reader()
    with reader.page.expect_response("**/leak.gif?*"), reader.page.expect_response("**/slot?*"):
        reader.open(LEAD)
    reader.open(OTHER)
    storage = reader.evidence().storage
    reader.leave()
    seen = reader.evidence()
    names = {name for _, name in seen.cookies}
    assert {"murmure_tp", "reclame_tp", "surenchere_uid", "leak_tp"} <= names
    assert {"murmure_id", "reclame_id", "surenchere_fp", "aiguillage_session", "leak_id"} <= names
    assert {("local", "murmure_profile"), ("session", "murmure_pages")} <= storage
    assert {("indexed-db", "murmure_store"), ("cache", "reclame_creatives")} <= storage
    assert seen.parties == set(THIRD_PARTIES)
    assert len(seen.asked) == len(THIRD_PARTIES) + 1, "the advertiser has two hosts"
    assert {"GET /widget.js", "GET /embed/1", "POST /hit", "POST /beacon"} <= seen.of("social")
    assert {"GET /live", "GET /slot", "POST /beacon"} <= seen.of("ads")
    assert "GET /js/embed.min.js" in seen.of("comments")
    requests = reader.stage.log("social").requests
    assert any("murmure_tp" in each.cookies for each in requests), "the cookie comes back"


def test_this_browser_lets_followers_follow_without_scripts(
    new_reader: NewReader, show_paper: Callable[[str], None]
) -> None:
    """A pixel and a frame set and read third-party cookies with scripts off, too."""
    show_paper("plain")
    reader = new_reader(js=False)
    seen = reader.visit([LEAD, OTHER])
    assert {"GET /embed/1", "GET /pixel.gif"} <= seen.of("social")
    assert "murmure_tp" in {name for _, name in seen.cookies}
    requests = reader.stage.log("social").requests
    assert any("murmure_tp" in each.cookies for each in requests), "the cookie comes back"


def test_a_connection_without_a_request_can_be_seen(
    resident: Reader, show_paper: Callable[[str], None]
) -> None:
    """A bare ``preconnect`` opens a connection that is sent nothing: the server's log shows it."""
    show_paper("plain")
    seen = resident.visit(["/escape/preconnect/"])
    assert seen.of("unknown") == {"connection"}
    assert not seen.asked, "the browser's own network log does not"
