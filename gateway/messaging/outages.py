"""The outage log: who was turned away when we or the carrier were down. By hour, in numbers, without anybody's name.

    a webhook that fails         a line in a file, for the database may be what fails; counted when it is back
    a text fetched afterwards    taken in, and then it was not turned away; too late for its poll, and it was
    a call while we were down    the carrier is asked for those calls afterwards
    the gateway, the web         signs of life every minute; a gap is a time that was down
    the carrier                  from the first time it does not answer until it does

What the carrier cannot tell either stays *uncounted*, which at the closing of a poll counts for everybody.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy.engine import Connection

from gateway.carriers.port import Carrier
from gateway.kernel.db import UnitOfWork
from gateway.kernel.phones import PhoneNumber
from gateway.kernel.ports import Ports
from gateway.messaging.store import outages as store
from gateway.roll import views as roll

# Signs of life come every minute; a busy machine may be late with one.
LONGEST_GAP = timedelta(minutes=3)
# Calls just before the first gap was noticed failed too.
BEFORE = timedelta(minutes=1)
# A short time down is noted; whoever met it has tried again.
SHORTEST = timedelta(minutes=15)
LAST_HOUR = timedelta(hours=1)
_FAILING = "failing"


class Kind(StrEnum):
    """How somebody was turned away; LATE: a text that reached us when its poll was over."""

    TEXT = "text"
    CALL = "call"
    LATE = "late"


class What(StrEnum):
    """What was down."""

    GATEWAY = "gateway"
    WEB = "web"
    CARRIER = "carrier"


@dataclass(frozen=True)
class Down:
    """A time that was down."""

    what: What
    began: datetime
    ended: datetime
    counted: bool


@dataclass(frozen=True)
class Log:
    """The outages of a community in a time: people by (kind, hour), and what was down."""

    people: Mapping[tuple[Kind, datetime], int]
    down: tuple[Down, ...]


def turn_away(ports: Ports, kind: Kind, key: str, line: PhoneNumber) -> None:
    """Note that somebody was turned away, without the database. `key`: a keyed hash, so that a repeat counts once."""
    ports.turned_away.add(f"{kind} {_hour(ports.clock.now()).isoformat()} {key} {_line_key(ports, line)}")


def call_key(ports: Ports, carrier_id: str) -> str:
    """The key of a call that was turned away."""
    return ports.secret.hash("outage", f"call|{carrier_id}")


def note_late(tx: UnitOfWork, community_id: int, sent_at: datetime, *, ports: Ports) -> None:
    """Note a text that was sent in time and came when its poll was over; once for each text."""
    key = ports.randomness.token(32).hex()
    row = {"key": key, "kind": Kind.LATE, "hour": _hour(sent_at), "community_id": community_id}
    store.insert_turned_away(tx, [row])


def take_in(ports: Ports) -> None:
    """Bring what waits in the file into the database (own transaction)."""
    lines = ports.turned_away.take()
    if not lines:
        return
    with ports.db.work() as tx:
        known = _known_lines(tx.connection, ports)
        store.insert_turned_away(tx, list(_rows(lines, known)))
        tx.commit()
    ports.turned_away.forget()


def give_sign(ports: Ports, what: Iterable[What]) -> None:
    """Note what works now; if it was silent for long before, that time was down (own transaction)."""
    take_in(ports)
    now = ports.clock.now()
    with ports.db.work() as tx:
        for one in what:
            last = store.sign(tx.connection, one)
            if last is not None and now - last > LONGEST_GAP:
                store.insert_downtime(tx, one, last, now, counted=False)
            store.set_sign(tx, one, now)
        tx.commit()


def note_carrier(ports: Ports, *, answers: bool) -> None:
    """Note whether the carrier answers; when it does again, the time since it did not was down (own transaction).

    What people sent meanwhile never reached it, so nobody can count them.
    """
    with ports.db.read() as conn:
        if (store.sign(conn, _FAILING) is None) == answers:
            return
    now = ports.clock.now()
    with ports.db.work() as tx:
        if not answers:
            store.set_sign(tx, _FAILING, now)
        elif (since := store.drop_sign(tx, _FAILING)) is not None:
            store.insert_downtime(tx, What.CARRIER, since, now, counted=False)
        tx.commit()


def count_calls(ports: Ports, *, carrier: Carrier) -> int:
    """Ask the carrier who called while we were down; returns how many. Own transactions.

    Raises CarrierError; the next run asks again.
    """
    with ports.db.read() as conn:
        waiting = [one for one in store.uncounted_downtimes(conn) if one.what != What.CARRIER]
        lines = [(one.id, line) for one in roll.communities(conn) for line in roll.community_lines(conn, one.id)]
    found = 0
    for down in waiting:
        rows = [row for community, line in lines for row in _called(ports, carrier, community, line, down)]
        with ports.db.work() as tx:
            store.insert_turned_away(tx, rows)
            store.set_counted(tx, down.id)
            tx.commit()
        found += len(rows)
    return found


def _called(ports: Ports, carrier: Carrier, community: int, line: PhoneNumber, down: Any) -> Iterable[dict[str, Any]]:
    for call in carrier.list_calls(line, down.began - BEFORE):
        if call.at <= down.ended:
            key = call_key(ports, call.carrier_id)
            yield {"key": key, "kind": Kind.CALL, "hour": _hour(call.at), "community_id": community}


def log(conn: Connection, community_id: int, since: datetime, until: datetime) -> Log:
    """The outages of a community from `since` to `until`; one of the carrier that lasts still ends then."""
    rows = store.turned_away_by_hour(conn, community_id, _hour(since), until)
    down = [Down(What(one.what), one.began, one.ended, one.counted) for one in store.downtimes(conn, since, until)]
    failing = store.sign(conn, _FAILING)
    if failing is not None and failing < until:
        down.append(Down(What.CARRIER, failing, until, counted=False))
    return Log({(Kind(row.kind), row.hour): row.people for row in rows}, tuple(down))


def is_uncounted(log_: Log, until: datetime) -> bool:
    """Whether people may have been turned away whom nobody could count: for long, or in the last hour."""
    return any(
        not one.counted and (one.ended - one.began >= SHORTEST or one.ended > until - LAST_HOUR) for one in log_.down
    )


def _rows(lines: Iterable[str], known: Mapping[str, int]) -> Iterable[dict[str, Any]]:
    for line in lines:
        parts = line.split(" ")
        if len(parts) == 4:  # noqa: PLR2004  # as `turn_away` writes them; a torn line is passed over
            kind, hour, key, line_key = parts
            at = datetime.fromisoformat(hour)
            yield {"key": key, "kind": kind, "hour": at, "community_id": known.get(line_key)}


def _known_lines(conn: Connection, ports: Ports) -> dict[str, int]:
    return {
        _line_key(ports, line): one.id for one in roll.communities(conn) for line in roll.community_lines(conn, one.id)
    }


def _line_key(ports: Ports, line: PhoneNumber) -> str:
    return ports.secret.hash("outage", f"line|{line.e164}")


def _hour(at: datetime) -> datetime:
    return at.replace(minute=0, second=0, microsecond=0)
