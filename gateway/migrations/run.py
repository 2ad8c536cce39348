"""Bring a database to the newest schema, or tell whether it is there.

Whether it is, is asked at every start and by every health check; so only who has something to migrate loads the tool.
"""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

from sqlalchemy import Connection, column, select, table

from gateway.kernel.db import open_engine

HEAD = "head"
_FOLDER = Path(__file__).parent
_VERSION = table("alembic_version", column("version_num"))


def upgrade(database_url: str, revision: str = HEAD) -> None:
    """Run all migrations up to `revision`. Running it again changes nothing."""
    _run(database_url, revision, "upgrade")


def downgrade(database_url: str, revision: str) -> None:
    """Undo migrations down to `revision`."""
    _run(database_url, revision, "downgrade")


def is_current(connection: Connection) -> bool:
    """Whether the database has exactly the newest revision."""
    return revision_of(connection) == newest()


def revision_of(connection: Connection) -> str:
    """The revision of a database's schema; "" when it has none."""
    if not connection.dialect.has_table(connection, _VERSION.name):
        return ""
    return str(connection.execute(select(_VERSION.c.version_num)).scalar() or "")


def newest() -> str:
    """The newest revision there is: files are named by theirs, and each follows the one before."""
    return max(path.name.partition("_")[0] for path in (_FOLDER / "versions").glob("[0-9]*.py"))


def _run(database_url: str, revision: str, step: str) -> None:
    engine = open_engine(database_url)
    try:
        with engine.execution_options(begin="IMMEDIATE").connect() as connection:
            if revision == HEAD and is_current(connection):
                return
            config = import_module("alembic.config").Config()
            config.set_main_option("script_location", str(_FOLDER))
            config.attributes["connection"] = connection
            getattr(import_module("alembic.command"), step)(config, revision)
            connection.commit()
    finally:
        engine.dispose()
