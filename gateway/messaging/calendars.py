"""When people may be contacted, as the database knows it: a community's hours and holidays, a person's own hours.

The rule itself is `windows.py`. Whatever changes here holds from the next claim on: the sender asks again before each
attempt, so nothing that was planned under older hours goes out outside the new ones.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy.engine import Connection

from gateway.kernel.db import UnitOfWork
from gateway.kernel.errors import InputError, NotFound, RuleError
from gateway.messaging.store import calendars as store
from gateway.messaging.windows import Calendar, Hours, is_long_enough
from gateway.roll import views as roll
from gateway.roll.model import Channel

MOST_DAYS = 60
LONGEST_NAME = 60


def calendar(conn: Connection, community_id: int) -> Calendar:
    """When the people of a community may be contacted. NotFound("community_unknown")."""
    return store.read_calendar(conn, community_id, ZoneInfo(roll.community(conn, community_id).timezone))


def holidays(conn: Connection, community_id: int) -> dict[date, str]:
    """The days that a community keeps free, in order, with their names."""
    return store.holidays(conn, community_id)


def own_hours(conn: Connection, resident_ids: Sequence[int]) -> dict[int, Hours]:
    """The hours at which people want to be called, for those of `resident_ids` who have said so."""
    return store.own_hours_of(conn, resident_ids)


def announces_calls(conn: Connection, community_id: int) -> bool:
    """Whether people who read texts get one before they are called."""
    return store.announces_calls(conn, community_id)


def announce_calls(tx: UnitOfWork, community_id: int, *, on: bool) -> None:
    """Send such texts from the next broadcast on, or none. NotFound("community_unknown")."""
    roll.community(tx.connection, community_id)
    store.announce_calls(tx, community_id, on=on)


def set_hours(tx: UnitOfWork, community_id: int, channel: Channel, hours: Hours) -> None:
    """Set when a community's people may be texted or called. NotFound("community_unknown")."""
    roll.community(tx.connection, community_id)
    store.set_hours(tx, community_id, channel, hours)


def add_holidays(tx: UnitOfWork, community_id: int, first: date, last: date, name: str) -> int:
    """Keep the days from `first` to `last` free; returns how many. InputError("holidays_unreadable") for none or more
    than sixty, NotFound("community_unknown")."""
    roll.community(tx.connection, community_id)
    days = _days(first, last)
    for day in days:
        store.add_holiday(tx, community_id, day, name.strip()[:LONGEST_NAME])
    return len(days)


def remove_holidays(tx: UnitOfWork, community_id: int, first: date, last: date) -> None:
    """Open the days from `first` to `last` again. InputError as above, NotFound("holiday_unknown") when all are."""
    removed = [day for day in _days(first, last) if store.remove_holiday(tx, community_id, day)]
    if not removed:
        raise NotFound("holiday_unknown", day=first.isoformat())


def _days(first: date, last: date) -> list[date]:
    days = (last - first).days + 1
    if not 1 <= days <= MOST_DAYS:
        raise InputError("holidays_unreadable", most=MOST_DAYS)
    return [first + timedelta(offset) for offset in range(days)]


def set_own_hours(tx: UnitOfWork, resident_id: int, hours: Hours | None) -> None:
    """Call a person only within `hours` from now on; None: whenever the community's people are called.

    RuleError("hours_outside") when the community's hours leave less than half an hour of them.
    NotFound("resident_unknown").
    """
    person = roll.resident(tx.connection, resident_id)
    if hours is not None:
        usual = calendar(tx.connection, person.community_id).hours[Channel.CALL]
        if not is_long_enough(Hours(max(hours.opens, usual.opens), min(hours.closes, usual.closes))):
            raise RuleError("hours_outside", hours=str(usual))
    store.set_own_hours(tx, resident_id, hours)
