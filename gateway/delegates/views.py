"""Read-only queries on referrals and reception days for answers, pages, commands and digests."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.engine import Connection

from gateway.delegates import store
from gateway.delegates.model import ReceptionDay, Referral, Slot
from gateway.kernel.errors import NotFound
from gateway.roll import views as roll
from gateway.topics import views as topics
from gateway.topics.model import PUBLIC_STAGES, Topic


@dataclass(frozen=True)
class Routed:
    """A referral with its topic, how it stands, and whom it was put to, as the roll calls them now."""

    referral: Referral
    topic: Topic
    light: str
    who: str


def referral(conn: Connection, referral_id: int) -> Referral | None:
    """The referral with that number."""
    return store.find_referral(conn, referral_id)


def spoken_answer(conn: Connection, topic_id: int) -> Referral | None:
    """The newest answer about a topic that can only be heard; None where there is none."""
    found = [one for one in store.find_referrals(conn, topic_ids=[topic_id]) if one.is_spoken]
    return max(found, key=lambda one: one.id, default=None)


def referrals_of(conn: Connection, topic_id: int) -> list[Referral]:
    """Everything that was put to delegates and officials about a topic, by day."""
    return store.find_referrals(conn, topic_ids=[topic_id])


def referrals(conn: Connection, community_ids: Sequence[int], at: datetime) -> list[Routed]:
    """The referrals of communities, by their day."""
    public = sorted(PUBLIC_STAGES)
    found = {one.id: one for place in community_ids for one in topics.topics(conn, place, public)}
    return [_routed(conn, one, found[one.topic_id], at) for one in store.find_referrals(conn, topic_ids=list(found))]


def overdue(conn: Connection, community_ids: Sequence[int], at: datetime) -> list[Routed]:
    """Those that should have been answered, the longest overdue first."""
    return [one for one in referrals(conn, community_ids, at) if one.light == "red"]


def waiting_for(conn: Connection, guest_id: int) -> list[int]:
    """The referrals that wait for an answer of this guest, by their day."""
    return [one.id for one in store.find_referrals(conn, guest_id=guest_id, waiting=True)]


def officials(conn: Connection, community_ids: Sequence[int]) -> list[int]:
    """The delegates and officials of communities: guests to whom topics were put, or who receive residents."""
    meant = store.guests_addressed(conn)
    return [one.id for place in community_ids for one in roll.guests(conn, place) if one.id in meant]


def reception_day(conn: Connection, number: int) -> ReceptionDay:
    """The day with that number. NotFound("reception_unknown")."""
    found = store.find_day(conn, number)
    if found is None:
        raise NotFound("reception_unknown", reception=number)
    return found


def reception_days(conn: Connection, community_id: int) -> list[ReceptionDay]:
    """The reception days of a community, by their beginning."""
    return store.find_days(conn, community_id)


def slots(conn: Connection, number: int) -> list[Slot]:
    """All slots of a day, in their order."""
    return store.find_slots(conn, number)


def free_slots(conn: Connection, number: int) -> list[Slot]:
    """The slots of a day that nobody has taken."""
    return [one for one in store.find_slots(conn, number) if one.resident_id is None]


def slot_of(conn: Connection, number: int, resident_id: int) -> Slot | None:
    """The slot that somebody has taken."""
    return next((one for one in store.find_slots(conn, number) if one.resident_id == resident_id), None)


def unanswered_days(conn: Connection, resident_id: int, at: datetime) -> list[int]:
    """The days to come that were announced to somebody who has not answered, and that still have free slots."""
    return [one for one in store.unanswered_days(conn, resident_id, at) if free_slots(conn, one)]


def _routed(conn: Connection, one: Referral, topic: Topic, at: datetime) -> Routed:
    return Routed(one, topic, one.light(at), roll.resident(conn, one.guest_id).name)
