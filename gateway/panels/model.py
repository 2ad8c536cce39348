"""What a panel is, as plain values, and its pure rules: who may be drawn, which strata there are, their seats.

The lottery itself is in `lottery.py`, which stands alone so that everybody can run it.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from gateway.kernel.errors import InputError, RuleError
from gateway.panels.lottery import LARGEST_POOL, can_fill, share_seats

LONGEST_TITLE = 60
SHORTEST_NOTICE_MINUTES = 10
MOST_NOTICE_MINUTES = 60 * 24 * 60
MOST_ANSWER_HOURS = 14 * 24
INVITATION = "panel"
# Age bands by their youngest age.
_BANDS = ((65, "65+"), (50, "50-64"), (35, "35-49"), (0, "18-34"))
UNKNOWN = "unknown"
_DIGITS = re.compile(r"\d{1,9}(?: \d{1,9})*(?: / \d{1,9}(?: \d{1,9})*)*")


class PanelState(StrEnum):
    """How far a panel has come: planned, its list and source fixed on the record, drawn."""

    DRAFT = "draft"
    COMMITTED = "committed"
    DRAWN = "drawn"


class LotState(StrEnum):
    """What became of one number: WAITING in the order, CALLED to a seat, then invited, and the answer."""

    WAITING = "waiting"
    CALLED = "called"
    INVITED = "invited"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    SILENT = "silent"


SEATED = (LotState.CALLED, LotState.INVITED, LotState.ACCEPTED)


class SeatRule(StrEnum):
    """How seats go to strata: by largest remainder, with remainders drawn (the same chance for each), or as fixed."""

    LARGEST = "largest"
    DRAWN = "drawn"
    FIXED = "fixed"


class Attribute(StrEnum):
    """What people are put into strata by."""

    GROUP = "group"
    GENDER = "gender"
    AGE = "age"
    AWAY = "away"


@dataclass(frozen=True)
class Candidate:
    """Somebody with a vote, as far as a lottery needs to know them; `age` is that of this year, None if unknown."""

    resident_id: int
    code: str
    household: str
    group: str
    gender: str
    age: int | None
    away: bool


@dataclass(frozen=True)
class PoolRule:
    """Who may be drawn: everybody with a vote, of these groups (all when empty), of at least this age, away or not."""

    groups: tuple[str, ...] = ()
    min_age: int = 18
    away: bool | None = None

    def allows(self, person: Candidate) -> bool:
        """Whether this person is in the pool; somebody whose age nobody noted is."""
        return (
            (not self.groups or person.group in self.groups)
            and (person.age is None or person.age >= self.min_age)
            and self.away in (None, person.away)
        )


@dataclass(frozen=True)
class Quota:
    """At least and at most so many seats for people of one value of an attribute, whatever their stratum."""

    attribute: Attribute
    value: str
    least: int
    most: int


@dataclass(frozen=True)
class PanelDraft:
    """A panel to draw. `fixed`: seats by stratum label, for the rule FIXED. `household_cap` 0: no cap."""

    community_id: int
    title: str
    seats: int
    topic_id: int | None = None
    strata: tuple[Attribute, ...] = ()
    rule: SeatRule = SeatRule.LARGEST
    fixed: Mapping[str, int] = field(default_factory=dict)
    household_cap: int = 1
    pool: PoolRule = PoolRule()
    notice_minutes: int = 24 * 60
    answer_hours: int = 48
    quotas: tuple[Quota, ...] = ()


@dataclass(frozen=True)
class Stratum:
    """One stratum: its label ("east/female"), how many people it has, how many seats for sure."""

    label: str
    people: int
    seats: int


@dataclass(frozen=True)
class Plan:
    """What a draft comes to with the roll as it stands: the people and, in the same order, the stratum of each."""

    people: tuple[Candidate, ...]
    stratum_of: tuple[int, ...]
    strata: tuple[Stratum, ...]


@dataclass(frozen=True)
class Panel:
    """A panel as it stands; `commitment` and `randomness` are what the published file holds of them."""

    number: int
    draft: PanelDraft
    state: PanelState
    commitment: Mapping[str, Any] | None
    committed_at: datetime | None
    randomness: Mapping[str, Any] | None
    result: Mapping[str, Any] | None
    drawn_at: datetime | None
    inviting: bool


@dataclass(frozen=True)
class Lot:
    """One number of a pool and whose it is; `place` is where the lottery put it, None before."""

    number: int
    resident_id: int
    stratum: int
    place: int | None
    state: LotState
    answer_by: datetime | None


def subject_of(number: int) -> str:
    """What messages and record entries about a panel say they are about."""
    return f"panel:{number}"


def panel_asked_by(kind: str, subject: str) -> int | None:
    """The panel that a message of this kind and subject invited to; None when it was no invitation."""
    return int(subject.removeprefix("panel:")) if kind == INVITATION and subject.startswith("panel:") else None


def check_draft(draft: PanelDraft) -> None:
    """InputError: panel_title_wrong, panel_seats_wrong, panel_notice_wrong, panel_answer_wrong, panel_rule_wrong."""
    if not 0 < len(draft.title) <= LONGEST_TITLE:
        raise InputError("panel_title_wrong", most=LONGEST_TITLE)
    if draft.seats < 1 or draft.household_cap < 0:
        raise InputError("panel_seats_wrong")
    if not SHORTEST_NOTICE_MINUTES <= draft.notice_minutes <= MOST_NOTICE_MINUTES:
        raise InputError("panel_notice_wrong", least=SHORTEST_NOTICE_MINUTES)
    if not 0 < draft.answer_hours <= MOST_ANSWER_HOURS:
        raise InputError("panel_answer_wrong", most=MOST_ANSWER_HOURS)
    if bool(draft.fixed) != (draft.rule is SeatRule.FIXED):
        raise InputError("panel_rule_wrong")


def age_band(age: int | None) -> str:
    """The band that an age falls into; whoever is younger than 35 is in the first."""
    return UNKNOWN if age is None else next(name for least, name in _BANDS if age >= least)


def label_of(person: Candidate, strata: Sequence[Attribute]) -> str:
    """The label of somebody's stratum: the values one after the other, "all" without strata."""
    return "/".join(value_of(person, attribute) for attribute in strata) or "all"


