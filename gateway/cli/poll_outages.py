"""`xiangyin poll outages` and `poll extend`: who was turned away while a poll was open, and more time for them."""

from __future__ import annotations

import click

from gateway.cli import poll
from gateway.cli.terminal import Terminal, command
from gateway.messaging import outages as log
from gateway.polls import extending, turned_away, views
from gateway.polls.model import Outages, Poll, PollState
from gateway.roll import views as roll

group = poll.group
_number = click.argument("number", type=click.IntRange(min=1))


@command(group, "outages", example="xiangyin poll outages 3")
@_number
def outages(terminal: Terminal, number: int) -> None:
    """Who was turned away while a poll was open, by hour, as far as is known now; in numbers alone."""
    ports = terminal.gateway.ports
    log.take_in(ports)
    with ports.db.read() as conn:
        found = views.poll(conn, number)
        result = views.result(conn, number) if found.state is PollState.CLOSED else None
        known = turned_away.outages_of(conn, found, ports.clock.now())
        if result is not None:
            known = turned_away.with_outages(conn, found, result, until=ports.clock.now()).outages or known
    said = known.to_json() | {"margin": result.margin if result else None}
    if result is None:
        # Whether it matters is known when the poll is over, and not before.
        del said["could_have_changed_the_outcome"]
    terminal.show({"poll": number} | said, "\n".join(_lines(terminal, found, known)))


def _lines(terminal: Terminal, found: Poll, known: Outages) -> list[str]:
    lines = [terminal.say("staff_poll.outages.total", poll=found.number, texts=known.texts, calls=known.calls)]
    lines += [terminal.say("staff_poll.outages.hour", hour=hour, people=n) for hour, n in known.by_hour.items()]
    for one in known.down:
        key = f"staff_poll.outages.down.{one.what}"
        counted = terminal.say("staff_poll.outages.counted" if one.counted else "staff_poll.outages.uncounted")
        lines.append(terminal.say(key, began=one.began, ended=one.ended, counted=counted))
    if found.state is PollState.OPEN and (known.people or known.uncounted):
        key = "staff_poll.outages.extend" if found.extension_hours else "staff_poll.outages.no_extension"
        lines.append(terminal.say(key, poll=found.number, hours=found.extension_hours))
    if known.doubt:
        lines.append(terminal.say("staff_poll.outages.repeat"))
    return lines


@command(group, "extend", example='xiangyin poll extend 3 --until +6h --reason "power cut on Tuesday evening"')
@_number
@click.option("--until", required=True, help="2026-12-01T18:00 (the community's time) or +2h, +3d from now.")
@click.option("--reason", required=True, help="For everybody to read: it goes on the record and to all electors.")
def extend(terminal: Terminal, number: int, until: str, reason: str) -> None:
    """Move the end of an open poll, as far as its frozen terms let it; on the record, and told to all electors."""
    ports = terminal.gateway.ports
    with ports.db.read() as conn:
        community = roll.community(conn, views.poll(conn, number).community_id)
    end = poll.read_closing_time(until, community.timezone, ports.clock.now())
    with ports.db.work() as tx:
        extending.extend_poll(tx, number, end, reason, at=ports.clock.now(), wording=terminal.gateway.wording)
        tx.commit()
    closes = poll.local_time(end, community)
    sentence = terminal.say("staff_poll.extended", poll=number, closes=closes)
    terminal.show({"poll": number, "closes_at": end.isoformat()}, sentence)
