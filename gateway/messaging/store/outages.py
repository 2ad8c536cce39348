"""Who was turned away, by hour and without a name, and which times were down."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Boolean, Column, ForeignKey, Row, String, Table, delete, func, insert, or_, select, update
from sqlalchemy.engine import Connection

from gateway.kernel.db import Id, Moment, UnitOfWork, metadata
from gateway.messaging.store.tables import inbox, insert_or_skip

# `key`: a keyed hash of the carrier's name for a text or call, so that each counts once; a text that is claimed under
# the same key in the end was not turned away. `community_id` is null where the line is not known (any more).
turned_away = Table(
    "turned_away",
    metadata,
    Column("key", String(64), primary_key=True),
    Column("kind", String(4), nullable=False),
    Column("hour", Moment, nullable=False, index=True),
    Column("community_id", ForeignKey("community.id")),
    sqlite_with_rowid=False,
)

# `counted`: the carrier has said who called and wrote meanwhile.
downtime = Table(
    "downtime",
    metadata,
    Column("id", Id, primary_key=True),
    Column("what", String(8), nullable=False),
    Column("began", Moment, nullable=False),
    Column("ended", Moment, nullable=False, index=True),
    Column("counted", Boolean, nullable=False),
)

# When something was last seen to work; `failing` since when the carrier has not answered.
sign_of_life = Table(
    "sign_of_life",
    metadata,
    Column("what", String(8), primary_key=True),
    Column("at", Moment, nullable=False),
)


def insert_turned_away(tx: UnitOfWork, rows: Sequence[dict[str, Any]]) -> None:
    """Note who was turned away; whoever is noted already stays as they are."""
    if rows:
        tx.execute(insert_or_skip(tx.connection, turned_away), list(rows))


def turned_away_by_hour(conn: Connection, community_id: int, since: datetime, until: datetime) -> Sequence[Row[Any]]:
    """(kind, hour, people) of a community, or of lines that nobody knows, for hours that begin within the time."""
    taken_in = select(inbox.c.id).where(inbox.c.key == turned_away.c.key).exists()
    mine = or_(turned_away.c.community_id == community_id, turned_away.c.community_id.is_(None))
    columns = (turned_away.c.kind, turned_away.c.hour)
    query = select(*columns, func.count().label("people")).where(mine, ~taken_in)
    within = turned_away.c.hour.between(since, until)
    return conn.execute(query.where(within).group_by(*columns).order_by(turned_away.c.hour)).all()


def insert_downtime(tx: UnitOfWork, what: str, began: datetime, ended: datetime, *, counted: bool) -> None:
    """Note a time that was down."""
    tx.execute(insert(downtime).values(what=what, began=began, ended=ended, counted=counted))


def downtimes(conn: Connection, since: datetime, until: datetime) -> Sequence[Row[Any]]:
    """The times that were down within a time, by beginning."""
    within = (downtime.c.ended > since) & (downtime.c.began < until)
    return conn.execute(select(downtime).where(within).order_by(downtime.c.began, downtime.c.id)).all()


def uncounted_downtimes(conn: Connection) -> Sequence[Row[Any]]:
    """The times about which the carrier has not been asked, by beginning."""
    return conn.execute(select(downtime).where(downtime.c.counted.is_(False)).order_by(downtime.c.began)).all()


def set_counted(tx: UnitOfWork, downtime_id: int) -> None:
    """The carrier has said who called meanwhile."""
    tx.execute(update(downtime).where(downtime.c.id == downtime_id).values(counted=True))


def sign(conn: Connection, what: str) -> datetime | None:
    """When `what` was last seen."""
    return conn.execute(select(sign_of_life.c.at).where(sign_of_life.c.what == what)).scalar()


def set_sign(tx: UnitOfWork, what: str, at: datetime) -> None:
    """`what` is seen now."""
    tx.execute(insert_or_skip(tx.connection, sign_of_life).values(what=what, at=at))
    tx.execute(update(sign_of_life).where(sign_of_life.c.what == what).values(at=at))


def drop_sign(tx: UnitOfWork, what: str) -> datetime | None:
    """Forget `what`; when it was last seen."""
    return tx.execute(delete(sign_of_life).where(sign_of_life.c.what == what).returning(sign_of_life.c.at)).scalar()
