"""`xiangyin meeting`: plan, invite, open, who came, the floor, hands, statements, minutes, resolution."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
from sqlalchemy.engine import Connection

from gateway.behalf import actions as behalf
from gateway.behalf.model import Actor, Entered
from gateway.cli.behalf import enter, for_somebody
from gateway.cli.poll import read_closing_time
from gateway.cli.terminal import Terminal, command
from gateway.cli.topic import find_topic
from gateway.kernel.db import UnitOfWork
from gateway.kernel.errors import InputError, NotFound
from gateway.meetings import actions, inviting, resolving, sitting, views
from gateway.meetings.model import Came, Floor, Meeting, MeetingDraft, MeetingState, Seat, Statement, StrawPoll
from gateway.record.model import moment_text
from gateway.roll import views as roll
from gateway.roll.model import Resident
from gateway.topics.recordings import read_recording

group = click.Group("meeting", help="Meetings: planned, invited to, spoken at also by telephone, minuted, resolved.")

# What plays a sound file on Linux and macOS.
PLAYERS = ("paplay", "pw-play", "aplay", "afplay", "ffplay")
_number = click.argument("number", type=click.IntRange(min=1))
_resident = click.option("--resident", "code", required=True, help="The person's code; a guest has one too.")


@command(
    group,
    "plan",
    example='xiangyin meeting plan --community shitan --title "The bridge" --place "Old school" --at +2d --topic 13',
)
@click.option("--community", "community_code", required=True, help="Code of the community.")
@click.option("--title", required=True, help="What it is about, in a few words.")
@click.option("--place", required=True, help="Where it is.")
@click.option("--at", required=True, help="2026-12-01T18:00 (the community's time) or +2h, +3d from now.")
@click.option("--topic", "topics", multiple=True, help="Number of a topic for the agenda; may be repeated, in order.")
@click.option("--panel", type=click.IntRange(min=1), help="The panel whose meeting it is.")
def plan(terminal: Terminal, community_code: str, title: str, place: str, **given: Any) -> None:
    """Plan a meeting. Nobody is told before `invite`."""
    now = terminal.gateway.ports.clock.now()
    agenda = tuple(find_topic(terminal, number).id for number in given["topics"])
    with terminal.gateway.db.work() as tx:
        community = roll.community_by_code(tx.connection, community_code)
        starts_at = read_closing_time(given["at"], community.timezone, now)
        draft = MeetingDraft(community.id, title, place, starts_at, agenda, given["panel"])
        number = actions.plan_meeting(tx, draft, at=now)
        tx.commit()
    _show(terminal, number, terminal.say("staff_meeting.planned", meeting=number))


@command(group, "invite", example="xiangyin meeting invite 3 --also 20015")
@_number
@click.option(
    "--also", "codes", multiple=True, help="Code of somebody else to invite, a guest perhaps; may be repeated."
)
@click.option("--everyone", is_flag=True, help="Invite the whole community.")
def invite(terminal: Terminal, number: int, codes: tuple[str, ...], *, everyone: bool) -> None:
    """Invite the panel and whoever raised or backs a topic of the agenda, by text or call."""
    gateway = terminal.gateway
    with gateway.db.work() as tx:
        others = [_person(tx.connection, number, code).id for code in codes]
        at = gateway.ports.clock.now()
        count = inviting.invite(tx, number, others, at=at, wording=gateway.wording, everyone=everyone)
        tx.commit()
    terminal.show({"meeting": number, "invited": count}, terminal.say("staff_meeting.invited", count=count))


@command(group, "reply", example='xiangyin meeting reply 3 --for 10231 --reason "called the office" --comes')
@_number
@for_somebody
@click.option("--comes/--stays-away", "comes", required=True, help="What this person said.")
def reply(terminal: Terminal, number: int, *, code: str, reason: str, by: str, comes: bool) -> None:
    """Enter the reply of an invited person who is at the desk or on the phone; they are told and may revoke it."""
    at, wording = terminal.gateway.ports.clock.now(), terminal.gateway.wording

    def act(tx: UnitOfWork, person: int, actor: Actor) -> Entered:
        return behalf.enter_reply(tx, person, number, comes, actor, at=at, wording=wording)

    enter(terminal, _community(terminal, number), code, Actor(by, reason), act)


@command(group, "open", example="xiangyin meeting open 3")
@_number
def open_(terminal: Terminal, number: int) -> None:
    """Begin; whoever calls the line now listens to it."""
    now = terminal.gateway.ports.clock.now()
    _do(terminal, lambda tx: actions.open_meeting(tx, number, at=now))
    _show(terminal, number, terminal.say("staff_meeting.opened", meeting=number))


@command(group, "close", example="xiangyin meeting close 3")
@_number
def close(terminal: Terminal, number: int) -> None:
    """End it."""
    now = terminal.gateway.ports.clock.now()
    _do(terminal, lambda tx: actions.close_meeting(tx, number, at=now))
    _show(terminal, number, terminal.say("staff_meeting.closed", meeting=number))


@command(group, "cancel", example="xiangyin meeting cancel 3")
@_number
def cancel(terminal: Terminal, number: int) -> None:
    """Call it off; whoever was invited and did not decline is told."""
    gateway = terminal.gateway
    with gateway.db.work() as tx:
        count = actions.cancel_meeting(tx, number, at=gateway.ports.clock.now(), wording=gateway.wording)
        tx.commit()
    terminal.show({"meeting": number, "told": count}, terminal.say("staff_meeting.cancelled", count=count))


@command(group, "came", example="xiangyin meeting came 3 --resident 10231")
@_number
@_resident
def came(terminal: Terminal, number: int, code: str) -> None:
    """Note that somebody is in the room; who calls in is noted by itself."""
    with terminal.gateway.db.work() as tx:
        actions.note_came(tx, number, _person(tx.connection, number, code).id, Came.HERE)
        tx.commit()
    terminal.show({"meeting": number, "came": "here"}, terminal.say("staff_meeting.came.here"))


@command(group, "floor", example="xiangyin meeting floor 3 --give 10231")
@_number
@click.option("--give", "give", help="Code of the person who may speak now.")
@click.option("--take", "take", help="Code of the person who has spoken.")
def floor(terminal: Terminal, number: int, give: str | None, take: str | None) -> None:
    """Who has asked to speak by telephone, in the order of asking; give the floor, or take it back."""
    with terminal.gateway.db.work() as tx:
        if take:
            sitting.take_floor(tx, number, _person(tx.connection, number, take).id)
        if give:
            sitting.give_floor(tx, number, _person(tx.connection, number, give).id)
        tx.commit()
    _show(terminal, number, terminal.say("staff_meeting.floor_now"))


@command(group, "hands", example='xiangyin meeting hands 3 --ask "Mend the railing first?"')
@_number
@click.option("--ask", "question", help="Ask for a show of hands by key.")
@click.option("--count", "count", is_flag=True, help="Count the one that is open.")
def hands(terminal: Terminal, number: int, question: str | None, *, count: bool) -> None:
    """A show of hands: yes and no by key; only the counts are kept."""
    now = terminal.gateway.ports.clock.now()
    with terminal.gateway.db.work() as tx:
        straw = views.open_straw(tx.connection, number)
        if count and straw is None:
            raise NotFound("straw_unknown")
        if count and straw:
            sitting.close_straw(tx, straw.id, at=now)
        if question:
            sitting.put_straw(tx, number, question)
        tx.commit()
    _show(terminal, number, terminal.say("staff_meeting.hands_now"))


@command(
    group, "say", example='xiangyin meeting say 3 --for 10231 --reason "said in the room" --words "The railing first"'
)
@_number
@for_somebody
@click.option("--words", required=True, help="What this person said for the record.")
def say(terminal: Terminal, number: int, *, code: str, reason: str, by: str, words: str) -> None:
    """Enter a statement that somebody made at the desk or in the room; they are told and may revoke it."""
    at, wording = terminal.gateway.ports.clock.now(), terminal.gateway.wording

    def act(tx: UnitOfWork, person: int, actor: Actor) -> Entered:
        return behalf.enter_statement(tx, person, number, words, actor, at=at, wording=wording)

    enter(terminal, _community(terminal, number), code, Actor(by, reason), act)


@command(group, "statement", example="xiangyin meeting statement 12 --admit")
@click.argument("statement", type=click.IntRange(min=1))
@click.option("--admit/--leave-out", "admit", required=True, help="Whether it goes into the minutes.")
def statement(terminal: Terminal, statement: int, *, admit: bool) -> None:
    """Admit a statement to the minutes, or leave it out."""
    _do(terminal, lambda tx: sitting.judge_statement(tx, statement, admit))
    key = "staff_meeting.admitted" if admit else "staff_meeting.left_out"
    terminal.show({"statement": statement, "admitted": admit}, terminal.say(key, statement=statement))


@command(group, "statements", example="xiangyin meeting statements 3 --save statements/")
@_number
@click.option(
    "--save", "folder", type=click.Path(file_okay=False, path_type=Path), help="Write the recorded ones there, as WAV."
)
@click.option("--play", type=click.IntRange(min=1), help="Play the recorded statement with this number.")
def statements_(terminal: Terminal, number: int, folder: Path | None, play: int | None) -> None:
    """What was said for the record, and whether it is in the minutes; save or play what was spoken."""
    with terminal.gateway.db.read() as conn:
        views.meeting(conn, number)
        found = views.statements(conn, number)
        codes = [roll.resident(conn, one.resident_id).code for one in found]
    saved = {one.id: _save(terminal, one, folder) for one in found if folder and one.recording_id}
    if play is not None:
        _play(terminal, next((one for one in found if one.id == play), None))
    rows = [
        {"statement": one.id, "resident": code, "words": one.words, "spoken": one.recording_id is not None,
         "admitted": one.admitted, "file": str(saved.get(one.id, ""))}
        for one, code in zip(found, codes, strict=True)
    ]  # fmt: skip
    lines = [f"{_statement_line(terminal, one)}  {saved.get(one.id, '')}".rstrip() for one in found]
    terminal.show(rows, "\n".join(lines) or terminal.say("staff_meeting.no_statements"))


def _sound(terminal: Terminal, recording_id: int) -> bytes:
    folder, secret = terminal.settings.data_dir / "recordings", terminal.gateway.ports.secret
    return read_recording(recording_id, folder=folder, secret=secret)


def _save(terminal: Terminal, one: Statement, folder: Path | None) -> Path:
    assert folder
    assert one.recording_id
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    file = folder / f"statement-{one.id}.wav"
    file.touch(mode=0o600)
    file.write_bytes(_sound(terminal, one.recording_id))
    return file


def _play(terminal: Terminal, one: Statement | None) -> None:
    if one is None or one.recording_id is None:
        raise NotFound("statement_not_spoken")
    player = next((path for name in PLAYERS if (path := shutil.which(name))), None)
    if player is None:
        raise InputError("no_player", players=", ".join(PLAYERS))
    with tempfile.NamedTemporaryFile(suffix=".wav") as file:
        file.write(_sound(terminal, one.recording_id))
        file.flush()
        quiet = subprocess.DEVNULL
        subprocess.run([player, file.name], check=False, stdout=quiet, stderr=quiet)


@command(
    group, "minutes", example='xiangyin meeting minutes 3 --file minutes.txt --summary "The railing is mended first."'
)
@_number
@click.option(
    "--file",
    "file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    required=True,
    help="The minutes, UTF-8.",
)
@click.option("--summary", required=True, help="What is spoken of them in a minute.")
def minutes(terminal: Terminal, number: int, file: Path, summary: str) -> None:
    """Publish the minutes; the summary goes to everybody concerned, by text or call."""
    gateway = terminal.gateway
    text = file.read_text(encoding="utf-8")
    with gateway.db.work() as tx:
        told = resolving.write_minutes(tx, number, text, summary, at=gateway.ports.clock.now(), wording=gateway.wording)
        tx.commit()
    terminal.show({"meeting": number, "told": told}, terminal.say("staff_meeting.minuted", count=told))


@command(group, "resolve", example='xiangyin meeting resolve 3 --words "The railing is mended first" --poll 4')
@_number
@click.option("--words", required=True, help="The resolution, in a sentence.")
@click.option("--poll", "poll", type=click.IntRange(min=1), help="The poll that decides; without it, by consent.")
def resolve(terminal: Terminal, number: int, words: str, poll: int | None) -> None:
    """Put down a resolution, by consent of those present or to be decided by a poll; everybody concerned is told."""
    gateway = terminal.gateway
    at, wording = gateway.ports.clock.now(), gateway.wording
    with gateway.db.work() as tx:
        if poll is None:
            told = resolving.resolve_by_consent(tx, number, words, at=at, wording=wording)
        else:
            told = resolving.resolve_by_poll(tx, number, words, poll, at=at, wording=wording)
        tx.commit()
    terminal.show({"meeting": number, "told": told}, terminal.say("staff_meeting.resolved", count=told))


@command(group, "show", example="xiangyin meeting show 3")
@_number
def show(terminal: Terminal, number: int) -> None:
    """A meeting with everybody's part in it, what was said, and the shows of hands."""
    _show(terminal, number, "")


