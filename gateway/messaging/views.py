"""Questions to messaging: how does a broadcast stand, whom did it not reach, what does a call say."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, ScalarSelect
from sqlalchemy.engine import Connection

from gateway.kernel.errors import NotFound
from gateway.messaging import beforehand
from gateway.messaging.calendars import calendar
from gateway.messaging.forecast import done_at
from gateway.messaging.inbox import waiting
from gateway.messaging.model import (
    Broadcast,
    BroadcastDraft,
    BroadcastState,
    CallScript,
    Copy,
    DeliveryState,
    Preview,
    Progress,
    Rates,
    Report,
    StillTrying,
    Told,
    Unreached,
    Waiting,
)
from gateway.messaging.money import Terms, month_of, price_in
from gateway.messaging.segments import costly_characters, count_segments, downgrade
from gateway.messaging.store import attempts, money, planning, rates
from gateway.messaging.store import broadcasts as kept
from gateway.roll import views as roll
from gateway.roll.model import Channel, Community

__all__ = [
    "broadcast",
    "broadcasts",
    "call_script",
    "count_unresolved",
    "counts_by_state",
    "held_until",
    "is_over",
    "last_told",
    "others_on_phone",
    "outlines",
    "preview",
    "progress",
    "rates_of",
    "report",
    "spent",
    "still_trying",
    "terms_of",
    "waiting",
    "words",
    "words_for",
]  # fmt: skip


def rates_of(conn: Connection, community_id: int, usual: Rates) -> Rates:
    """How fast a community's lines may send; `usual` where it has no rates of its own."""
    return rates.find_rates(conn, community_id, usual)


def progress(conn: Connection, broadcast_id: int) -> Progress:
    """How a broadcast stands, with everybody it did not reach. NotFound("broadcast_unknown")."""
    broadcast = kept.find_broadcast(conn, broadcast_id)
    if broadcast is None:
        raise NotFound("broadcast_unknown", number=broadcast_id)
    counts = kept.count_deliveries(conn, broadcast_id)
    return Progress(
        broadcast_id=broadcast_id,
        kind=broadcast.kind,
        subject=broadcast.subject,
        state=broadcast.state,
        total=sum(counts.values()),
        delivered=counts.get(DeliveryState.DELIVERED, 0),
        under_way=counts.get(DeliveryState.UNDER_WAY, 0),
        unreached=counts.get(DeliveryState.UNREACHED, 0),
        held=counts.get(DeliveryState.HELD, 0),
        unresolved=attempts.count_unresolved(conn, [broadcast_id]),
        unreached_people=_unreached_people(conn, broadcast_id),
    )


def outlines(conn: Connection, chosen: Sequence[Broadcast]) -> dict[int, Progress]:
    """How some broadcasts stand, by number, without the names of whom they did not reach; two queries."""
    numbers = [one.id for one in chosen]
    counted = kept.count_deliveries_of(conn, numbers)
    unresolved = {number: attempts.count_unresolved(conn, [number]) for number in numbers} if len(numbers) == 1 else {}
    return {
        one.id: Progress(
            broadcast_id=one.id,
            kind=one.kind,
            subject=one.subject,
            state=one.state,
            total=sum(counts.values()),
            delivered=counts.get(DeliveryState.DELIVERED, 0),
            under_way=counts.get(DeliveryState.UNDER_WAY, 0),
            unreached=counts.get(DeliveryState.UNREACHED, 0),
            held=counts.get(DeliveryState.HELD, 0),
            unresolved=unresolved.get(one.id, 0),
            unreached_people=[],
        )
        for one in chosen
        for counts in [counted.get(one.id, {})]
    }


def _unreached_people(conn: Connection, broadcast_id: int) -> list[Unreached]:
    reasons = kept.unreached(conn, broadcast_id)
    return [Unreached(p.name, p.code, reasons[p.resident_id]) for p in roll.reach(conn, list(reasons))]


def still_trying(conn: Connection, broadcast_id: int) -> list[StillTrying]:
    """Whom a broadcast has failed to reach so far and will try again."""
    rows = {row.resident_id: row for row in kept.still_trying(conn, broadcast_id)}
    people = roll.reach(conn, list(rows))
    return [StillTrying(p.name, p.code, rows[p.resident_id].outcome, rows[p.resident_id].next_at) for p in people]


