"""Whether speculation rules keep to where the choice lets a page load from.

A browser that follows ``<script type=speculationrules>`` connects to the hosts in it, and no
policy stops that (seen in Chromium 156: the prefetch goes out under ``default-src 'self'``). Rules
that are not plainly harmless are taken out: what is lost is a little speed.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


def keep_to(rules: str, is_refused: Callable[[str], bool]) -> bool:
    """Whether every URL that ``rules`` (JSON) may lead to is one that is not refused."""
    try:
        parsed = json.loads(rules)
    except (ValueError, RecursionError):
        return False
    if not isinstance(parsed, dict):
        return False
    lists = [each for each in parsed.values() if isinstance(each, list)]
    return all(_rule_keeps(rule, is_refused) for each in lists for rule in each)


def _rule_keeps(rule: object, is_refused: Callable[[str], bool]) -> bool:
    if not isinstance(rule, dict):
        return False
    urls = rule.get("urls")
    if isinstance(urls, list):
        return not any(is_refused(url) for url in urls if isinstance(url, str))
    return _condition_keeps(rule.get("where"), is_refused)


def _condition_keeps(where: object, is_refused: Callable[[str], bool]) -> bool:
    """Whether only links to where it is allowed can meet the condition ``where``."""
    if not isinstance(where, dict):
        return False
    for key, combine in (("and", any), ("or", all)):
        if isinstance(parts := where.get(key), list):
            return bool(parts) and combine(_condition_keeps(part, is_refused) for part in parts)
    patterns = where.get("href_matches")
    if isinstance(patterns, str):
        patterns = [patterns]
    return isinstance(patterns, list) and all(
        isinstance(each, str) and each.startswith(("/", "?", "#")) and not is_refused(each)
        for each in patterns
    )
