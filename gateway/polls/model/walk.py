"""Going through many items, with or without showing how far it is."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol, TypeVar

Item = TypeVar("Item")


class Walk(Protocol):
    """Goes through many items and may show how far it is."""

    def __call__(self, items: Iterable[Item], length: int) -> Iterable[Item]:
        """Yield `items`, of which there are `length`."""


def straight(items: Iterable[Item], length: int) -> Iterable[Item]:  # noqa: ARG001  # the shape of Walk
    """The walk that shows nothing."""
    return items
