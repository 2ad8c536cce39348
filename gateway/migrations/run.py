"""Bring a database to the newest schema, or tell whether it is there."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

from gateway.kernel.db import open_engine


def upgrade(database_url: str, revision: str = "head") -> None:
    """Run all migrations up to `revision`. Running it again changes nothing."""
    _run(database_url, revision, command.upgrade)


def downgrade(database_url: str, revision: str) -> None:
    """Undo migrations down to `revision`."""
    _run(database_url, revision, command.downgrade)


def is_current(connection: Connection) -> bool:
    """Whether the database has exactly the newest revision."""
    return MigrationContext.configure(connection).get_current_revision() == _scripts().get_current_head()


def revision_of(connection: Connection) -> str:
    """The revision of a database's schema; "" when it has none."""
    return MigrationContext.configure(connection).get_current_revision() or ""


def _scripts() -> ScriptDirectory:
    return ScriptDirectory.from_config(_config())


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent))
    return config


def _run(database_url: str, revision: str, step: object) -> None:
    assert callable(step)
    engine = open_engine(database_url)
    try:
        with engine.execution_options(begin="IMMEDIATE").connect() as connection:
            config = _config()
            config.attributes["connection"] = connection
            step(config, revision)
            connection.commit()
    finally:
        engine.dispose()
