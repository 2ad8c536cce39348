"""The floor of a meeting under way: who speaks by telephone, who asks to, shows of hands, what is said for the record.

The part of the page that shows it renews itself, and is sent again only when something in it has changed.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from flask import Blueprint, Response, abort, flash, redirect, render_template, request, url_for
from sqlalchemy.engine import Connection
from werkzeug.wrappers import Response as Redirect

from gateway.behalf import actions as behalf
from gateway.behalf.model import Actor, Entered
from gateway.kernel.db import UnitOfWork
from gateway.kernel.errors import NotFound
from gateway.meetings import actions, sitting, views
from gateway.meetings.model import Came, Floor, Meeting, Seat, Statement, StrawPoll
from gateway.roll import views as roll
from gateway.roll.model import Reach
from gateway.web.console.duties import Duty, needs
from gateway.web.console.entering import enter_for, person_of
from gateway.web.console.guard import here, speaker
from gateway.web.console.sounds import play
from gateway.web.pages.surroundings import this_gateway

blueprint = Blueprint("floor", __name__, url_prefix="/c/<code>/meetings/<int:number>")


@dataclass(frozen=True)
class FloorPart:
    """What the moderator sees: who speaks and who asks, how many listen, hands, statements; `people` by their id."""

    speaking: Sequence[Seat]
    asking: Sequence[Seat]
    listening: int
    straw: StrawPoll | None
    counted: Sequence[StrawPoll]
    statements: Sequence[Statement]
    people: Mapping[int, Reach]

    @property
    def waiting(self) -> list[Statement]:
        """The statements that nobody has admitted or left out."""
        return [one for one in self.statements if one.admitted is None]


def read_floor(conn: Connection, meeting: Meeting) -> FloorPart:
    """The floor of a meeting as it is now."""
    seats = views.seats(conn, meeting.number)
    straws, statements = views.straws(conn, meeting.number), views.statements(conn, meeting.number)
    speaking = [one for one in seats if one.floor is Floor.SPEAKING]
    asking = [one for one in seats if one.floor is Floor.ASKED]
    named = {one.resident_id for one in (*speaking, *asking)} | {one.resident_id for one in statements}
    return FloorPart(
        speaking=speaking,
        asking=asking,
        listening=sum(bool(one.call) for one in seats),
        straw=next((one for one in straws if one.is_open), None),
        counted=[one for one in straws if not one.is_open],
        statements=statements,
        people={one.resident_id: one for one in roll.reach(conn, sorted(named))},
    )


def seen_of(meeting: Meeting, floor: FloorPart) -> str:
    """A short name for how the part looks now: a page that has it is sent nothing, and nothing is read out anew."""
    part = render_template("console/meeting_floor.html", meeting=meeting, floor=floor, seen="")
    return hashlib.sha256(part.encode()).hexdigest()[:16]


@blueprint.get("/floor")
@needs(None)
def live(number: int) -> str | tuple[str, int]:
    """The part of the meeting's page that changes while it is under way; 204 when it is as it was."""
    with this_gateway().db.read() as conn:
        meeting = find_meeting(conn, number)
        floor = read_floor(conn, meeting)
    seen = seen_of(meeting, floor)
    if request.args.get("seen") == seen:
        return "", 204
    return render_template("console/meeting_floor.html", meeting=meeting, floor=floor, seen=seen)


@blueprint.post("/floor/next")
@needs(Duty.MEETINGS)
def next_speaker(number: int) -> Redirect:
    """Let somebody speak who asks, and nobody beside them."""
    return _do(number, lambda tx: sitting.next_speaker(tx, number, _person()), "speaks")


@blueprint.post("/floor/beside")
@needs(Duty.MEETINGS)
def give_floor(number: int) -> Redirect:
    """Let somebody speak who asks, beside whoever speaks."""
    return _do(number, lambda tx: sitting.give_floor(tx, number, _person()), "speaks")


@blueprint.post("/floor/end")
@needs(Duty.MEETINGS)
def take_floor(number: int) -> Redirect:
    """Somebody has spoken, or is taken out of the row."""
    return _do(number, lambda tx: sitting.take_floor(tx, number, _person()), "listens")