def held_until(conn: Connection, broadcast_id: int, *, now: datetime) -> list[Waiting]:
    """Who waits for the hours of their channel, a holiday's end or their own hour, and until when; soonest first."""
    rows = kept.waiting(conn, broadcast_id, now)
    return [Waiting(Channel(row.channel), row.people, row.due_at) for row in rows]


def broadcasts(conn: Connection, community_id: int | None = None) -> list[Broadcast]:
    """All broadcasts (of one community), newest first."""
    return kept.list_broadcasts(conn, community_id)


def preview(conn: Connection, draft: BroadcastDraft, *, at: datetime, usual: Rates) -> Preview:
    """What `draft` would do if it went out `at`, without doing it; `usual` rates where the community has none."""
    community = roll.community(conn, draft.community_id)
    terms = money.terms_of(conn, community.id)
    people, segments, price = {Channel.TEXT: 0, Channel.CALL: 0}, 0, 0
    left_out: dict[str, int] = {}
    for row in planning.count_plan(conn, draft):
        if row.reason:
            left_out[row.reason] = left_out.get(row.reason, 0) + row.people
            continue
        channel = Channel(row.channel)
        people[channel] += row.people
        body = _body(draft, channel, row.language, community.languages[0])
        if channel is Channel.TEXT:
            segments += row.people * count_segments(downgrade(body)).segments
        price += row.people * _price(terms, channel, body, row.language)
    notes = beforehand.count_planned(conn, draft)
    for language, count in notes.items():
        body = words_for(draft.before_call, language, community.languages[0])
        segments += count * count_segments(downgrade(body)).segments
        price += count * _price(terms, Channel.TEXT, body, language)
    reasons = planning.list_left_out(conn, draft)
    names = [Unreached(p.name, p.code, reasons[p.resident_id]) for p in roll.reach(conn, list(reasons))]
    return Preview(
        people=sum(people.values()) + sum(left_out.values()),
        texts=people[Channel.TEXT],
        calls=people[Channel.CALL],
        segments=segments,
        left_out=left_out,
        left_out_people=names,
        price=price,
        currency=terms.currency,
        left=_left(conn, community, terms, at),
        done_at=_done_at(conn, community, people, at, usual),
        costly={language: found for language, body in draft.texts.items() if (found := costly_characters(body))},
        announced=sum(notes.values()),
    )


def _body(draft: BroadcastDraft, channel: Channel, language: str, default: str) -> str:
    return words_for(draft.texts if channel is Channel.TEXT else draft.calls, language, default)


def _price(terms: Terms, channel: Channel, body: str, language: str) -> int:
    return terms.price_of_text(downgrade(body)) if channel is Channel.TEXT else terms.price_of_call(body, language)


def _left(conn: Connection, community: Community, terms: Terms, at: datetime) -> int | None:
    if terms.monthly_cap is None:
        return None
    return max(0, terms.monthly_cap - money.spent(conn, community.id, month_of(at, community.timezone)))


def _done_at(
    conn: Connection, community: Community, people: Mapping[Channel, int], at: datetime, usual: Rates
) -> datetime | None:
    """When the last first attempt will have gone, behind all that the community's line has to send already."""
    ahead, days = kept.count_waiting(conn, community.id), calendar(conn, community.id)
    rates = rates_of(conn, community.id, usual)
    ends = [
        done_at(at, people[channel] + ahead.get(channel, 0), rates.per_second(channel), days.window(channel))
        for channel in Channel
        if people[channel]
    ]
    known = [end for end in ends if end is not None]
    return max(known) if known and len(known) == len(ends) else None


def terms_of(conn: Connection, community_id: int) -> Terms:
    """What sending costs a community and may cost in a month."""
    return money.terms_of(conn, community_id)


def spent(conn: Connection, community_id: int, at: datetime) -> int:
    """What the month has cost a community so far, with what is still to be sent."""
    return money.spent(conn, community_id, month_of(at, roll.community(conn, community_id).timezone))


def broadcast(conn: Connection, broadcast_id: int) -> Broadcast:
    """One broadcast. NotFound("broadcast_unknown")."""
    found = kept.find_broadcast(conn, broadcast_id)
    if found is None:
        raise NotFound("broadcast_unknown", number=broadcast_id)
    return found


def words(conn: Connection, broadcast_id: int, channel: Channel) -> dict[str, str]:
    """The words of a broadcast for a channel, per language."""
    return kept.words(conn, broadcast_id).get(channel, {})