@command(group, "list", example="xiangyin meeting list --community shitan")
@click.option("--community", "community_code", help="Only the meetings of this community.")
@click.option("--state", type=click.Choice([str(state) for state in MeetingState]), help="Only meetings in this state.")
def list_(terminal: Terminal, community_code: str | None, state: str | None) -> None:
    """The meetings, by their beginning."""
    with terminal.gateway.db.read() as conn:
        community = roll.community_by_code(conn, community_code) if community_code else None
        states = [MeetingState(state)] if state else None
        found = views.meetings(conn, community.id if community else None, states)
    lines = [_line(terminal, meeting) for meeting in found] or [terminal.say("staff_meeting.none")]
    terminal.show([_meeting_json(meeting) for meeting in found], "\n".join(lines))


def _do(terminal: Terminal, act: Callable[[UnitOfWork], object]) -> None:
    with terminal.gateway.db.work() as tx:
        act(tx)
        tx.commit()


def _community(terminal: Terminal, number: int) -> int:
    with terminal.gateway.db.read() as conn:
        return views.meeting(conn, number).community_id


def _person(conn: Connection, number: int, code: str) -> Resident:
    found = roll.resident_by_code(conn, views.meeting(conn, number).community_id, code)
    if found is None:
        raise NotFound("resident_unknown")
    return found


