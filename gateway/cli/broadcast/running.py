"""While it goes: how it stands, pause, resume, abort. A series moves as one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from typing import Any
from zoneinfo import ZoneInfo

import click
from sqlalchemy.engine import Connection

from gateway.cli.broadcast.shared import NUMBER, group, unresolved_lines
from gateway.cli.terminal import Terminal, command
from gateway.kernel.db import UnitOfWork
from gateway.messaging import views as broadcasts
from gateway.messaging.model import Progress, StillTrying, Waiting
from gateway.notices import actions, views
from gateway.roll import views as roll


@command(group, "progress", example="xiangyin broadcast progress 12")
@NUMBER
def progress(terminal: Terminal, number: int) -> None:
    """Show how a broadcast stands, whom it did not reach, and the others of its series."""
    with terminal.gateway.db.read() as conn:
        found, trying = broadcasts.progress(conn, number), broadcasts.still_trying(conn, number)
        series = [one for one in views.series_of(conn, number) if one != number]
        others = [broadcasts.progress(conn, one) for one in series]
        waits = _waits(terminal, conn, number, found)
        zone = ZoneInfo(roll.community(conn, broadcasts.broadcast(conn, number).community_id).timezone)
        later = broadcasts.held_until(conn, number, now=terminal.gateway.ports.clock.now())
    data = asdict(found) | {
        "unreached_people": [person._asdict() for person in found.unreached_people],
        "still_trying": [person._asdict() for person in trying],
        "later": [one._asdict() for one in later],
        "series": [asdict(one) | {"unreached_people": len(one.unreached_people)} for one in others],
    }
    lines = [
        _progress_line(terminal, found),
        *waits,
        *unresolved_lines(terminal, found.unresolved),
        *(_later_line(terminal, one, zone) for one in later),
    ]
    lines += unresolved_lines(terminal, found.unresolved)
    lines += _unreached_lines(terminal, found)
    lines += [_trying_line(terminal, person, zone) for person in trying]
    lines += [_progress_line(terminal, one) for one in others]
    terminal.show(data, "\n".join(lines))


@command(group, "list", example="xiangyin broadcast list --community qingshan")
@click.option("--community", "code", help="Only those of this community.")
def list_all(terminal: Terminal, code: str | None) -> None:
    """List broadcasts, newest first."""
    with terminal.gateway.db.read() as conn:
        community_id = roll.community_by_code(conn, code).id if code else None
        found = broadcasts.broadcasts(conn, community_id)
    lines = [
        terminal.say(
            "staff_broadcast.line",
            number=one.id,
            at=one.started_at.strftime("%Y-%m-%d %H:%M"),
            kind=one.kind,
            subject=one.subject,
            state=terminal.say(f"staff_broadcast.state.{one.state}"),
        )
        for one in found
    ]
    terminal.show([asdict(one) for one in found], "\n".join(lines) or terminal.say("staff_broadcast.none"))


@command(group, "pause", example="xiangyin broadcast pause 12")
@NUMBER
def pause(terminal: Terminal, number: int) -> None:
    """Send nothing more of a broadcast and its series until it is resumed."""
    _change(terminal, number, actions.pause, "paused")


@command(group, "resume", example="xiangyin broadcast resume 12")
@NUMBER
def resume(terminal: Terminal, number: int) -> None:
    """Go on with a paused broadcast and its series."""
    _change(terminal, number, actions.resume, "resumed")


@command(group, "abort", example="xiangyin broadcast abort 12")
@NUMBER
def abort(terminal: Terminal, number: int) -> None:
    """Give up what has not gone out of a broadcast and its series; this cannot be undone."""
    _change(terminal, number, actions.abort, "aborted")


def _change(terminal: Terminal, number: int, action: Callable[[UnitOfWork, int], list[int]], outcome: str) -> None:
    with terminal.gateway.db.work() as tx:
        moved = action(tx, number)
        tx.commit()
    numbers = " ".join(map(str, moved))
    data = {"broadcast": number, "broadcasts": moved, "state": outcome}
    terminal.show(data, terminal.say(f"staff_broadcast.{outcome}", numbers=numbers, number=number))


def _waits(terminal: Terminal, conn: Connection, number: int, found: Progress) -> list[str]:
    """What a notice still waits for."""
    notice = views.notice(conn, number)
    if notice is None or found.state != "waiting":
        return []
    lines = []
    if not notice.may_go:
        lines.append(terminal.say("staff_broadcast.waits_for_second", numbers=number, number=number))
    if notice.send_at is not None:
        at = notice.send_at.astimezone().strftime("%Y-%m-%d %H:%M")
        lines.append(terminal.say("staff_broadcast.waits_for_hour", numbers=number, at=at))
    if notice.problem:
        lines.append(terminal.say("staff_broadcast.kept_back", problem=_problem(terminal, notice.problem)))
    return lines


def _problem(terminal: Terminal, code: str) -> str:
    key = f"staff_broadcast.problem.{code}"
    return terminal.say(key) if terminal.gateway.wording.has(key) else code


def _progress_line(terminal: Terminal, found: Progress) -> str:
    return terminal.say(
        "staff_broadcast.progress",
        number=found.broadcast_id,
        state=terminal.say(f"staff_broadcast.state.{found.state}"),
        total=found.total,
        delivered=found.delivered,
        under_way=found.under_way,
        unreached=found.unreached,
        held=found.held,
    )


def _unreached_lines(terminal: Terminal, found: Progress) -> list[str]:
    return [
        terminal.say(
            "staff_broadcast.unreached",
            name=one.name,
            code=one.code,
            reason=terminal.say(f"staff_broadcast.reason.{one.reason}"),
        )
        for one in found.unreached_people
    ]


def _later_line(terminal: Terminal, one: Waiting, zone: ZoneInfo) -> str:
    until = one.until.astimezone(zone).strftime("%Y-%m-%d %H:%M")
    return terminal.say(f"staff_broadcast.later.{one.channel}", count=one.people, until=until)


def _trying_line(terminal: Terminal, person: StillTrying, zone: ZoneInfo) -> Any:
    why = terminal.say(f"staff_broadcast.outcome.{person.outcome}")
    at = person.next_at.astimezone(zone).strftime("%Y-%m-%d %H:%M") if person.next_at else "…"
    return terminal.say("staff_broadcast.still_trying", name=person.name, code=person.code, why=why, at=at)
