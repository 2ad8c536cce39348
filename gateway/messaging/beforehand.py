"""A text before a call: from which number the village calls soon, and that nobody asks for money or a PIN by text.

Many people do not answer numbers that they do not know. The text goes only where it is of use: to a telephone that
takes texts, of somebody who reads them, once for each telephone and broadcast. It is the attempt of step NOTE: it is
paid like any text, and whatever becomes of it, it neither delivers the message nor leads to another attempt.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.engine import Connection

from gateway.kernel.db import UnitOfWork
from gateway.kernel.phones import PhoneNumber, as_dialled, takes_texts
from gateway.messaging.following import first_time
from gateway.messaging.model import BroadcastDraft
from gateway.messaging.store import calendars, planning
from gateway.messaging.windows import Calendar
from gateway.roll import views as roll
from gateway.roll.model import Channel
from gateway.wording.catalogue import Wording

# So long after the text the telephone rings at the soonest.
LEAD = timedelta(minutes=5)


@dataclass(frozen=True)
class Noted:
    """One telephone that gets a text before it is called, on whose behalf and in which language."""

    delivery_id: int
    phone: PhoneNumber
    language: str


def words_before_call(conn: Connection, community_id: int, *, wording: Wording) -> dict[str, str]:
    """The text per language; {} where the community wants none or has no line to call from."""
    community = roll.community(conn, community_id)
    if community.line is None or not calendars.announces_calls(conn, community_id):
        return {}
    line = as_dialled(community.line)
    say = wording.say
    return {one: say("broadcast.call_soon", one, village=community.name, line=line) for one in wording.languages}


def chosen(conn: Connection, broadcast_id: int, draft: BroadcastDraft) -> list[Noted]:
    """Who of a broadcast that is being written gets one; nobody whose own request it answers."""
    if draft.urgent or not draft.before_call:
        return []
    return _one_each(planning.called_readers(conn, broadcast_id))


def count_planned(conn: Connection, draft: BroadcastDraft) -> Mapping[str, int]:
    """How many telephones would get one, by language, if `draft` went out now."""
    if draft.urgent or not draft.before_call:
        return {}
    return by_language(_one_each(planning.planned_readers(conn, draft)))


def by_language(noted: Sequence[Noted]) -> Mapping[str, int]:
    """How many of them in each language."""
    return Counter(one.language for one in noted)


def plan(tx: UnitOfWork, broadcast_id: int, noted: Sequence[Noted], days: Calendar, *, at: datetime) -> None:
    """Write the texts, and let the calls that they announce begin no sooner than LEAD after them.

    Where texts and calls have no hours in common there is none: it would come after the call.
    """
    due = planning.first_calls(tx.connection, broadcast_id) if noted else {}
    groups: dict[tuple[datetime, datetime], list[Noted]] = {}
    for one in noted:
        call_at = due[one.phone.e164]
        text_at = first_time(max(at, call_at - LEAD), Channel.TEXT, days)
        later = max(call_at, text_at + LEAD)
        if first_time(later, Channel.CALL, days) == later:
            groups.setdefault((text_at, later), []).append(one)
    for (text_at, later), mine in groups.items():
        planning.insert_notes(tx, broadcast_id, [(one.delivery_id, one.phone.e164) for one in mine], text_at)
        planning.postpone_calls(tx, broadcast_id, [one.phone.e164 for one in mine], later)


def _one_each(readers: Sequence[tuple[int, str, str]]) -> list[Noted]:
    first: dict[str, Noted] = {}
    for delivery_id, phone, language in readers:
        if phone not in first and takes_texts(number := PhoneNumber(phone)):
            first[phone] = Noted(delivery_id, number, language)
    return list(first.values())
