"""The history of the tables: one head, up and down on both databases, and never apart from the stores."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import psycopg
import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import inspect

from gateway.kernel.db import metadata, open_engine
from gateway.migrations import run
from tests.architecture.source import ROOT, modules

MIGRATIONS = ROOT / "gateway" / "migrations"


def _import_all_stores() -> None:
    for path in modules():
        if "store" in path.stem or "store" in path.parts:
            import_module(".".join(path.with_suffix("").parts).removesuffix(".__init__"))


@pytest.fixture(params=["sqlite", "postgres"])
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A database without any table."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'empty.db'}"
        return
    server = request.getfixturevalue("postgres_url")
    with psycopg.connect(f"{server}/postgres", autocommit=True) as connection:
        connection.execute("CREATE DATABASE empty TEMPLATE template0")
        yield f"{server}/empty"
        connection.execute("DROP DATABASE empty WITH (FORCE)")


def _tables(url: str) -> set[str]:
    engine = open_engine(url)
    try:
        return set(inspect(engine).get_table_names()) - {"alembic_version"}
    finally:
        engine.dispose()


def test_migrations_have_one_head() -> None:
    scripts = ScriptDirectory(str(MIGRATIONS))
    assert len(scripts.get_heads()) == 1
    assert [s.revision for s in scripts.walk_revisions()][-1] == "0001"


def test_migrations_make_exactly_the_stores_tables(empty_url: str) -> None:
    _import_all_stores()
    run.upgrade(empty_url)
    engine = open_engine(empty_url)
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        differences = compare_metadata(context, metadata)
        assert run.is_current(connection)
    engine.dispose()
    assert differences == []


def test_migrations_go_up_down_and_up_again(empty_url: str) -> None:
    run.upgrade(empty_url)
    first = _tables(empty_url)
    run.downgrade(empty_url, "base")
    assert _tables(empty_url) == set()
    run.upgrade(empty_url)
    assert _tables(empty_url) == first


def test_migrations_run_twice_change_nothing(empty_url: str) -> None:
    run.upgrade(empty_url)
    before = _tables(empty_url)
    run.upgrade(empty_url)
    assert _tables(empty_url) == before


def test_migrations_import_no_room() -> None:
    for path in (MIGRATIONS / "versions").glob("*.py"):
        assert "from gateway" not in path.read_text(encoding="utf-8").replace("from gateway.kernel.db import", "")
