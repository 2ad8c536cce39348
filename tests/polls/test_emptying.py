"""What is left of an emptied ballot box in the files of PostgreSQL: nothing, or a warning for the operator."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import event, text

from gateway.kernel.ports import Ports
from gateway.polls import closing
from gateway.wording.catalogue import Wording
from tests.polls.village import a_village, an_open_poll, vote_all


@pytest.fixture
def on_postgres(ports: Ports) -> Ports:
    if ports.db.is_sqlite:
        pytest.skip("SQLite overwrites what it removes")
    return ports


@pytest.fixture
def somebody_elses_tables(on_postgres: Ports) -> Iterator[None]:
    """The tables belong to another role than the one that we work as."""
    with on_postgres.db.work() as tx:
        tx.execute(text("CREATE ROLE clerk"))
        tx.execute(text("GRANT ALL ON ALL TABLES IN SCHEMA public TO clerk"))
        tx.execute(text("GRANT ALL ON ALL SEQUENCES IN SCHEMA public TO clerk"))
        tx.commit()
    on_postgres.db.engine.dispose()
    yield
    on_postgres.db.engine.dispose()
    with on_postgres.db.work() as tx:
        tx.execute(text("RESET ROLE"))
        tx.execute(text("DROP OWNED BY clerk"))
        tx.execute(text("DROP ROLE clerk"))
        tx.commit()


def _closed(ports: Ports, wording: Wording) -> bytes:
    """Close a poll; one of its envelopes as it was."""
    village = a_village(ports, 20)
    number = an_open_poll(ports, village)
    vote_all(ports, number, dict.fromkeys(village.people, "yes"))
    with ports.db.read() as conn:
        envelope = conn.execute(text("SELECT envelope FROM participation LIMIT 1")).scalar_one()
    closing.close_poll(number, ports=ports, wording=wording)
    return bytes(envelope)


def _pages(ports: Ports, table: str) -> bytes:
    with ports.db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as conn:
        conn.execute(text("CHECKPOINT"))
        folder = conn.execute(text("SHOW data_directory")).scalar_one()
        file = conn.execute(text(f"SELECT pg_relation_filepath('{table}')")).scalar_one()
    return Path(str(folder), str(file)).read_bytes()


def test_emptied_box_is_cleared_out_of_the_files(on_postgres: Ports, wording: Wording) -> None:
    _closed(on_postgres, wording)
    assert _pages(on_postgres, "ballot_box") == b""
    with on_postgres.db.read() as conn:
        dead = text("SELECT n_dead_tup FROM pg_stat_user_tables WHERE relname = 'participation'")
        assert conn.execute(dead).scalar_one() == 0


def test_tables_of_somebody_else_are_reported_and_the_poll_is_closed(
    on_postgres: Ports, somebody_elses_tables: None, wording: Wording, caplog: pytest.LogCaptureFixture
) -> None:
    def as_clerk(connection: object, _record: object) -> None:
        connection.execute("SET ROLE clerk")  # type: ignore[attr-defined]
        connection.commit()  # type: ignore[attr-defined]

    event.listen(on_postgres.db.engine, "connect", as_clerk)
    on_postgres.db.engine.dispose()
    try:
        with caplog.at_level(logging.WARNING):
            _closed(on_postgres, wording)
    finally:
        event.remove(on_postgres.db.engine, "connect", as_clerk)
    assert [record.getMessage() for record in caplog.records] == ["emptied box not vacuumed"]
