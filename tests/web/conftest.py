"""One declaration for all of these tests: the newspaper's, parsed once."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from daccord.declaration.parse import parse_declaration
from tests.web.client import Browser
from tests.web.site import Recorder, Site, guard

if TYPE_CHECKING:
    from daccord.declaration.model import Declaration

NEWSPAPER = Path(__file__).parent.parent / "declaration" / "newspaper.toml"


@pytest.fixture(scope="session")
def newspaper() -> Declaration:
    return parse_declaration(NEWSPAPER.read_bytes())


@pytest.fixture
def site() -> Site:
    return Site()


@pytest.fixture
def recorder() -> Recorder:
    return Recorder()


@pytest.fixture
def browser(site: Site, recorder: Recorder, newspaper: Declaration) -> Browser:
    return Browser(guard(site, newspaper, recorder))