def _show(terminal: Terminal, number: int, heading: str) -> None:
    with terminal.gateway.db.read() as conn:
        meeting = views.meeting(conn, number)
        seats = [(seat, roll.resident(conn, seat.resident_id).code) for seat in views.seats(conn, number)]
        statements, straws = views.statements(conn, number), views.straws(conn, number)
    lines = [line for line in (heading, _line(terminal, meeting)) if line]
    lines += [_seat_line(terminal, seat, code) for seat, code in seats]
    lines += [_statement_line(terminal, one) for one in statements]
    lines += [_straw_line(terminal, one) for one in straws]
    data = _meeting_json(meeting) | {
        "seats": [
            {"resident": code, "reply": seat.reply, "came": seat.came, "floor": seat.floor} for seat, code in seats
        ],
        "statements": [{"statement": one.id, "admitted": one.admitted} for one in statements],
        "hands": [{"open": one.is_open, "yes": one.yes, "no": one.no} for one in straws],
    }
    terminal.show(data, "\n".join(lines))


def _line(terminal: Terminal, meeting: Meeting) -> str:
    return terminal.say(
        "staff_meeting.line",
        meeting=meeting.number,
        state=terminal.say(f"staff_meeting.state.{meeting.state}"),
        at=moment_text(meeting.starts_at),
        title=meeting.title,
        place=meeting.place,
    )


