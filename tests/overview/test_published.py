"""What anybody may read of a month: no number of fewer than five people, and none that follows from what is shown."""

from __future__ import annotations

from collections import defaultdict
from itertools import product

from gateway.overview.published import Count, PublicSpot, if_many, public_spot, safe_categories
from gateway.topics.hotspots import HotSpot

MATTERS = "abc"
MOST_PEOPLE = 13
# What one person can have spoken of: at least one of the matters.
WAYS = [way for way in product((0, 1), repeat=len(MATTERS)) if any(way)]
Counts = tuple[int, ...]


def months() -> list[tuple[int, Counts]]:
    """Every month that up to thirteen people can make: how many they are, and how many spoke of each matter."""
    found: list[set[Counts]] = [{(0,) * len(MATTERS)}]
    for _ in range(MOST_PEOPLE):
        found.append({tuple(map(sum, zip(counts, way, strict=True))) for counts in found[-1] for way in WAYS})
    return [(people, counts) for people, of_them in enumerate(found) for counts in of_them]


def test_no_withheld_number_of_people_follows_from_what_is_shown() -> None:
    """Whatever is shown of a month fits other months too, with another number wherever one is withheld."""
    alike: dict[tuple[Count, tuple[tuple[str, Count], ...]], list[Counts]] = defaultdict(list)
    for people, counts in months():
        shown = safe_categories(dict(zip(MATTERS, counts, strict=True)), people)
        alike[if_many(people), tuple(shown.items())].append(counts)
    for (people, shown), possible in alike.items():
        for at, matter in enumerate(MATTERS):
            told = dict(shown).get(matter)
            numbers = {counts[at] for counts in possible}
            assert len(numbers) > 1 if told is None else numbers == {told}, (people, shown)
            assert told is None or told == 0 or told >= 5


def test_categories_are_given_up_where_the_last_would_follow() -> None:
    assert safe_categories({"a": 9, "b": 3, "c": 0}, 11) == {"a": 9, "b": None, "c": 0}
    # Four are left for the other one, which has at most four.
    assert safe_categories({"a": 9, "b": 4}, 13) == {}
    assert safe_categories({"a": 9, "b": 5}, 13) == {"a": 9, "b": 5}


def test_hot_spot_of_few_people_or_households_is_without_their_number() -> None:
    assert public_spot(HotSpot((1, 2), 7, 4, 2, "roads", 3)) == PublicSpot("roads", 7, None, 2, None)
    assert public_spot(HotSpot((1,), 4, 3, 1, "roads")) == PublicSpot("roads", None, None, 1, 0)
