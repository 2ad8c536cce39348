"""`xiangyin behalf`, and `topic raise|support|ask --for CODE`: what staff enter for somebody at the desk or on a call.

The person is told by text or call and may revoke it for a day. Nobody votes for another here.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import click
from sqlalchemy.engine import Connection

from gateway.behalf import actions, helping, telling, views
from gateway.behalf.model import Actor, Entered
from gateway.cli import topic as topic_commands
from gateway.cli.terminal import Terminal, command
from gateway.kernel.db import UnitOfWork
from gateway.kernel.errors import NotFound
from gateway.record.model import moment_text
from gateway.roll import views as roll
from gateway.roll.model import StopKind

group = click.Group("behalf", help="What is entered for others: who did it and why; undo it; who may help whom.")
Enter = Callable[[UnitOfWork, int, Actor], Entered]


def for_somebody(function: Callable[..., None]) -> Callable[..., None]:
    """The options of every command that enters something for somebody else."""
    options = (
        click.option("--for", "code", required=True, help="Code of the person who wants it, present or on the phone."),
        click.option("--reason", required=True, help="Why you enter it for them; kept, and not published."),
        click.option("--by", "by", default="", help="Your name, as the person is told it."),
    )
    for option in reversed(options):
        function = option(function)
    return function


def enter(terminal: Terminal, community_id: int, code: str, actor: Actor, act: Enter) -> None:
    """Enter something for the person with that code, and say what and until when they may revoke it."""
    gateway = terminal.gateway
    with gateway.db.work() as tx:
        person = roll.resident_by_code(tx.connection, community_id, code)
        if person is None:
            raise NotFound("resident_unknown")
        entered = act(tx, person.id, actor)
        deed = telling.what_words(tx.connection, entered, terminal.settings.language, wording=gateway.wording)
        told = _is_told(tx.connection, person.id)
        tx.commit()
    until = moment_text(entered.until)
    lines = [terminal.say("staff_behalf.done", entered=entered.id, deed=deed, until=until)]
    if not told:
        lines.append(terminal.say("staff_behalf.not_told"))
    data = {"behalf": entered.id, "deed": entered.deed, "ref": entered.ref, "until": until, "told": told}
    terminal.show(data, "\n".join(lines))


@command(
    topic_commands.group,
    "raise",
    example='xiangyin topic raise --community shitan --for 10231 --reason "at the desk" "The lamp is broken"',
)
@click.option("--community", "community_code", required=True, help="Code of the community.")
@for_somebody
@click.argument("text")
def raise_(terminal: Terminal, community_code: str, *, code: str, reason: str, by: str, text: str) -> None:
    """Raise a topic for somebody; they are told and may revoke it for a day."""
    at, wording = terminal.gateway.ports.clock.now(), terminal.gateway.wording
    with terminal.gateway.db.read() as conn:
        community_id = roll.community_by_code(conn, community_code).id

    def act(tx: UnitOfWork, person: int, actor: Actor) -> Entered:
        return actions.enter_topic(tx, person, text, actor, at=at, wording=wording)

    enter(terminal, community_id, code, Actor(by, reason), act)


@command(topic_commands.group, "support", example='xiangyin topic support 137 --for 10231 --reason "has no telephone"')
@click.argument("number")
@for_somebody
def support(terminal: Terminal, number: str, *, code: str, reason: str, by: str) -> None:
    """Back a topic for somebody; they are told and may revoke it for a day."""
    at, wording = terminal.gateway.ports.clock.now(), terminal.gateway.wording
    topic = topic_commands.find_topic(terminal, number)

    def act(tx: UnitOfWork, person: int, actor: Actor) -> Entered:
        return actions.enter_support(tx, person, topic.id, actor, at=at, wording=wording)

    enter(terminal, topic.community_id, code, Actor(by, reason), act)


@command(
    topic_commands.group,
    "ask",
    example='xiangyin topic ask 137 --for 10231 --reason "called the office" "When is it mended?"',
)
@click.argument("number")
@for_somebody
@click.argument("words")
def ask(terminal: Terminal, number: str, *, code: str, reason: str, by: str, words: str) -> None:
    """Ask about a topic for somebody; they are told, may revoke it for a day, and get the answer."""
    at, wording = terminal.gateway.ports.clock.now(), terminal.gateway.wording
    topic = topic_commands.find_topic(terminal, number)

    def act(tx: UnitOfWork, person: int, actor: Actor) -> Entered:
        return actions.enter_question(tx, person, topic.id, words, actor, at=at, wording=wording)

    enter(terminal, topic.community_id, code, Actor(by, reason), act)


@command(group, "list", example="xiangyin behalf list --community shitan")
@click.option("--community", "community_code", required=True, help="Code of the community.")
def list_(terminal: Terminal, community_code: str) -> None:
    """All that was entered for others, the last first: what, for whom, by whom, why."""
    wording, language = terminal.gateway.wording, terminal.settings.language
    with terminal.gateway.db.read() as conn:
        found = views.entered_in(conn, roll.community_by_code(conn, community_code).id)
        rows = [_row(conn, one, telling.what_words(conn, one, language, wording=wording)) for one in found]
        who = [telling.who_words(conn, one, language, wording=wording) for one in found]
    lines = [
        terminal.say(
            "staff_behalf.line", **row | {"state": terminal.say(f"staff_behalf.state.{row['state']}"), "who": name}
        )
        for row, name in zip(rows, who, strict=True)
    ]
    terminal.show(rows, "\n".join(lines) or terminal.say("staff_behalf.none"))


@command(group, "revoke", example='xiangyin behalf revoke 7 --reason "was meant for somebody else"')
@click.argument("number", type=click.IntRange(min=1))
@click.option("--reason", required=True, help="Why; kept, and not published.")
def revoke(terminal: Terminal, number: int, reason: str) -> None:
    """Undo what was entered for somebody, when they say so at the desk or it was a slip."""
    with terminal.gateway.db.work() as tx:
        actions.revoke(tx, number, None, at=terminal.gateway.ports.clock.now(), reason=reason)
        tx.commit()
    terminal.show({"revoked": number}, terminal.say("staff_behalf.revoked", entered=number))


_helper = click.option("--helper", "helper_code", required=True, help="Code of the resident who helps.")


@command(
    group,
    "allow",
    example='xiangyin behalf allow --community shitan --for 10231 --helper 10448 --reason "her son; she said so here"',
)
@click.option("--community", "community_code", required=True, help="Code of the community.")
@for_somebody
@_helper
def allow(terminal: Terminal, community_code: str, *, helper_code: str, code: str, reason: str, by: str) -> None:
    """Record somebody's consent that another resident acts for them by telephone; both are told. Never for a vote."""
    gateway = terminal.gateway
    with gateway.db.work() as tx:
        person, helper = _two(tx.connection, community_code, code, helper_code)
        now = gateway.ports.clock.now()
        helping.allow(tx, person, helper, by=by, reason=reason, at=now, wording=gateway.wording)
        tx.commit()
    said = {"code": code, "helper": helper_code}
    terminal.show({"allowed": True, **said}, terminal.say("staff_behalf.allowed", **said))


