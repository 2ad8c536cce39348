"""Questions to messaging: how does a broadcast stand, whom did it not reach, what does a call say."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy.engine import Connection

from gateway.kernel.errors import NotFound
from gateway.messaging.inbox import waiting
from gateway.messaging.model import (
    Broadcast,
    BroadcastDraft,
    BroadcastState,
    CallScript,
    DeliveryState,
    Preview,
    Progress,
    StillTrying,
    Told,
    Unreached,
    Waiting,
)
from gateway.messaging.segments import count_segments
from gateway.messaging.store import attempts, planning
from gateway.messaging.store import broadcasts as kept
from gateway.roll import views as roll
from gateway.roll.model import Channel

__all__ = [
    "broadcasts",
    "call_script",
    "counts_by_state",
    "held_until",
    "is_over",
    "last_told",
    "preview",
    "progress",
    "still_trying",
    "waiting",
    "words_for",
]  # fmt: skip


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
        unreached_people=_unreached_people(conn, broadcast_id),
    )


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


def preview(conn: Connection, draft: BroadcastDraft) -> Preview:
    """What `draft` would do, without doing it: people per channel, segments, and who would get none and why."""
    default = roll.community(conn, draft.community_id).languages[0]
    people, segments = {Channel.TEXT: 0, Channel.CALL: 0}, 0
    left_out: dict[str, int] = {}
    for row in planning.count_plan(conn, draft):
        if row.reason:
            left_out[row.reason] = left_out.get(row.reason, 0) + row.people
            continue
        people[Channel(row.channel)] += row.people
        if row.channel == Channel.TEXT:
            segments += row.people * count_segments(words_for(draft.texts, row.language, default)).segments
    return Preview(
        people=sum(people.values()) + sum(left_out.values()),
        texts=people[Channel.TEXT],
        calls=people[Channel.CALL],
        segments=segments,
        left_out=left_out,
    )


def call_script(conn: Connection, attempt_id: int) -> CallScript | None:
    """What an answered call says; None when there is no such call, or the person has it already or is not to get it."""
    row = attempts.find_script(conn, attempt_id)
    wanted = (DeliveryState.UNDER_WAY, DeliveryState.UNREACHED)
    if row is None or row.channel != Channel.CALL or row.state not in wanted:
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


def counts_by_state(conn: Connection) -> dict[str, int]:
    """How many attempts of unfinished broadcasts are in each state."""
    return attempts.count_open(conn, kept.unfinished_ids(conn))


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
