"""`xiangyin staff`: the accounts that may use the console."""

from __future__ import annotations

import click

from gateway.cli.terminal import Terminal, command
from gateway.kernel.phones import parse_phone
from gateway.roll.views import communities, community_by_code
from gateway.staff import actions, signing_in, views
from gateway.staff.model import Role, Staff, make_password

group = click.Group("staff", help="Accounts of those who use the console.")


@command(group, "add", example="xiangyin staff add wang --role clerk --community shitan")
@click.argument("name")
@click.option(
    "--role", required=True, type=click.Choice([role.value for role in Role]), help="What the account is for."
)
@click.option("--community", "community_code", help="Code of the only community it may see; all without it.")
def add(terminal: Terminal, name: str, *, role: str, community_code: str | None) -> None:
    """Add an account; its password is made and shown once."""
    ports = terminal.gateway.ports
    password = make_password(randomness=ports.randomness)
    with ports.db.work() as tx:
        community_id = community_by_code(tx.connection, community_code).id if community_code else None
        made = actions.add_staff(tx, name, password, Role(role), community_id, at=ports.clock.now())
        tx.commit()
    data = _for_machine(made, community_code) | {"password": password}
    terminal.show(data, terminal.say("staff_accounts.added", name=made.name, password=password))


@command(group, "phone", example="xiangyin staff phone wang --number +8613800000000")
@click.argument("name")
@click.option("--number", required=True, help="The telephone from which this person looks after topics.")
def phone(terminal: Terminal, name: str, *, number: str) -> None:
    """Let an account work by telephone; its PIN is made and shown once. Again: a new PIN, and unlocked."""
    ports, telephone = terminal.gateway.ports, parse_phone(number)
    with ports.db.work() as tx:
        pin = actions.set_phone(tx, name, telephone, randomness=ports.randomness, secret=ports.secret)
        tx.commit()
    terminal.show({"name": name, "pin": pin}, terminal.say("staff_accounts.phone", name=name, pin=pin))


@command(group, "password", example="xiangyin staff password wang")
@click.argument("name")
def password(terminal: Terminal, name: str) -> None:
    """Give somebody who cannot get in a new password, shown once; the code at sign-in is turned off."""
    ports = terminal.gateway.ports
    made = make_password(randomness=ports.randomness)
    with ports.db.work() as tx:
        account = views.staff_by_name(tx.connection, name)
        actions.change_password(tx, account, made)
        signing_in.drop_code(tx, account.id)
        signing_in.end_all(tx, account.id)
        tx.commit()
    terminal.show({"name": name, "password": made}, terminal.say("staff_accounts.password", name=name, password=made))


@command(group, "post", example="xiangyin staff post wang --community shitan --role moderator")
@click.argument("name")
@click.option("--community", "code", required=True, help="Code of the community.")
@click.option("--role", type=click.Choice([role.value for role in Role]), help="What the account is there.")
@click.option("--none", "nothing", is_flag=True, help="Take the post away.")
def post(terminal: Terminal, name: str, *, code: str, role: str | None, nothing: bool) -> None:
    """Say what an account is in one more community, besides its own role."""
    if (role is None) is not nothing:
        raise click.UsageError("--role | --none")
    with terminal.gateway.db.work() as tx:
        community = community_by_code(tx.connection, code)
        actions.set_post(tx, name, community.id, Role(role) if role else None)
        tx.commit()
    terminal.show({"name": name, "community": code, "role": role}, terminal.say("staff_accounts.post", name=name))


@command(group, "list", example="xiangyin staff list")
def list_accounts(terminal: Terminal) -> None:
    """Show all accounts."""
    with terminal.gateway.db.read() as conn:
        codes = {community.id: community.code for community in communities(conn)}
        data = [_for_machine(account, codes.get(account.community_id or 0)) for account in views.all_staff(conn)]
    lines = [f"{d['name']}\t{d['role']}\t{d['community'] or '*'}\t{'-' if d['disabled'] else '+'}" for d in data]
    terminal.show(data, "\n".join(lines) or terminal.say("staff_accounts.none"))


@command(group, "disable", example="xiangyin staff disable wang")
@click.argument("name")
def disable(terminal: Terminal, name: str) -> None:
    """Let an account sign in no more."""
    with terminal.gateway.db.work() as tx:
        actions.disable_staff(tx, name)
        tx.commit()
    terminal.show({"name": name, "disabled": True}, terminal.say("staff_accounts.disabled", name=name))


def _for_machine(account: Staff, community_code: str | None) -> dict[str, object]:
    return {
        "name": account.name,
        "role": account.role,
        "community": community_code,
        "disabled": account.disabled,
    }
