"""The demo's own tests run on its own stage."""

from tests.stage.fixtures import *  # noqa: F403 - fixtures are found by being here