@command(group, "end", example="xiangyin behalf end --community shitan --for 10231 --helper 10448")
@click.option("--community", "community_code", required=True, help="Code of the community.")
@click.option("--for", "code", required=True, help="Code of the person who was helped.")
@_helper
def end(terminal: Terminal, community_code: str, code: str, helper_code: str) -> None:
    """End a helper's consent; both are told."""
    gateway = terminal.gateway
    with gateway.db.work() as tx:
        person, helper = _two(tx.connection, community_code, code, helper_code)
        helping.end(tx, person, helper, at=gateway.ports.clock.now(), wording=gateway.wording)
        tx.commit()
    said = {"code": code, "helper": helper_code}
    terminal.show({"allowed": False, **said}, terminal.say("staff_behalf.ended", **said))


@command(group, "helpers", example="xiangyin behalf helpers --community shitan")
@click.option("--community", "community_code", required=True, help="Code of the community.")
def helpers_(terminal: Terminal, community_code: str) -> None:
    """Who may act for whom, since when and why."""
    with terminal.gateway.db.read() as conn:
        people = {one.id: one.code for one in roll.residents(conn, roll.community_by_code(conn, community_code).id)}
        found = [one for one in views.helpers_of(conn, list(people)) if one.helper_id in people]
    rows = [
        {
            "helper": people[one.helper_id],
            "code": people[one.resident_id],
            "since": moment_text(one.since),
            "reason": one.reason,
        }
        for one in found
    ]
    lines = [terminal.say("staff_behalf.helper_line", **row) for row in rows]
    terminal.show(rows, "\n".join(lines) or terminal.say("staff_behalf.no_helpers"))


def _two(conn: Connection, community_code: str, code: str, helper_code: str) -> tuple[int, int]:
    community = roll.community_by_code(conn, community_code)
    found = [roll.resident_by_code(conn, community.id, one) for one in (code, helper_code)]
    person, helper = found
    if person is None or helper is None:
        raise NotFound("resident_unknown")
    return person.id, helper.id


def _is_told(conn: Connection, resident_id: int) -> bool:
    reach = roll.reach(conn, [resident_id])
    return any(one.phones and one.consent and one.stopped is not StopKind.EVERYTHING for one in reach)


def _row(conn: Connection, entered: Entered, deed: str) -> dict[str, Any]:
    return {
        "entered": entered.id,
        "at": moment_text(entered.at),
        "code": roll.resident(conn, entered.resident_id).code,
        "deed": deed,
        "by": entered.actor.by,
        "reason": entered.actor.reason,
        "state": str(entered.state),
    }
