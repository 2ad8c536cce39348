"""`xiangyin db`: the schema of the database, and its files."""

from __future__ import annotations

import click

from gateway.cli.terminal import Terminal, command
from gateway.migrations.run import upgrade as run_migrations

group = click.Group("db", help="The schema of the database.")


@command(group, "upgrade", example="xiangyin db upgrade")
def upgrade(terminal: Terminal) -> None:
    """Bring the database to the newest schema; nothing happens when it is there already."""
    run_migrations(terminal.settings.database_url)
    terminal.show({"upgraded": True}, terminal.say("staff_database.upgraded"))


@command(group, "compact", example="xiangyin db compact")
def compact(terminal: Terminal) -> None:
    """Write the database anew without what was deleted; everybody else waits meanwhile. After erasing somebody."""
    terminal.gateway.db.compact()
    terminal.show({"compacted": True}, terminal.say("staff_database.compacted"))
