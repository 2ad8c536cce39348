"""What is left of an emptied ballot box in the files of PostgreSQL: nothing, or a warning for the operator."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

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


def _vacuumed_again(ports: Ports) -> str:
    """What PostgreSQL says of clearing the envelopes out once more; its statistics come too late to be asked."""
    said: list[str] = []
    with ports.db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as conn:
        driver: Any = conn.connection.driver_connection
        driver.add_notice_handler(lambda notice: said.append(str(notice.message_primary)))
        conn.exec_driver_sql("VACUUM (VERBOSE) participation")
    return " ".join(said)


def test_emptied_box_is_cleared_out_of_the_files(on_postgres: Ports, wording: Wording) -> None:
    _closed(on_postgres, wording)
    assert _pages(on_postgres, "ballot_box") == b""
    assert "tuples: 0 removed, 20 remain" in _vacuumed_again(on_postgres)


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