@blueprint.post("/floor/silence")
@needs(Duty.MEETINGS)
def mute_all(number: int) -> Redirect:
    """Nobody on the telephone is heard any more."""
    return _do(number, lambda tx: sitting.mute_others(tx, number), "silent")


@blueprint.post("/hands")
@needs(Duty.MEETINGS)
def ask_for_hands(number: int) -> Redirect:
    """Ask for a show of hands by key."""
    return _do(number, lambda tx: sitting.put_straw(tx, number, request.form.get("question", "")), "hands_asked")


@blueprint.post("/hands/count")
@needs(Duty.MEETINGS)
def count_hands(number: int) -> Redirect:
    """Count the one that is open."""

    def verb(tx: UnitOfWork) -> None:
        straw = views.open_straw(tx.connection, number)
        if straw is None:
            raise NotFound("straw_unknown")
        sitting.close_straw(tx, straw.id, at=this_gateway().ports.clock.now())

    return _do(number, verb, "hands_counted")


@blueprint.post("/came")
@needs(Duty.MEETINGS)
def note_came(number: int) -> Redirect:
    """Note that somebody is in the room."""

    def verb(tx: UnitOfWork) -> None:
        actions.note_came(tx, number, person_of(tx, request.form.get("resident", "")), Came.HERE)

    return _do(number, verb, "came")


@blueprint.post("/statements")
@needs(Duty.MEETINGS)
def enter_statement(number: int) -> Redirect:
    """Take down what somebody says for the record."""
    gateway, words = this_gateway(), request.form.get("words", "")

    def verb(tx: UnitOfWork, person: int, actor: Actor) -> Entered:
        find_meeting(tx.connection, number)
        now = gateway.ports.clock.now()
        return behalf.enter_statement(tx, person, number, words, actor, at=now, wording=gateway.wording)

    enter_for(request.form.get("resident", ""), verb)
    return _back(number, "statement_entered")


@blueprint.post("/statements/<int:statement>")
@needs(Duty.MEETINGS)
def judge_statement(number: int, statement: int) -> Redirect:
    """Admit a statement to the minutes, or leave it out."""
    decision = request.form.get("decision")
    if decision not in ("accept", "decline"):
        abort(400)

    def verb(tx: UnitOfWork) -> None:
        sitting.judge_statement(tx, _statement(tx.connection, number, statement).id, decision == "accept")

    return _do(number, verb, "admitted" if decision == "accept" else "left_out")


@blueprint.get("/statements/<int:statement>/recording.wav")
@needs(Duty.MEETINGS, noted=True)
def listen(number: int, statement: int) -> Response:
    """A spoken statement."""
    with this_gateway().db.read() as conn:
        find_meeting(conn, number)
        found = _statement(conn, number, statement)
    return play(found.recording_id) if found.recording_id is not None else abort(404)


def find_meeting(conn: Connection, number: int) -> Meeting:
    """The meeting of this community with that number. NotFound("meeting_unknown")."""
    found = views.meeting(conn, number)
    if found.community_id != here().id:
        raise NotFound("meeting_unknown", meeting=number)
    return found


def _statement(conn: Connection, number: int, statement_id: int) -> Statement:
    found = views.statement(conn, statement_id)
    if found is None or found.meeting != number:
        raise NotFound("statement_unknown", statement=statement_id)
    return found


def _person() -> int:
    """Whom a button of the row is about."""
    person = request.form.get("person", "")
    if not (person.isascii() and person.isdigit()):
        abort(400)
    return int(person)


def _do(number: int, verb: Callable[[UnitOfWork], object], what: str) -> Redirect:
    with this_gateway().db.work() as tx:
        find_meeting(tx.connection, number)
        verb(tx)
        tx.commit()
    return _back(number, what)


def _back(number: int, what: str) -> Redirect:
    flash(speaker().say(f"meeting_desk.done.{what}"))
    address = url_for("meetings.meeting", code=here().code, number=number, _anchor="floor")
    return redirect(address, 303)
