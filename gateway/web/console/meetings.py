"""Meetings: plan one, invite, see who comes, begin and end it, publish minutes and resolution. Its line: `floor`."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from flask import Blueprint, flash, redirect, render_template, request, url_for
from sqlalchemy.engine import Connection
from werkzeug.wrappers import Response as Redirect

from gateway.behalf import actions as behalf
from gateway.behalf.model import Actor, Entered
from gateway.kernel.db import UnitOfWork
from gateway.kernel.errors import GatewayError, InputError, NotFound
from gateway.meetings import actions, inviting, resolving, views
from gateway.meetings.model import LONGEST_MINUTES, MOST_TOPICS, Came, MeetingDraft, Reply, Seat
from gateway.panels import views as panels
from gateway.polls import views as polls
from gateway.roll import views as roll
from gateway.topics import views as topics
from gateway.web.console.duties import Duty, needs
from gateway.web.console.entering import enter_for, person_of
from gateway.web.console.floor import find_meeting, read_floor, seen_of
from gateway.web.console.guard import here, speaker
from gateway.web.pages.paging import page_of
from gateway.web.pages.surroundings import this_gateway

MEETINGS_PER_PAGE = 20
PEOPLE_PER_PAGE = 60
# So many topics that residents want dealt with are offered for the agenda; others are named by number.
OFFERED = 12

blueprint = Blueprint("meetings", __name__, url_prefix="/c/<code>/meetings")


@blueprint.get("")
@needs(None)
def meetings() -> str:
    """All meetings of a community, the latest first."""
    with this_gateway().db.read() as conn:
        found = views.meetings(conn, here().id)[::-1]
    page = page_of(found, request.args.get("page", ""), MEETINGS_PER_PAGE)
    return render_template("console/meetings.html", meetings=page.items, page=page.number, pages=page.pages)


@blueprint.get("/new")
@needs(Duty.MEETINGS)
def new() -> str:
    """The form for a meeting."""
    return _form()


@blueprint.post("")
@needs(Duty.MEETINGS)
def plan() -> Redirect | tuple[str, int]:
    """Keep a plan and put it on the record; nobody is told before the invitations go."""
    gateway = this_gateway()
    try:
        with gateway.db.work() as tx:
            draft = _read_draft(tx.connection, request.form)
            number = actions.plan_meeting(tx, draft, at=gateway.ports.clock.now())
            tx.commit()
    except GatewayError as error:
        return _form(speaker().explain(error)), 422
    return done(number, "planned")


@blueprint.get("/<int:number>")
@needs(None)
def meeting(number: int) -> str:
    """One meeting: its agenda, who comes, the line while it is under way, minutes and resolution."""
    return _page(number)


@blueprint.post("/<int:number>/invitations")
@needs(Duty.MEETINGS)
def invite(number: int) -> Redirect:
    """Invite the panel and whoever raised or backs a topic of the agenda, others by code, or everybody."""
    gateway, everyone = this_gateway(), request.form.get("everyone") == "yes"
    with gateway.db.work() as tx:
        find_meeting(tx.connection, number)
        others = [person_of(tx, code) for code in request.form.get("others", "").split()]
        now = gateway.ports.clock.now()
        count = inviting.invite(tx, number, others, at=now, wording=gateway.wording, everyone=everyone)
        tx.commit()
    return done(number, "invited", count=count)


@blueprint.post("/<int:number>/replies")
@needs(Duty.MEETINGS)
def enter_reply(number: int) -> Redirect:
    """Enter what an invited person says at the desk or on the phone."""
    gateway, comes = this_gateway(), request.form.get("comes") == "yes"

    def verb(tx: UnitOfWork, person: int, actor: Actor) -> Entered:
        find_meeting(tx.connection, number)
        now = gateway.ports.clock.now()
        return behalf.enter_reply(tx, person, number, comes, actor, at=now, wording=gateway.wording)

    enter_for(request.form.get("resident", ""), verb)
    return done(number, "reply_entered")


@blueprint.post("/<int:number>/opening")
@needs(Duty.MEETINGS)
def open_meeting(number: int) -> Redirect:
    """Begin; whoever calls the line is let in."""
    now = this_gateway().ports.clock.now()
    return _do(number, lambda tx: actions.open_meeting(tx, number, at=now), "opened")


@blueprint.post("/<int:number>/end")
@needs(Duty.MEETINGS)
def close_meeting(number: int) -> Redirect:
    """End it."""
    _check_sure()
    now = this_gateway().ports.clock.now()
    return _do(number, lambda tx: actions.close_meeting(tx, number, at=now), "closed")


@blueprint.post("/<int:number>/cancellation")
@needs(Duty.MEETINGS)
def cancel(number: int) -> Redirect:
    """Call it off and tell everybody who was invited and did not decline."""
    _check_sure()
    gateway = this_gateway()
    now = gateway.ports.clock.now()
    return _do(number, lambda tx: actions.cancel_meeting(tx, number, at=now, wording=gateway.wording), "cancelled")


@blueprint.post("/<int:number>/minutes")
@needs(Duty.MEETINGS)
def write_minutes(number: int) -> Redirect | tuple[str, int]:
    """Publish the minutes, once; the summary goes to everybody concerned."""
    gateway, (minutes, summary) = this_gateway(), (request.form.get(one, "") for one in ("minutes", "summary"))

    def verb(tx: UnitOfWork) -> object:
        now = gateway.ports.clock.now()
        return resolving.write_minutes(tx, number, minutes, summary, at=now, wording=gateway.wording)

    return _do_or_show(number, verb, "minuted")


@blueprint.post("/<int:number>/resolution")
@needs(Duty.MEETINGS)
def resolve(number: int) -> Redirect | tuple[str, int]:
    """Put down a resolution, by consent of those present or to be decided by a poll."""
    gateway, words, poll = this_gateway(), request.form.get("resolution", ""), request.form.get("poll", "").strip()

    def verb(tx: UnitOfWork) -> object:
        now, wording = gateway.ports.clock.now(), gateway.wording
        if not poll:
            return resolving.resolve_by_consent(tx, number, words, at=now, wording=wording)
        if not (poll.isascii() and poll.isdigit()):
            raise NotFound("poll_unknown", poll=poll)
        return resolving.resolve_by_poll(tx, number, words, int(poll), at=now, wording=wording)

    return _do_or_show(number, verb, "resolved")


def done(number: int, what: str, **values: str | int) -> Redirect:
    """Say what was done and go back to the meeting's page."""
    flash(speaker().say(f"meeting_desk.done.{what}", **values))
    return redirect(url_for("meetings.meeting", code=here().code, number=number), 303)


