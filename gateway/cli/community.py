"""`xiangyin community`: the communities of an installation and their telephone numbers."""

from __future__ import annotations

from dataclasses import asdict

import click

from gateway.bootstrap import usual_rates
from gateway.cli.terminal import Terminal, command
from gateway.kernel.languages import DEFAULT_LANGUAGE
from gateway.kernel.phones import parse_phone
from gateway.messaging import actions as messaging
from gateway.messaging.views import rates_of
from gateway.roll import actions, views
from gateway.roll.model import DEFAULT_TIMEZONE, Community, NewCommunity

group = click.Group("community", help="Communities: the units that deliberate.")


@command(group, "add", example="xiangyin community add shitan --name Shitan --number +8657112345678 --language zh")
@click.argument("code")
@click.option("--name", required=True, help="Name that residents read and hear.")
@click.option("--number", "numbers", required=True, multiple=True, help="Telephone number, +86…; may be repeated.")
@click.option("--parent", help="Code of the township.")
@click.option("--timezone", default=DEFAULT_TIMEZONE, show_default=True, help="IANA time zone.")
@click.option("--language", "languages", multiple=True, help="Language code, the default first; may be repeated.")
def add(
    terminal: Terminal,
    code: str,
    *,
    name: str,
    numbers: tuple[str, ...],
    parent: str | None,
    timezone: str,
    languages: tuple[str, ...],
) -> None:
    """Add a community with its telephone numbers."""
    first, *more = [parse_phone(number) for number in numbers]
    new = NewCommunity(
        code=code,
        name=name,
        number=first,
        parent_code=parent,
        timezone=timezone,
        languages=languages or (DEFAULT_LANGUAGE,),
        more_numbers=tuple(more),
    )
    with terminal.gateway.db.work() as tx:
        made = actions.add_community(tx, new)
        data = _for_machine(made, [number.e164 for number in (first, *more)], parent)
        tx.commit()
    terminal.show(data, terminal.say("staff_community.added", name=made.name, code=made.code))


@command(group, "line", example="xiangyin community line shitan +8657112345679 --call-back")
@click.argument("code")
@click.argument("number")
@click.option("--call-back/--answer", "calls_back", required=True, help="Reject calls and call back, or answer them.")
def line(terminal: Terminal, code: str, number: str, *, calls_back: bool) -> None:
    """Make a line one for missed calls, which costs the caller nothing, or one that answers."""
    with terminal.gateway.db.work() as tx:
        actions.set_line(
            tx, views.community_by_code(tx.connection, code).id, parse_phone(number), calls_back=calls_back
        )
        tx.commit()
    data = {"community": code, "number": number, "calls_back": calls_back}
    terminal.show(data, terminal.say("staff_community.calls_back" if calls_back else "staff_community.answers"))


@command(group, "list", example="xiangyin community list")
def list_communities(terminal: Terminal) -> None:
    """Show all communities with their own numbers."""
    with terminal.gateway.db.read() as conn:
        found = views.communities(conn)
        lines = {c.id: [number.e164 for number in views.community_lines(conn, c.id)] for c in found}
    codes = {c.id: c.code for c in found}
    data = [_for_machine(c, lines[c.id], codes.get(c.parent_id or 0)) for c in found]
    text = "\n".join(f"{c.code}\t{c.name}\t{', '.join(lines[c.id])}\t{','.join(c.languages)}" for c in found)
    terminal.show(data, text or terminal.say("staff_community.none"))


@command(group, "rates", example="xiangyin community rates shitan --texts 10 --calls 1 --at-once 4")
@click.argument("code")
@click.option("--texts", type=float, help="Texts a second that the community's number may send.")
@click.option("--calls", type=float, help="Calls a second that it may place.")
@click.option("--at-once", type=int, help="Calls that it may have on the line at once.")
def show_rates(terminal: Terminal, code: str, *, texts: float | None, calls: float | None, at_once: int | None) -> None:
    """Set how fast a community's number may send, as its carrier allows; with no option, show it."""
    usual = usual_rates(terminal.settings)
    with terminal.gateway.db.work() as tx:
        community = views.community_by_code(tx.connection, code)
        if (texts, calls, at_once) != (None, None, None):
            messaging.set_rates(tx, community.id, texts_per_second=texts, calls_per_second=calls, calls_at_once=at_once)
        rates = rates_of(tx.connection, community.id, usual)
        tx.commit()
    data = {"code": code, **asdict(rates)}
    words = {"texts": f"{rates.texts_per_second:g}", "calls": f"{rates.calls_per_second:g}"}
    terminal.show(
        data, terminal.say("staff_community.rates", name=community.name, at_once=rates.calls_at_once, **words)
    )


def _for_machine(community: Community, numbers: list[str], parent: str | None) -> dict[str, object]:
    return {
        "code": community.code,
        "name": community.name,
        "numbers": numbers,
        "parent": parent,
        "timezone": community.timezone,
        "languages": list(community.languages),
    }