def value_of(person: Candidate, attribute: Attribute) -> str:
    """What somebody is by one attribute."""
    match attribute:
        case Attribute.GROUP:
            return person.group or UNKNOWN
        case Attribute.GENDER:
            return person.gender or UNKNOWN
        case Attribute.AGE:
            return age_band(person.age)
        case Attribute.AWAY:
            return "away" if person.away else "home"


def make_plan(draft: PanelDraft, people: Sequence[Candidate]) -> Plan:
    """Pool, strata and seats of a draft; refuses, with the reason, what no draw could fill.

    RuleError: panel_pool_empty, panel_pool_too_large, panel_pool_short, panel_fixed_sum, panel_stratum_unknown,
    panel_stratum_short, panel_left_out, panel_households_short, panel_stratum_households, panel_strata_clash.
    """
    pool = [person for person in people if draft.pool.allows(person)]
    if not pool:
        raise RuleError("panel_pool_empty")
    if len(pool) > LARGEST_POOL:
        raise RuleError("panel_pool_too_large", most=LARGEST_POOL)
    if len(pool) < draft.seats:
        raise RuleError("panel_pool_short", seats=draft.seats, people=len(pool))
    labels = [label_of(person, draft.strata) for person in pool]
    names = sorted(set(labels))
    counts = Counter(labels)
    seats = _seats(draft, names, [counts[name] for name in names])
    strata = tuple(Stratum(name, counts[name], seats[at]) for at, name in enumerate(names))
    plan = Plan(tuple(pool), tuple(names.index(label) for label in labels), strata)
    _check_strata(draft, plan)
    _check_households(draft, plan)
    return plan


def _seats(draft: PanelDraft, names: Sequence[str], people: Sequence[int]) -> list[int]:
    if draft.rule is SeatRule.LARGEST:
        return share_seats(people, draft.seats)
    if draft.rule is SeatRule.DRAWN:
        return [draft.seats * count // sum(people) for count in people]
    for label in draft.fixed:
        if label not in names:
            raise RuleError("panel_stratum_unknown", stratum=label)
    if sum(draft.fixed.values()) != draft.seats:
        raise RuleError("panel_fixed_sum", sum=sum(draft.fixed.values()), seats=draft.seats)
    return [draft.fixed.get(name, 0) for name in names]


def most_seats(draft: PanelDraft, strata: Sequence[Stratum]) -> list[int]:
    """The most seats that each stratum can come to have: one more where a remainder is drawn."""
    if draft.rule is not SeatRule.DRAWN:
        return [stratum.seats for stratum in strata]
    whole = sum(stratum.people for stratum in strata)
    return [stratum.seats + (draft.seats * stratum.people % whole > 0) for stratum in strata]


def _check_strata(draft: PanelDraft, plan: Plan) -> None:
    left_out = 0
    for stratum, most in zip(plan.strata, most_seats(draft, plan.strata), strict=True):
        if stratum.people < most:
            raise RuleError("panel_stratum_short", stratum=stratum.label, seats=most, people=stratum.people)
        left_out += stratum.people if most == 0 else 0
    if left_out:
        raise RuleError("panel_left_out", people=left_out)


def _check_households(draft: PanelDraft, plan: Plan) -> None:
    cap = draft.household_cap
    if not cap:
        return
    homes = number_households(plan.people)
    rows = [[0, stratum, home] for stratum, home in zip(plan.stratum_of, homes, strict=True)]
    places = sum(min(cap, count) for count in Counter(homes).values())
    if places < draft.seats:
        raise RuleError("panel_households_short", seats=draft.seats, places=places, cap=cap)
    most = most_seats(draft, plan.strata)
    for at, stratum in enumerate(plan.strata):
        within = sum(min(cap, count) for count in Counter(row[2] for row in rows if row[1] == at).values())
        if within < most[at]:
            raise RuleError("panel_stratum_households", stratum=stratum.label, seats=most[at], places=within, cap=cap)
    if not can_fill(most, rows, {}, cap):
        raise RuleError("panel_strata_clash", cap=cap)


def number_households(people: Sequence[Candidate]) -> list[int]:
    """A number for each person's household, from 1 as they come; somebody without one has one of their own."""
    known: dict[str, int] = {}
    return [known.setdefault(person.household or f"\0{person.resident_id}", len(known) + 1) for person in people]


def read_digits(text: str) -> str:
    """The numbers of a public lottery as they are hashed: `3 12 15 / 8`. Groups stand apart by `/` or `+`.

    InputError("panel_digits_unreadable").
    """
    plain = unicodedata.normalize("NFKC", text).replace("+", "/")
    spaced = " ".join(re.sub(r"[,;、,\s]+", " ", plain.replace("/", " / ")).split())
    if not _DIGITS.fullmatch(spaced):
        raise InputError("panel_digits_unreadable")
    return " ".join(part if part == "/" else str(int(part)) for part in spaced.split())
