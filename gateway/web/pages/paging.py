"""Long lists in pages: which part of one is shown."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

Item = TypeVar("Item")


@dataclass(frozen=True)
class Page(Generic[Item]):
    """One page of a list: its items, its number from 1, and how many pages there are."""

    items: Sequence[Item]
    number: int
    pages: int


@dataclass(frozen=True)
class Place:
    """Which part of a long list is shown: the page's number from 1, how many there are, and the items before it."""

    number: int
    pages: int
    before: int


def place_of(total: int, wanted: str, size: int) -> Place:
    """Where the page is that a reader asked for in words of an address; the nearest there is when it makes no sense."""
    pages = max(1, -(-total // size))
    asked = int(wanted) if wanted.isascii() and wanted.isdigit() and len(wanted) <= 6 else 1  # noqa: PLR2004  # digits
    number = min(max(asked, 1), pages)
    return Place(number, pages, (number - 1) * size)


def page_of(items: Sequence[Item], wanted: str, size: int) -> Page[Item]:
    """The page of a list that is there whole, as `place_of` finds it."""
    place = place_of(len(items), wanted, size)
    return Page(items[place.before : place.before + size], place.number, place.pages)
