"""Afterwards: what came of it, whom to visit, and what the loudspeaker and the noticeboard say."""

from __future__ import annotations

import click

from gateway.cli.broadcast.shared import NUMBER, group, money, unresolved_lines
from gateway.cli.terminal import Terminal, command
from gateway.messaging import views as broadcasts
from gateway.messaging.model import Report
from gateway.notices import views


@command(group, "report", example="xiangyin broadcast report 12 --people")
@NUMBER
@click.option("--people", "per_person", is_flag=True, help="Also everybody's copy, one line each.")
def report(terminal: Terminal, number: int, per_person: bool) -> None:
    """Show what came of a broadcast: per outcome, what it cost, and with --people how each copy stands."""
    with terminal.gateway.db.read() as conn:
        found = broadcasts.report(conn, number)
    data = {
        "broadcast": number,
        "outcomes": [{"state": s, "reason": r, "people": n} for (s, r), n in sorted(found.outcomes.items())],
        "attempts": [{"channel": c, "state": s, "attempts": n} for (c, s), n in sorted(found.attempts.items())],
        "unresolved": found.unresolved,
        "price": found.price,
        "currency": found.currency,
        "people": [one._asdict() for one in found.copies] if per_person else None,
    }
    terminal.show(data, "\n".join(_report_lines(terminal, number, found, per_person)))


@command(group, "unreached", example="xiangyin broadcast unreached 12")
@NUMBER
def unreached(terminal: Terminal, number: int) -> None:
    """List whom a broadcast and its series did not reach, to go and tell them."""
    with terminal.gateway.db.read() as conn:
        found = views.unreached(conn, number)
    lines = [
        terminal.say("staff_broadcast.unreached", name=one.name, code=one.code, reason=_reason(terminal, one.reason))
        for one in found
    ]
    nobody = terminal.say("staff_broadcast.all_reached")
    terminal.show([one._asdict() for one in found], "\n".join(lines) or nobody)


@command(group, "script", example="xiangyin broadcast script 12 --sheet")
@NUMBER
@click.option("--sheet", "as_sheet", is_flag=True, help="The sheet for the noticeboard instead.")
def script(terminal: Terminal, number: int, as_sheet: bool) -> None:
    """Show what the village loudspeaker says of a broadcast, or the sheet for the noticeboard."""
    form = views.sheet if as_sheet else views.script
    with terminal.gateway.db.read() as conn:
        found = form(conn, number, wording=terminal.gateway.wording)
    terminal.show(found, "\n\n".join(found.values()))


def _report_lines(terminal: Terminal, number: int, found: Report, per_person: bool) -> list[str]:
    total = sum(found.outcomes.values())
    lines = [terminal.say("staff_broadcast.report", number=number, total=total)]
    for (state, reason), people in sorted(found.outcomes.items()):
        lines.append(terminal.say("staff_broadcast.outcome_line", count=people, how=_how(terminal, state, reason)))
    for (channel, state), count in sorted(found.attempts.items()):
        way = terminal.say(f"staff_broadcast.way.{channel}")
        how = terminal.say(f"staff_broadcast.attempt.{state}")
        lines.append(terminal.say("staff_broadcast.attempts", count=count, way=way, how=how))
    lines += unresolved_lines(terminal, found.unresolved)
    if found.currency:
        lines.append(terminal.say("staff_broadcast.price", price=money(found.price, found.currency)))
    if per_person:
        for one in found.copies:
            how = _how(terminal, one.state, one.reason)
            lines.append(
                terminal.say("staff_broadcast.copy", name=one.name, code=one.code, how=how, attempts=one.attempts)
            )
    return lines


def _how(terminal: Terminal, state: str, reason: str) -> str:
    how = terminal.say(f"staff_broadcast.copy_state.{state}")
    return f"{how}: {_reason(terminal, reason)}" if reason else how


def _reason(terminal: Terminal, reason: str) -> str:
    return terminal.say(f"staff_broadcast.reason.{reason}")
