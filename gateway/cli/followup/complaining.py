"""`xiangyin followup complaints`, `answer`, `statistics`: what residents complain of, by telephone at any time."""

from __future__ import annotations

from typing import Any

import click

from gateway.cli.followup.group import communities_below, community_option, group
from gateway.cli.terminal import Terminal, command
from gateway.followup import complaining, views
from gateway.followup.complaint import Complaint
from gateway.record.model import moment_text


@command(group, "complaints", example="xiangyin followup complaints --community shitan")
@community_option
@click.option("--all", "everything", is_flag=True, help="Also those that are answered.")
def complaints(terminal: Terminal, community_code: str | None, *, everything: bool) -> None:
    """List complaints of a community and all below it, oldest first."""
    places = [one.id for one in communities_below(terminal, community_code)]
    with terminal.gateway.db.read() as conn:
        found = views.complaints(conn, places, waiting=not everything)
    lines = [_line(terminal, one) for one in found] or [terminal.say("staff_followup.no_complaints")]
    terminal.show([_json(one) for one in found], "\n".join(lines))


@command(group, "answer", example='xiangyin followup answer 13 "The rubbish is fetched every Tuesday from now on."')
@click.argument("complaint")
@click.argument("words")
@click.option("--by", default="", help="The account that answers.")
def answer(terminal: Terminal, complaint: str, words: str, *, by: str) -> None:
    """Answer a complaint; whoever made it is told by text or call."""
    gateway = terminal.gateway
    with gateway.db.work() as tx:
        done = complaining.answer(tx, complaint, words, at=gateway.ports.clock.now(), wording=gateway.wording, by=by)
        tx.commit()
    terminal.show(_json(done), terminal.say("staff_followup.complaint_answered", complaint=complaint))


@command(group, "statistics", example="xiangyin followup statistics --community township")
@community_option
def statistics(terminal: Terminal, community_code: str | None) -> None:
    """Count complaints of a community and all below it: made, answered, in time, open, overdue."""
    places = [one.id for one in communities_below(terminal, community_code)]
    now = terminal.gateway.ports.clock.now()
    with terminal.gateway.db.read() as conn:
        found = views.complaint_statistics(conn, places, now)
    data = {name: getattr(found, name) for name in found.__dataclass_fields__}
    said = {name: "-" if value is None else value for name, value in data.items()}
    terminal.show(data, terminal.say("staff_followup.complaint_statistics", **said))


def _line(terminal: Terminal, one: Complaint) -> str:
    gone = terminal.say("staff_followup.spoken_gone")
    spoken = terminal.say("staff_followup.spoken", recording=one.recording_id) if one.recording_id else gone
    text = one.text or spoken
    state = "answered" if one.answered_at else "late" if one.is_overdue(terminal.gateway.ports.clock.now()) else "open"
    said = terminal.say(f"staff_followup.complaint_state.{state}")
    return terminal.say("staff_followup.complaint", complaint=one.number, state=said, text=text)


def _json(one: Complaint) -> dict[str, Any]:
    return {
        "complaint": one.number,
        "text": one.text,
        "recording": one.recording_id,
        "made_at": moment_text(one.made_at),
        "due_at": moment_text(one.due_at),
        "answer": one.answer,
        "answered_at": moment_text(one.answered_at) if one.answered_at else None,
    }
