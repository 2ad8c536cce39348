"""Counts over a whole community are kept for some minutes: they take longer than a page should, and change slowly."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, TypeVar, cast

from flask import current_app

from gateway.web.pages.surroundings import this_gateway

Counted = TypeVar("Counted")
KEPT_FOR = timedelta(minutes=10)
# As many counts are kept at most; a process of a large township forgets the oldest ones.
MOST_KEPT = 500


@dataclass
class _Kept:
    counts: dict[Hashable, tuple[datetime, Any]] = field(default_factory=dict)


def remembered(key: Hashable, count: Callable[[datetime], Counted]) -> tuple[datetime, Counted]:
    """What `count` said at most ten minutes ago under that key, else what it says now; and when it was counted."""
    now = this_gateway().ports.clock.now()
    kept: _Kept = current_app.extensions.setdefault("console.remembering", _Kept())
    found = kept.counts.get(key)
    if found is None or not found[0] <= now < found[0] + KEPT_FOR:
        kept.counts.pop(key, None)
        found = kept.counts[key] = (now, count(now))
        while len(kept.counts) > MOST_KEPT:
            kept.counts.pop(next(iter(kept.counts)), None)
    return cast("tuple[datetime, Counted]", found)