def _do(number: int, verb: Callable[[UnitOfWork], object], what: str) -> Redirect:
    with this_gateway().db.work() as tx:
        find_meeting(tx.connection, number)
        verb(tx)
        tx.commit()
    return done(number, what)


def _do_or_show(number: int, verb: Callable[[UnitOfWork], object], what: str) -> Redirect | tuple[str, int]:
    """As `_do`; what was written at length is not lost when it is refused."""
    try:
        return _do(number, verb, what)
    except InputError as error:
        return _page(number, speaker().explain(error)), 422


def _check_sure() -> None:
    if request.form.get("sure") != "yes":
        raise InputError("sure_missing")


def _page(number: int, refusal: str = "") -> str:
    now = this_gateway().ports.clock.now()
    with this_gateway().db.read() as conn:
        found = find_meeting(conn, number)
        seats = views.seats(conn, number)
        floor = read_floor(conn, found)
        people = page_of(_in_order(seats), request.args.get("page", ""), PEOPLE_PER_PAGE)
        return render_template(
            "console/meeting.html",
            meeting=found,
            refusal=refusal,
            form=request.form,
            agenda=topics.topics_by_id(conn, found.topics),
            panel=panels.panel(conn, found.panel) if found.panel is not None else None,
            polls=polls.polls(conn, here().id),
            counts=_counts(seats),
            seats=people.items,
            page=people.number,
            pages=people.pages,
            people={one.resident_id: one for one in roll.reach(conn, [seat.resident_id for seat in people.items])},
            floor=floor,
            seen=seen_of(found, floor),
            longest_minutes=LONGEST_MINUTES,
            line_open=found.takes_calls(now),
        )


def _counts(seats: Sequence[Seat]) -> dict[str, int]:
    return {
        "invited": len(seats),
        "yes": sum(one.reply is Reply.YES for one in seats),
        "no": sum(one.reply is Reply.NO for one in seats),
        "none": sum(one.reply is Reply.NONE for one in seats),
        "here": sum(one.came is Came.HERE for one in seats),
        "by_phone": sum(one.came is Came.BY_PHONE for one in seats),
    }


def _in_order(seats: Sequence[Seat]) -> list[Seat]:
    """Who came and who comes first, those who stay away last."""
    order = {Reply.YES: 0, Reply.NONE: 1, Reply.NO: 2}
    return sorted(seats, key=lambda one: (one.came is Came.NO, order[one.reply], one.resident_id))


def _form(refusal: str = "") -> str:
    with this_gateway().db.read() as conn:
        wanted = topics.agenda(conn, here().id, OFFERED)
        found = panels.panels(conn, here().id)[::-1]
    return render_template(
        "console/meeting_form.html",
        form=request.form,
        chosen=request.form.getlist("topic"),
        refusal=refusal,
        wanted=wanted,
        panels=found,
        most_topics=MOST_TOPICS,
    )


def _read_draft(conn: Connection, form: Mapping[str, str]) -> MeetingDraft:
    numbers = [*request.form.getlist("topic"), *form.get("more_topics", "").split()]
    panel = form.get("panel", "")
    try:
        starts_at = datetime.fromisoformat(form.get("at", "")).replace(tzinfo=ZoneInfo(here().timezone)).astimezone(UTC)
    except (ValueError, OverflowError):
        raise InputError("form_time_unreadable") from None
    return MeetingDraft(
        community_id=here().id,
        title=" ".join(form.get("title", "").split()),
        place=" ".join(form.get("place", "").split()),
        starts_at=starts_at,
        topics=tuple(_topic_id(conn, one) for one in numbers),
        panel=int(panel) if panel.isascii() and panel.isdigit() else None,
    )


def _topic_id(conn: Connection, number: str) -> int:
    found = topics.topic(conn, number, here().id)
    if found is None:
        raise NotFound("topic_unknown", number=number)
    return found.id
