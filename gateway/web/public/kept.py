"""Pages that were just made are kept for a few seconds: when a result is out, a whole village asks for the same page.

What is kept is as old as a reader's program may keep it anyway (`KEPT_SECONDS`), and gone as soon as the record has one
more entry.
"""

from __future__ import annotations

import threading
from collections.abc import Hashable
from dataclasses import dataclass
from datetime import datetime, timedelta

MOST_PAGES = 256


@dataclass(frozen=True)
class KeptPage:
    """A page as it left: its bytes, packed or not, and its headers."""

    body: bytes
    headers: tuple[tuple[str, str], ...]
    made_at: datetime


class KeptPages:
    """The pages of one process."""

    def __init__(self, age: timedelta) -> None:
        self._age = age
        self._pages: dict[Hashable, KeptPage] = {}
        self._lock = threading.Lock()

    def find(self, key: Hashable, at: datetime) -> KeptPage | None:
        """The page of that key, unless it is too old."""
        found = self._pages.get(key)
        return found if found and at - found.made_at < self._age else None

    def keep(self, key: Hashable, page: KeptPage) -> None:
        """Keep a page; the one kept longest goes where there are too many."""
        with self._lock:
            self._pages.pop(key, None)
            self._pages[key] = page
            while len(self._pages) > MOST_PAGES:
                del self._pages[next(iter(self._pages))]
