"""`xiangyin calendar`: when the people of a community may be texted and called, and on which days nobody is."""

from __future__ import annotations

from datetime import date
from typing import Any

import click
from sqlalchemy.engine import Connection

from gateway.cli.terminal import Terminal, command
from gateway.kernel.errors import InputError, NotFound
from gateway.messaging import calendars
from gateway.messaging.windows import parse_hours
from gateway.roll import actions as roll_actions
from gateway.roll import views as roll
from gateway.roll.model import Channel, Community

group = click.Group("calendar", help="When people may be texted and called.")
_COMMUNITY = click.argument("community_code", metavar="COMMUNITY")
# What clears a person's own hours.
ANY_TIME = "any"


@command(group, "show", example="xiangyin calendar show shitan")
@_COMMUNITY
def show(terminal: Terminal, community_code: str) -> None:
    """Show a community's time zone, hours and holidays."""
    with terminal.gateway.db.read() as conn:
        _show(terminal, roll.community_by_code(conn, community_code), conn)


@command(group, "hours", example="xiangyin calendar hours shitan --calls 9-19 --texts 7:00-21:30")
@_COMMUNITY
@click.option("--calls", help="When people may be called, e.g. 8-20.")
@click.option("--texts", help="When people may be texted, e.g. 7:00-21:30.")
def hours(terminal: Terminal, community_code: str, *, calls: str | None, texts: str | None) -> None:
    """Set the hours of calls, of texts, or of both. What a person asked for just now is exempt."""
    with terminal.gateway.db.work() as tx:
        community = roll.community_by_code(tx.connection, community_code)
        for channel, wanted in ((Channel.CALL, calls), (Channel.TEXT, texts)):
            if wanted is not None:
                calendars.set_hours(tx, community.id, channel, parse_hours(wanted))
        _show(terminal, community, tx.connection)
        tx.commit()


@command(group, "announce", example="xiangyin calendar announce shitan --off")
@_COMMUNITY
@click.option("--on/--off", "on", required=True, help="Send the text, or none.")
def announce(terminal: Terminal, community_code: str, *, on: bool) -> None:
    """Send people who read texts one before they are called, or none."""
    with terminal.gateway.db.work() as tx:
        community = roll.community_by_code(tx.connection, community_code)
        calendars.announce_calls(tx, community.id, on=on)
        _show(terminal, community, tx.connection)
        tx.commit()


@command(group, "timezone", example="xiangyin calendar timezone shitan Asia/Urumqi")
@_COMMUNITY
@click.argument("zone")
def timezone(terminal: Terminal, community_code: str, zone: str) -> None:
    """Change the time zone of a community (an IANA name)."""
    with terminal.gateway.db.work() as tx:
        community = roll.community_by_code(tx.connection, community_code)
        roll_actions.set_timezone(tx, community.id, zone)
        _show(terminal, roll.community(tx.connection, community.id), tx.connection)
        tx.commit()


@command(group, "holiday", example='xiangyin calendar holiday shitan 2027-02-06 2027-02-12 --name "Spring Festival"')
@_COMMUNITY
@click.argument("first")
@click.argument("last", required=False)
@click.option("--name", default="", help="What the days are called.")
@click.option("--remove", is_flag=True, help="Open the days again.")
def holiday(terminal: Terminal, community_code: str, first: str, last: str | None, *, name: str, remove: bool) -> None:
    """Keep a day, or all days from FIRST to LAST, free of texts and calls."""
    begin, end = _day(first), _day(last or first)
    with terminal.gateway.db.work() as tx:
        community = roll.community_by_code(tx.connection, community_code)
        if remove:
            calendars.remove_holidays(tx, community.id, begin, end)
        else:
            calendars.add_holidays(tx, community.id, begin, end, name)
        _show(terminal, community, tx.connection)
        tx.commit()


@command(group, "own", example="xiangyin calendar own shitan 20475 18-19:30")
@_COMMUNITY
@click.argument("code")
@click.argument("wanted", metavar="HOURS")
def own(terminal: Terminal, community_code: str, code: str, wanted: str) -> None:
    """Call a person only within HOURS, or at any of the community's hours again with "any"."""
    chosen = None if wanted == ANY_TIME else parse_hours(wanted)
    with terminal.gateway.db.work() as tx:
        community = roll.community_by_code(tx.connection, community_code)
        person = roll.resident_by_code(tx.connection, community.id, code)
        if person is None:
            raise NotFound("resident_unknown")
        calendars.set_own_hours(tx, person.id, chosen)
        tx.commit()
    key = "own" if chosen else "own_any"
    hours_told = str(chosen) if chosen else ANY_TIME
    text = terminal.say(f"staff_calendar.{key}", code=code, hours=hours_told)
    terminal.show({"code": code, "hours": hours_told}, text)


def _show(terminal: Terminal, community: Community, conn: Connection) -> None:
    found, days = calendars.calendar(conn, community.id), calendars.holidays(conn, community.id)
    data: dict[str, Any] = {
        "community": community.code,
        "timezone": community.timezone,
        "calls": str(found.hours[Channel.CALL]),
        "texts": str(found.hours[Channel.TEXT]),
        "announces_calls": calendars.announces_calls(conn, community.id),
        "holidays": {day.isoformat(): name for day, name in days.items()},
    }
    told = {key: value for key, value in data.items() if key not in ("holidays", "announces_calls")}
    lines = [terminal.say("staff_calendar.hours", **told)]
    lines.append(terminal.say(f"staff_calendar.{'announced' if data['announces_calls'] else 'unannounced'}"))
    lines += [f"{day}\t{name}" for day, name in data["holidays"].items()] or [
        terminal.say("staff_calendar.no_holidays")
    ]
    terminal.show(data, "\n".join(lines))


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise InputError("day_unreadable") from None