def _seat_line(terminal: Terminal, seat: Seat, code: str) -> str:
    parts = [f"staff_meeting.reply_short.{seat.reply}"]
    if seat.came is not Came.NO:
        parts.append(f"staff_meeting.came.{seat.came}")
    if seat.floor is not Floor.LISTENING:
        parts.append(f"staff_meeting.floor.{seat.floor}")
    return "  " + "  ".join([code, *(terminal.say(part) for part in parts)])


def _statement_line(terminal: Terminal, one: Statement) -> str:
    state = {None: "waiting", True: "in", False: "out"}[one.admitted]
    gone = terminal.say("staff_meeting.spoken_gone")
    spoken = terminal.say("staff_meeting.spoken", recording=one.recording_id) if one.recording_id else gone
    words = one.words or spoken
    return terminal.say(
        "staff_meeting.statement_line",
        statement=one.id,
        words=words,
        state=terminal.say(f"staff_meeting.minutes.{state}"),
    )


def _straw_line(terminal: Terminal, one: StrawPoll) -> str:
    if one.is_open:
        return terminal.say("staff_meeting.hands_open", question=one.question)
    return terminal.say("staff_meeting.hands_counted", question=one.question, yes=one.yes, no=one.no)


def _meeting_json(meeting: Meeting) -> dict[str, Any]:
    return {
        "meeting": meeting.number,
        "state": meeting.state,
        "title": meeting.title,
        "place": meeting.place,
        "starts_at": moment_text(meeting.starts_at),
        "panel": meeting.panel,
        "adoption": meeting.adoption,
        "resolution": meeting.resolution,
        "poll": meeting.poll,
    }
