"""`xiangyin followup verdicts`, `terms`, `ask`: what residents say of what is called done, and how they are asked."""

from __future__ import annotations

from typing import Any

import click

from gateway.cli.followup.group import group
from gateway.cli.terminal import Terminal, command
from gateway.cli.topic import find_topic
from gateway.followup import confirming, views
from gateway.followup.judging import Completion, Terms
from gateway.record.model import moment_text
from gateway.roll import views as roll


@command(group, "verdicts", example="xiangyin followup verdicts 13")
@click.argument("number")
def verdicts(terminal: Terminal, number: str) -> None:
    """Show what residents said each time that a topic was called done, once that is counted."""
    topic = find_topic(terminal, number)
    with terminal.gateway.db.read() as conn:
        found = views.completions_of(conn, topic.id)
    lines = [_line(terminal, one) for one in found] or [terminal.say("staff_followup.never_done")]
    terminal.show([completion_json(one) for one in found], "\n".join(lines))


@command(group, "terms", example="xiangyin followup terms --community shitan --ask-after 21 --reopen-above 1/3")
@click.option("--community", "community_code", required=True, help="Code of the community.")
@click.option("--ask-after", type=int, help='Days from "done" to the question whether it is.')
@click.option("--ask-for", type=int, help="Days for which answers are taken.")
@click.option("--reopen-above", help='Above which share of "not done" a topic is taken up again, such as 1/3.')
def terms(terminal: Terminal, community_code: str, **given: Any) -> None:
    """Show or set how residents are asked whether it is really done."""
    with terminal.gateway.db.work() as tx:
        community = roll.community_by_code(tx.connection, community_code)
        if any(one is not None for one in given.values()):
            confirming.set_terms(tx, community.id, **given)
        found = views.terms_of(tx.connection, community.id)
        tx.commit()
    data = terms_json(found)
    terminal.show(data, terminal.say("staff_followup.terms", **data))


@command(group, "ask", example="xiangyin followup ask 13")
@click.argument("number")
def ask(terminal: Terminal, number: str) -> None:
    """Ask residents now whether a topic that is called done is done, without waiting some weeks."""
    gateway, topic = terminal.gateway, find_topic(terminal, number)
    with gateway.db.work() as tx:
        people = confirming.ask_now(tx, topic.id, at=gateway.ports.clock.now(), wording=gateway.wording)
        tx.commit()
    terminal.show({"topic": topic.number, "asked": people}, terminal.say("staff_followup.asked", people=people))


def completion_json(one: Completion) -> dict[str, Any]:
    """A completion for machines; of few answers the counts are null."""
    return {
        "round": one.round,
        "done_at": moment_text(one.done_at),
        "state": one.state,
        "asked_at": moment_text(one.asked_at) if one.asked_at else None,
        "closes_at": moment_text(one.closes_at) if one.closes_at else None,
        "outcome": one.outcome.to_json() if one.outcome else None,
    }


def terms_json(found: Terms) -> dict[str, Any]:
    """How residents are asked, for machines."""
    return {
        "ask_after": found.ask_after.days,
        "ask_for": found.ask_for.days,
        "reopen_above": str(found.reopen_above),
    }


def _line(terminal: Terminal, one: Completion) -> str:
    state = terminal.say(f"staff_followup.completion.{one.state}")
    line = terminal.say("staff_followup.round", round=one.round, day=f"{one.done_at:%Y-%m-%d}", state=state)
    if one.outcome is None:
        return line
    key = "few" if one.outcome.done is None else "counted"
    counts = {name: value or 0 for name, value in one.outcome.to_json().items()}
    said = terminal.say(f"staff_followup.voices.{key}", **counts)
    if one.outcome.rating is not None:
        said += terminal.say("staff_followup.voices.rating", rating=f"{one.outcome.rating / 10:.1f}")
    return f"{line}  {said}"
