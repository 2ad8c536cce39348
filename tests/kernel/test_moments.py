"""Moments and writers: only aware times go in, UTC comes out, parallel writers wait for each other."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta, timezone

import pytest
from sqlalchemy import Column, Connection, Integer, MetaData, Table, insert, select, update
from sqlalchemy.exc import StatementError

from gateway.kernel.db import Id, Moment, UnitOfWork
from gateway.kernel.ports import Ports

thing = Table(
    "thing",
    MetaData(),
    Column("id", Id, primary_key=True),
    Column("at", Moment),
    Column("count", Integer, nullable=False, default=0),
)


@pytest.fixture
def table(ports: Ports) -> Table:
    with ports.db.work() as tx:
        thing.create(tx.connection)
        tx.execute(insert(thing).values(count=0))
        tx.commit()
    return thing


def _moment(conn: Connection) -> datetime | None:
    found: datetime | None = conn.execute(select(thing.c.at)).scalar()
    return found


def test_moment_comes_back_as_aware_utc(ports: Ports, table: Table) -> None:
    china = datetime(2026, 11, 24, 12, 0, 0, 123, tzinfo=timezone(timedelta(hours=8)))
    with ports.db.work() as tx:
        tx.execute(update(table).values(at=china))
        tx.commit()
    with ports.db.read() as conn:
        kept = _moment(conn)
        assert kept == china
        assert kept is not None
        assert kept.tzinfo is UTC
        earlier = select(table.c.id).where(table.c.at < china + timedelta(microseconds=1))
        assert conn.execute(earlier).scalar() == 1


def test_moment_refuses_a_time_without_zone(ports: Ports, table: Table) -> None:
    with ports.db.work() as tx, pytest.raises(StatementError):
        tx.execute(update(table).values(at=datetime(2026, 11, 24)))


def test_parallel_writers_wait_and_lose_nothing(ports: Ports, table: Table) -> None:
    def add(_: int) -> None:
        with ports.db.work() as tx:
            tx.execute(update(table).values(count=table.c.count + 1))
            tx.commit()

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(add, range(80)))
    with ports.db.read() as conn:
        assert conn.execute(select(table.c.count)).scalar() == 80


def test_claim_is_won_by_one(ports: Ports, table: Table) -> None:
    def claim(_: int) -> bool:
        with ports.db.work() as tx:
            won = tx.changes_one(update(table).where(table.c.count == 0).values(count=1))
            tx.commit()
            return won

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(claim, range(16))) == 1


def test_read_changes_nothing(ports: Ports, table: Table) -> None:
    with ports.db.read() as conn:
        conn.execute(update(table).values(count=5))
    with ports.db.read() as conn:
        assert conn.execute(select(table.c.count)).scalar() == 0


def test_failure_inside_rolls_back(ports: Ports, table: Table) -> None:
    def fail(tx: UnitOfWork) -> None:
        tx.execute(update(table).values(count=5))
        raise RuntimeError

    with pytest.raises(RuntimeError), ports.db.work() as tx:
        fail(tx)
    with ports.db.read() as conn:
        assert conn.execute(select(table.c.count)).scalar() == 0
