"""Missed call → free call back: whoever lets it ring is called back on the number that the roll knows, at our cost.

A caller's number can be forged and a premium number costs whoever calls it, so a call is placed only when all of this
holds: somebody of that very community is registered on the number; it begins with an allowed prefix and is none of the
kinds that charge the caller; and neither the number nor the community has used up its day, in calls or in money. What
is refused changes nothing, costs nothing, and looks to the caller exactly like what is not.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, time
from enum import StrEnum
from zoneinfo import ZoneInfo

from gateway.kernel.db import UnitOfWork
from gateway.kernel.phones import PhoneNumber, charges_the_caller
from gateway.messaging import spending
from gateway.messaging.calendars import calendar, own_hours
from gateway.messaging.following import SEND_JOBS, first_time
from gateway.messaging.model import CALL_BACK, LONGEST_CALL_MINUTES, URGENT_QUEUE, BroadcastDraft
from gateway.messaging.money import UNIT, Terms
from gateway.messaging.store import broadcasts, money, planning
from gateway.messaging.store import calling_back as store
from gateway.roll import views as roll
from gateway.roll.model import Channel, Community, Resident

SUBJECT = "missed call"


class Verdict(StrEnum):
    """What became of a missed call; the caller notices only the first."""

    CALLED = "called"
    STRANGER = "stranger"
    NOT_ALLOWED = "not_allowed"
    ON_ITS_WAY = "on_its_way"
    NUMBER_FULL = "number_full"
    DAY_FULL = "day_full"
    MONEY_FULL = "money_full"


@dataclass(frozen=True)
class CallBackLimits:
    """What call backs may be: to numbers that begin so; so many a day for one number and for one community; and so
    much money a day for one community, in whole units of its currency, every call taken as the longest there may be."""

    prefixes: tuple[str, ...]
    per_number: int = 5
    per_day: int = 200
    money_per_day: int = 50


def call_back(
    tx: UnitOfWork,
    community: Community,
    caller: PhoneNumber | None,
    words: Mapping[str, str],
    *,
    at: datetime,
    limits: CallBackLimits,
) -> Verdict:
    """Plan a call to `caller` at once, or outside the calling hours when they, or the person's own, come next.

    `words` (per language) say what kind of call it is; the menu says the rest.
    """
    if caller is None or not caller.e164.startswith(limits.prefixes) or charges_the_caller(caller):
        return Verdict.NOT_ALLOWED
    people = roll.residents_on_phone(tx.connection, community.id, caller)
    if not people:
        return Verdict.STRANGER
    # Two missed calls at the same moment must not both find room for one more.
    tx.lock("call_back", community.id)
    refused = _refusal(tx, community, caller, at, limits)
    if refused is None:
        _plan(tx, community, people, caller, words, at=at)
    return refused or Verdict.CALLED


def _refusal(
    tx: UnitOfWork, community: Community, caller: PhoneNumber, at: datetime, limits: CallBackLimits
) -> Verdict | None:
    if store.is_under_way(tx.connection, community.id, caller):
        return Verdict.ON_ITS_WAY
    today = store.count_since(tx.connection, community.id, _midnight(at, community.timezone))
    if today[caller.e164] >= limits.per_number:
        return Verdict.NUMBER_FULL
    if today.total() >= limits.per_day:
        return Verdict.DAY_FULL
    most = money.terms_of(tx.connection, community.id).minute_price * LONGEST_CALL_MINUTES
    return Verdict.MONEY_FULL if (today.total() + 1) * most > limits.money_per_day * UNIT else None


def _plan(
    tx: UnitOfWork,
    community: Community,
    people: list[Resident],
    caller: PhoneNumber,
    words: Mapping[str, str],
    *,
    at: datetime,
) -> None:
    days, own = calendar(tx.connection, community.id), own_hours(tx.connection, [people[0].id])
    # Whoever rings in the night may be somebody else with a forged number: the house is not woken for it.
    awake = days.window(Channel.CALL).is_open(at)
    due_at = at if awake else first_time(at, Channel.CALL, days, own=own.get(people[0].id))
    draft = BroadcastDraft(community.id, CALL_BACK, SUBJECT, {}, words, [people[0].id], urgent=True)
    terms: Terms = money.terms_of(tx.connection, community.id)
    key = planning.insert_broadcast(tx, draft, terms, at, state=store.FIRST_STATE)
    store.insert_delivery(tx, key, people[0].id, people[0].language, caller)
    found = broadcasts.find_broadcast(tx.connection, key)
    assert found is not None
    spending.reserve_first(tx, found, community, at=at)
    planning.insert_first_attempts(tx, key, dict.fromkeys(Channel, due_at))
    tx.call_after_commit(URGENT_QUEUE, SEND_JOBS[URGENT_QUEUE])


def _midnight(at: datetime, timezone: str) -> datetime:
    zone = ZoneInfo(timezone)
    return datetime.combine(at.astimezone(zone).date(), time(), zone)