def report(conn: Connection, broadcast_id: int) -> Report:
    """What came of a broadcast, person by person. NotFound("broadcast_unknown")."""
    found = broadcast(conn, broadcast_id)
    community = roll.community(conn, found.community_id)
    rows = kept.copies(conn, broadcast_id)
    people = {person.resident_id: person for person in roll.reach(conn, [row.resident_id for row in rows])}
    copies = [
        Copy(person.name, person.code, row.state, row.channel or "", row.attempts, row.reason)
        for row in rows
        if (person := people.get(row.resident_id))
    ]
    prices, price = kept.prices(conn, broadcast_id), 0
    made: Counter[tuple[str, str]] = Counter()
    for row in kept.count_attempts(conn, broadcast_id):
        made[row.channel, row.state] += row.attempts
        price += row.taken * price_in(prices[row.channel], row.language, community.languages[0])
    return Report(
        outcomes=Counter((row.state, row.reason) for row in rows),
        attempts=made,
        unresolved=attempts.count_unresolved(conn, [broadcast_id]),
        copies=copies,
        price=price,
        currency=money.terms_of(conn, community.id).currency,
    )


def call_script(conn: Connection, attempt_id: int, resident_id: int | None = None) -> CallScript | None:
    """What an answered call says to the person whom it is for, or to another of the same telephone.

    None when there is no such call, or the person has it already or is not to get it.
    """
    row = attempts.find_script(conn, attempt_id, resident_id)
    wanted = (DeliveryState.UNDER_WAY, DeliveryState.UNREACHED)
    if row is None or row.attempt_channel != Channel.CALL or row.state not in wanted:
        return None
    bodies = kept.words(conn, row.broadcast_id)[Channel.CALL]
    language = _language_for(bodies, row.language, roll.community(conn, row.community_id).languages[0])
    return CallScript(
        attempt_id=attempt_id,
        community_id=row.community_id,
        resident_id=row.resident_id,
        language=language,
        text=bodies[language],
        kind=row.kind,
        subject=row.subject,
    )


def others_on_phone(conn: Connection, attempt_id: int) -> list[int]:
    """The residents who share the telephone of a call and are still to hear the same message by call, in order."""
    attempt = attempts.find(conn, attempt_id, "")
    waiting = attempts.waiting_on(conn, attempt) if attempt else []
    return [one.resident_id for one in waiting]


def counts_by_state(conn: Connection) -> dict[str, int]:
    """How many attempts of unfinished broadcasts are in each state."""
    return attempts.count_open(conn, kept.unfinished_ids(conn))


def count_unresolved(conn: Connection) -> int:
    """Of how many attempts of unfinished broadcasts the carrier has not said for ten minutes whether it took them."""
    return attempts.count_unresolved(conn, kept.unfinished_ids(conn))


def is_over(state: BroadcastState) -> bool:
    """Whether nothing more of a broadcast in this state will be sent."""
    return state in (BroadcastState.ABORTED, BroadcastState.FINISHED)


def words_for(bodies: Mapping[str, str], language: str, default: str) -> str:
    """The words in somebody's language, else in the community's default language, else in any."""
    return bodies[_language_for(bodies, language, default)]


def _language_for(bodies: Mapping[str, str], language: str, default: str) -> str:
    return next((known for known in (language, default) if known in bodies), min(bodies))


def last_told(conn: Connection, resident_id: int) -> Told | None:
    """The last broadcast that went to this person as a text; None when there was none."""
    row = attempts.last_texted(conn, resident_id)
    return Told(*row) if row else None


def last_told_of(resident: ColumnElement[int]) -> ScalarSelect[Any]:
    """For a query that has a resident: what `last_told` finds; to be read by `read_told`."""
    return attempts.last_texted_of(resident)


def read_told(found: str | None) -> Told | None:
    """What a column of `last_told_of` says."""
    if not found:
        return None
    delivery, kind, subject = found.split("|", 2)
    return Told(int(delivery), kind, subject)


def nothing_asks() -> ColumnElement[bool]:
    """A condition with the values `resident`, `kind` and `subject`: no message of that kind about it is under way."""
    return attempts.nothing_asks()


def is_asked_of(resident: ColumnElement[int], kind: str) -> ColumnElement[bool]:
    """For a query that has a resident: whether a message of `kind` is under way to them."""
    return attempts.is_asked_of(resident, kind)
