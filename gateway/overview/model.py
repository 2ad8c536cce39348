"""Counts by kinds of people, as plain values, and the rule by which small cells are kept back. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import datetime, timedelta

from gateway.polls.counting.cells import FEWEST_IN_GROUP, is_small, withheld_groups

# How long ago somebody was last reached, or was heard of, by the longest time in days.
CONTACT_BANDS = ((30, "30_days"), (90, "90_days"), (365, "year"))
LONGER, NEVER = "longer", "never"


@dataclass(frozen=True)
class Person:
    """Somebody with a vote, by what counts are broken down by; `last_contact` None: never reached, never heard of."""

    resident_id: int
    age: str
    group: str
    channel: str
    last_contact: datetime | None


@dataclass(frozen=True)
class Cell:
    """The people of one kind: how many, how many of them were reached and took part; None where it is kept back."""

    name: str
    people: int
    reached: int | None
    took_part: int | None


@dataclass(frozen=True)
class Missing:
    """Who is missing in a community since a moment; the totals are None where there are fewer than ten people."""

    since: datetime
    people: int
    never_reached: int | None
    reached: int | None
    took_part: int | None
    by_age: Sequence[Cell]
    by_group: Sequence[Cell]
    by_channel: Sequence[Cell]
    by_last_contact: Sequence[Cell]

    def kinds(self) -> list[tuple[str, Sequence[Cell]]]:
        """The four tables with their names."""
        return [
            ("by_age", self.by_age),
            ("by_group", self.by_group),
            ("by_channel", self.by_channel),
            ("by_last_contact", self.by_last_contact),
        ]


@dataclass(frozen=True)
class Unheard:
    """Somebody whom nothing has ever reached and who was never heard of, for the staff of their community."""

    code: str
    name: str
    household: str
    group: str
    has_phone: bool
    stopped: bool


@dataclass(frozen=True)
class Voices:
    """Who raised or backed something in a period: how many people, by group (`took_part`), by category, most first."""

    people: int
    groups: Sequence[Cell]
    categories: Sequence[tuple[str, int]]


def contact_band(last: datetime | None, at: datetime) -> str:
    """How far the last contact lies back."""
    if last is None:
        return NEVER
    return next((name for days, name in CONTACT_BANDS if at - last <= timedelta(days=days)), LONGER)


def count_missing(people: Sequence[Person], took_part: AbstractSet[int], *, since: datetime, at: datetime) -> Missing:
    """The counts over `people`; reached is whoever was reached or heard of since then."""
    reached = frozenset(one.resident_id for one in people if one.last_contact and one.last_contact >= since)

    def cells(kind: Callable[[Person], str]) -> list[Cell]:
        return protect(people, kind, reached, took_part)

    few = is_small(len(people))
    return Missing(
        since=since,
        people=len(people),
        never_reached=None if few else sum(one.last_contact is None for one in people),
        reached=None if few else len(reached),
        took_part=None if few else sum(one.resident_id in took_part for one in people),
        by_age=cells(lambda one: one.age),
        by_group=cells(lambda one: one.group),
        by_channel=cells(lambda one: one.channel),
        by_last_contact=cells(lambda one: contact_band(one.last_contact, at)),
    )


def protect(
    people: Sequence[Person], kind: Callable[[Person], str], reached: AbstractSet[int], took_part: AbstractSet[int]
) -> list[Cell]:
    """People by kind, in the order of its names. A kind of fewer than five people is kept back, and with it as many
    others as it takes that nothing follows from the totals: the rule of polls (gateway.polls.counting.cells).
    """
    kinds: dict[str, list[int]] = {}
    for one in people:
        kinds.setdefault(kind(one), []).append(one.resident_id)
    names = sorted(kinds)
    hidden = _hidden(kinds, names, reached) | _hidden(kinds, names, took_part)
    few = is_small(len(people))
    return [
        Cell(name, len(kinds[name]), None, None)
        if few or at in hidden
        else Cell(name, len(kinds[name]), _count(kinds[name], reached), _count(kinds[name], took_part))
        for at, name in enumerate(names)
    ]


def _hidden(kinds: Mapping[str, Sequence[int]], names: Sequence[str], among: AbstractSet[int]) -> frozenset[int]:
    """That nobody of a kind was reached is what is looked for, so kinds that are all alike are shown.

    Where it is the same for everybody the total says so of each, and no cover would help.
    """
    groups = [(len(kinds[name]), (found := _count(kinds[name], among), len(kinds[name]) - found)) for name in names]
    if 0 in (sum(pair[0] for _, pair in groups), sum(pair[1] for _, pair in groups)):
        return frozenset(at for at, (count, _) in enumerate(groups) if count < FEWEST_IN_GROUP)
    return withheld_groups(groups, alike=False)


def _count(people: Sequence[int], among: AbstractSet[int]) -> int:
    return sum(one in among for one in people)
