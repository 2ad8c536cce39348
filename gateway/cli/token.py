"""`xiangyin token`: what other systems may ask, each with a token of its own."""

from __future__ import annotations

from typing import Any

import click

from gateway.cli.terminal import Terminal, command
from gateway.record.model import moment_text
from gateway.roll import views as roll
from gateway.systems import actions, views
from gateway.systems.model import Scope, Token

group = click.Group("token", help="Tokens of other systems for the REST interface and Open311.")


@command(
    group, "add", example="xiangyin token add 'township office' --community longjing --scope read --scope overview"
)
@click.argument("name")
@click.option("--community", "code", help="Code of the community it opens, with those below it; all without it.")
@click.option("--scope", "scopes", multiple=True, type=click.Choice([one.value for one in Scope]), default=["read"],
              show_default=True, help="What it allows; may be given several times.")  # fmt: skip
@click.option("--days", type=int, default=365, show_default=True, help="After so many days it opens nothing more.")
def add(terminal: Terminal, name: str, *, code: str | None, scopes: tuple[str, ...], days: int) -> None:
    """Give a system a token; it is shown once."""
    ports = terminal.gateway.ports
    with ports.db.work() as tx:
        community_id = roll.community_by_code(tx.connection, code).id if code else None
        made, text = actions.add_token(tx, name, community_id, scopes, days, ports=ports)
        tx.commit()
    data = _for_machine(made, code) | {"token": text}
    terminal.show(data, terminal.say("staff_systems.token_added", name=made.name, token=text))


@command(group, "list", example="xiangyin token list")
def list_tokens(terminal: Terminal) -> None:
    """Show all tokens ever given, never the tokens themselves."""
    now = terminal.gateway.ports.clock.now()
    with terminal.gateway.db.read() as conn:
        codes = {one.id: one.code for one in roll.communities(conn)}
        found = views.tokens(conn)
    data = [_for_machine(one, codes.get(one.community_id or 0)) | {"valid": one.is_valid(now)} for one in found]
    lines = [
        "\t".join(str(one[column]) for column in ("number", "name", "community", "scopes", "valid")) for one in data
    ]
    terminal.show(data, "\n".join(lines) or terminal.say("staff_systems.no_tokens"))


@command(group, "revoke", example="xiangyin token revoke 3")
@click.argument("number", type=int)
def revoke(terminal: Terminal, number: int) -> None:
    """Let a token open nothing any more, from now on."""
    with terminal.gateway.db.work() as tx:
        actions.revoke_token(tx, number, at=terminal.gateway.ports.clock.now())
        tx.commit()
    terminal.show({"number": number, "valid": False}, terminal.say("staff_systems.token_revoked", number=number))


def _for_machine(one: Token, code: str | None) -> dict[str, Any]:
    return {
        "number": one.id,
        "name": one.name,
        "community": code,
        "scopes": sorted(one.scopes),
        "expires_at": moment_text(one.expires_at),
    }
