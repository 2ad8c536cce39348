"""`xiangyin webhook`: other systems that are told what comes onto the record."""

from __future__ import annotations

import click

from gateway.bootstrap import webhook_guard
from gateway.cli.terminal import Terminal, command
from gateway.kernel.errors import RuleError
from gateway.roll import views as roll
from gateway.systems import actions, telling, views

group = click.Group("webhook", help="Other systems that are told what comes onto the public record.")


@command(
    group, "add", example="xiangyin webhook add township https://office.example/in --community longjing --kind topic"
)
@click.argument("name")
@click.argument("url")
@click.option("--community", "code", help="Tell only of this community; of all without it.")
@click.option(
    "--kind", "kinds", multiple=True, help="Tell only of entries such as topic or poll.result; of all without."
)
def add(terminal: Terminal, name: str, url: str, *, code: str | None, kinds: tuple[str, ...]) -> None:
    """Tell URL of everything from now on; the secret for checking signatures is shown once."""
    ports, guard = terminal.gateway.ports, webhook_guard(terminal.settings)
    with ports.db.work() as tx:
        community_id = roll.community_by_code(tx.connection, code).id if code else None
        made, secret = actions.add_hook(tx, name, url, community_id, kinds, ports=ports, guard=guard)
        tx.commit()
    data = {"number": made.id, "name": made.name, "url": made.url, "kinds": list(made.kinds), "secret": secret}
    terminal.show(data, terminal.say("staff_systems.hook_added", number=made.id, secret=secret))


@command(group, "list", example="xiangyin webhook list")
def list_hooks(terminal: Terminal) -> None:
    """Show all webhooks and how many messages wait, were taken, were given up."""
    data = []
    with terminal.gateway.db.read() as conn:
        for one in views.hooks(conn):
            counts = views.counts(conn, one.id)
            states = {state: counts[state] for state in ("waiting", "taken", "given_up")}
            data.append({"number": one.id, "name": one.name, "url": one.url, "kinds": list(one.kinds), **states})
    lines = [
        "\t".join(str(d[name]) for name in ("number", "name", "url", "waiting", "taken", "given_up")) for d in data
    ]
    terminal.show(data, "\n".join(lines) or terminal.say("staff_systems.no_hooks"))


@command(group, "test", example="xiangyin webhook test 3")
@click.argument("number", type=int)
def test(terminal: Terminal, number: int) -> None:
    """Post a message that means nothing and show what was answered."""
    ports = terminal.gateway.ports
    with ports.db.read() as conn:
        hook = views.hook(conn, number)
    status = telling.send_test(ports, hook, guard=webhook_guard(terminal.settings))
    if status not in telling.OK:
        raise RuleError("hook_test_failed", status=status)
    terminal.show({"number": number, "status": status}, terminal.say("staff_systems.hook_taken", status=status))


@command(group, "remove", example="xiangyin webhook remove 3")
@click.argument("number", type=int)
def remove(terminal: Terminal, number: int) -> None:
    """Tell a system nothing more and forget its secret."""
    with terminal.gateway.db.work() as tx:
        actions.remove_hook(tx, number, at=terminal.gateway.ports.clock.now())
        tx.commit()
    terminal.show({"number": number}, terminal.say("staff_systems.hook_removed", number=number))
