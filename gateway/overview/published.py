"""What anybody may read of what people spoke of: counts of people, without those small enough to be somebody. Pure.

Fewer than five people are never given as a number, as in polls (gateway.polls.counting.cells); nor are categories from
which such a number would follow. How many back an accepted topic is not meant by this: that is public by itself.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from gateway.polls.counting.cells import FEWEST_IN_GROUP
from gateway.topics.digest import Digest, Entry
from gateway.topics.hotspots import HotSpot

Count = int | None


@dataclass(frozen=True)
class PublicSpot:
    """A hot spot in counts that may be shown; None: some, but fewer than five."""

    category: str
    people: Count
    households: Count
    places: int
    people_before: Count


@dataclass(frozen=True)
class PublicMonth:
    """A month's digest in counts that may be shown: people and topics, now and before; people by category (now,
    before); hot spots with what the digest says of them. None: some, but fewer than five, or withheld with those.
    """

    people: Count
    people_before: Count
    topics: int
    topics_before: int
    categories: Mapping[str, tuple[Count, Count]]
    spots: Sequence[tuple[PublicSpot, Entry]]


def published(digest: Digest) -> PublicMonth:
    """A month as anybody may read it."""
    now = safe_categories({name: count for name, (count, _) in digest.categories.items()}, digest.people)
    before = safe_categories({name: count for name, (_, count) in digest.categories.items()}, digest.people_before)
    return PublicMonth(
        people=if_many(digest.people),
        people_before=if_many(digest.people_before),
        topics=digest.topics,
        topics_before=digest.topics_before,
        categories={name: (now.get(name), before.get(name)) for name in digest.categories},
        spots=[(public_spot(entry.spot), entry) for entry in digest.entries],
    )


def public_spot(spot: HotSpot) -> PublicSpot:
    """A hot spot as anybody may read it."""
    return PublicSpot(
        category=spot.category,
        people=if_many(spot.people),
        households=if_many(spot.households),
        places=spot.places,
        people_before=if_many(spot.people_before),
    )


def if_many(people: int) -> Count:
    """A number of people that is nobody's: none at all, or five and more."""
    return people if people == 0 or people >= FEWEST_IN_GROUP else None


def safe_categories(counts: Mapping[str, int], people: int) -> dict[str, Count]:
    """How many people each category has, so that no count of fewer than five can be worked out from the others.

    `people` in all have said something, each in one category or more, so what is shown leaves at least a remainder to
    those withheld. Where that is as much as they can have, each of them would be known: then no category is given.
    """
    found = {name: if_many(count) for name, count in counts.items()}
    withheld = sum(count is None for count in found.values())
    remainder = people - sum(count or 0 for count in found.values())
    return {} if withheld and remainder >= withheld * (FEWEST_IN_GROUP - 1) else found
