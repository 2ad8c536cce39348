"""`xiangyin delegate`: topics put to delegates and officials, their answers, and their reception days."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import click
from sqlalchemy.engine import Connection

from gateway.cli.followup.group import communities_below, community_option, find_guest, local_day
from gateway.cli.poll import read_closing_time
from gateway.cli.terminal import Terminal, command
from gateway.cli.topic import find_topic
from gateway.delegates import receiving, referring, views
from gateway.delegates.model import DayDraft, ReceptionDay, Slot
from gateway.kernel.errors import NotFound
from gateway.notices.audience import resolve
from gateway.notices.model import Audience
from gateway.record.model import moment_text
from gateway.roll import views as roll
from gateway.roll.model import Community
from gateway.topics.recordings import read_recording

group = click.Group("delegate", help="Delegates and officials: topics put to them, and days on which they receive.")
_number = click.argument("number", type=click.IntRange(min=1))
_resident = click.option("--resident", "code", required=True, help="The person's code.")


@command(group, "refer", example="xiangyin delegate refer 13 --guest 90011 --due +14d")
@click.argument("topic")
@click.option("--guest", "code", required=True, help="Code of a guest of this community or of the one above.")
@click.option("--due", required=True, help="2026-12-31T18:00 (the community's time) or +14d from now.")
def refer(terminal: Terminal, topic: str, *, code: str, due: str) -> None:
    """Put a topic to a delegate or official by text and call; the answer goes to whoever raised or backs it."""
    gateway, found = terminal.gateway, find_topic(terminal, topic)
    now = gateway.ports.clock.now()
    with gateway.db.work() as tx:
        community = roll.community(tx.connection, found.community_id)
        due_at = read_closing_time(due, community.timezone, now)
        guest = find_guest(tx.connection, code, community)
        made = referring.refer(tx, found.id, guest, due_at, at=now, wording=gateway.wording)
        tx.commit()
    data = {"referral": made.id, "topic": found.number, "due_at": moment_text(made.due_at)}
    terminal.show(data, terminal.say("staff_delegate.referred", referral=made.id, due=local_day(due_at, community)))


@command(group, "answer", example='xiangyin delegate answer 3 "The lamp is ordered and comes on Friday."')
@_number
@click.argument("words")
def answer(terminal: Terminal, number: int, words: str) -> None:
    """Enter the answer that a delegate gave at the desk."""
    gateway = terminal.gateway
    with gateway.db.work() as tx:
        referring.answer(tx, number, words, at=gateway.ports.clock.now(), wording=gateway.wording)
        tx.commit()
    terminal.show({"referral": number, "answered": True}, terminal.say("staff_delegate.answered", referral=number))


@command(group, "transcribe", example='xiangyin delegate transcribe 3 "The lamp is ordered and comes on Friday."')
@_number
@click.argument("words")
def transcribe(terminal: Terminal, number: int, words: str) -> None:
    """Write down an answer that a delegate has spoken; those concerned get the words."""
    gateway = terminal.gateway
    with gateway.db.work() as tx:
        referring.write_down(tx, number, words, at=gateway.ports.clock.now(), wording=gateway.wording)
        tx.commit()
    terminal.show({"referral": number, "written": True}, terminal.say("staff_delegate.transcribed", referral=number))


@command(group, "listen-answer", example="xiangyin delegate listen-answer 3 answer.wav")
@_number
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
def listen_answer(terminal: Terminal, number: int, file: Path) -> None:
    """Write a spoken answer into a sound file (WAV) that is readable for its owner alone."""
    with terminal.gateway.db.read() as conn:
        found = views.referral(conn, number)
    if found is None or found.recording_id is None:
        raise NotFound("referral_not_spoken", referral=number)
    folder, secret = terminal.settings.data_dir / "recordings", terminal.gateway.ports.secret
    sound = read_recording(found.recording_id, folder=folder, secret=secret)
    file.touch(mode=0o600)
    file.write_bytes(sound)
    terminal.show({"written": str(file)}, str(file))


@command(group, "referrals", example="xiangyin delegate referrals --community township --overdue")
@community_option
@click.option("--overdue", is_flag=True, help="Only those that should have been answered.")
def referrals(terminal: Terminal, community_code: str | None, *, overdue: bool) -> None:
    """List what was put to delegates in a community and all below it, by day."""
    places = {one.id: one for one in communities_below(terminal, community_code)}
    now = terminal.gateway.ports.clock.now()
    with terminal.gateway.db.read() as conn:
        found = (views.overdue if overdue else views.referrals)(conn, list(places), now)
    lines = [_referral_line(terminal, one, places[one.topic.community_id]) for one in found]
    data = [
        {
            "referral": one.referral.id,
            "topic": one.topic.number,
            "guest": one.who,
            "light": one.light,
            "due_at": moment_text(one.referral.due_at),
            "answer": dict(one.referral.answer),
            "spoken": one.referral.is_spoken,
        }
        for one in found
    ]
    terminal.show(data, "\n".join(lines) or terminal.say("staff_delegate.none"))


@command(
    group,
    "plan-day",
    example='xiangyin delegate plan-day --community shitan --guest 90011 --place "Old school" --at +3d --slots 12',
)
@click.option("--community", "community_code", required=True, help="Code of the community.")
@click.option("--guest", "code", required=True, help="Code of the guest who receives.")
@click.option("--place", required=True, help="Where.")
@click.option("--at", required=True, help="2026-12-01T09:00 (the community's time) or +3d from now.")
@click.option("--slots", type=int, required=True, help="How many residents can come.")
@click.option("--minutes", type=int, default=20, show_default=True, help="How long each has.")
def plan_day(terminal: Terminal, community_code: str, **given: Any) -> None:
    """Plan a reception day; nobody is told before `announce`."""
    now = terminal.gateway.ports.clock.now()
    with terminal.gateway.db.work() as tx:
        community = roll.community_by_code(tx.connection, community_code)
        starts_at = read_closing_time(given["at"], community.timezone, now)
        guest = find_guest(tx.connection, given["code"], community)
        draft = DayDraft(community.id, guest, given["place"], starts_at, given["minutes"], given["slots"])
        day = receiving.plan_day(tx, draft, at=now)
        tx.commit()
    _show_day(terminal, day.number)


@command(group, "announce", example="xiangyin delegate announce 3 --audience topic:13")
@_number
@click.option("--audience", "parts", multiple=True, help="topic:13, panel:2, poll:3 (closed); without it everybody.")
@click.option("--group", "groups", multiple=True, help="Only people of this group.")
def announce(terminal: Terminal, number: int, *, parts: tuple[str, ...], groups: tuple[str, ...]) -> None:
    """Announce a reception day by text and call, and take bookings."""
    gateway = terminal.gateway
    now = gateway.ports.clock.now()
    with gateway.db.work() as tx:
        day = receiving.day_of(tx, number)
        community = roll.community(tx.connection, day.community_id)
        people = resolve(tx.connection, community, Audience(parts=parts, groups=groups))
        told = receiving.announce(tx, number, people, at=now, wording=gateway.wording)
        tx.commit()
    terminal.show({"reception": number, "told": told}, terminal.say("staff_delegate.announced", count=told))


@command(group, "book", example="xiangyin delegate book 3 --resident 10231 --slot 4")
@_number
@_resident
@click.option("--slot", type=click.IntRange(min=1), help="Which time; the earliest free one without it.")
def book(terminal: Terminal, number: int, *, code: str, slot: int | None) -> None:
    """Book a time for somebody at the desk."""
    now = terminal.gateway.ports.clock.now()
    with terminal.gateway.db.work() as tx:
        taken = receiving.book(tx, number, _person(tx.connection, number, code), slot, at=now)
        tx.commit()
    terminal.show({"reception": number, "slot": taken.number}, terminal.say("staff_delegate.booked", slot=taken.number))


@command(group, "cancel", example="xiangyin delegate cancel 3 --resident 10231")
@_number
@click.option("--resident", "code", help="Whose time is given back; without it the whole day is called off.")
def cancel(terminal: Terminal, number: int, *, code: str | None) -> None:
    """Give a time back, or call the day off and tell whoever has a time."""
    gateway = terminal.gateway
    now = gateway.ports.clock.now()
    with gateway.db.work() as tx:
        if code:
            told = int(receiving.leave(tx, number, _person(tx.connection, number, code), at=now))
        else:
            told = receiving.cancel_day(tx, number, at=now, wording=gateway.wording)
        tx.commit()
    key = "left" if code else "cancelled"
    terminal.show({"reception": number, "people": told}, terminal.say(f"staff_delegate.{key}", count=told))


@command(group, "day", example="xiangyin delegate day 3")
@_number
def day_(terminal: Terminal, number: int) -> None:
    """The list for the desk: every time, and who comes."""
    _show_day(terminal, number)


def _person(conn: Connection, number: int, code: str) -> int:
    day = views.reception_day(conn, number)
    found = roll.resident_by_code(conn, day.community_id, code)
    if found is None:
        raise NotFound("resident_unknown")
    return found.id


def _show_day(terminal: Terminal, number: int) -> None:
    with terminal.gateway.db.read() as conn:
        day, slots = views.reception_day(conn, number), views.slots(conn, number)
        community = roll.community(conn, day.community_id)
        who = roll.resident(conn, day.guest_id).name
        names = {one.number: _name(conn, one) for one in slots}
    title = terminal.say(
        "staff_delegate.day", reception=number, who=who, place=day.place, when=local_day(day.starts_at, community)
    )
    lines = [_slot_line(terminal, one, names[one.number], community) for one in slots]
    terminal.show(_day_json(day, slots, who, names), "\n".join([title, *lines]))


def _day_json(day: ReceptionDay, slots: list[Slot], who: str, names: dict[int, str]) -> dict[str, Any]:
    times = [
        {"slot": one.number, "starts_at": moment_text(one.starts_at), "resident": names[one.number] or None}
        for one in slots
    ]
    head = {"reception": day.number, "guest": who, "place": day.place, "state": day.state}
    return {**head, "starts_at": moment_text(day.starts_at), "slots": times}


def _name(conn: Connection, slot: Slot) -> str:
    if slot.resident_id is None:
        return ""
    found = roll.resident(conn, slot.resident_id)
    return f"{found.name} {found.code}"


def _slot_line(terminal: Terminal, slot: Slot, name: str, community: Community) -> str:
    clock = f"{slot.starts_at.astimezone(ZoneInfo(community.timezone)):%H:%M}"
    return terminal.say("staff_delegate.slot", slot=slot.number, clock=clock, name=name or "-")


def _referral_line(terminal: Terminal, one: views.Routed, community: Community) -> str:
    return terminal.say(
        "staff_delegate.referral",
        referral=one.referral.id,
        due=local_day(one.referral.due_at, community),
        light=terminal.say(f"staff_delegate.light.{one.light}"),
        topic=one.topic.number,
        who=one.who,
    )
