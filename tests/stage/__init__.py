"""The demo as a stage for browser tests: fixtures, a stand-in paper, a browser that lets all in.

In a ``conftest.py``: ``from tests.stage.fixtures import *  # noqa: F403``.
"""
