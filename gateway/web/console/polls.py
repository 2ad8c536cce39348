"""Polls: write one, look at it once more, open it, see the turnout, close it, read the result."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from sqlalchemy.engine import Connection
from werkzeug.wrappers import Response as Redirect

from gateway.conversation.hearing_polls import hear
from gateway.kernel.errors import InputError, RuleError
from gateway.polls import actions, readiness, views
from gateway.polls.model import Poll, PollState
from gateway.polls.turnout import over_time
from gateway.roll import views as roll
from gateway.staff import views as accounts
from gateway.staff.model import Release
from gateway.web.console.asking import ask_for_second
from gateway.web.console.duties import Duty, needs
from gateway.web.console.guard import here, speaker
from gateway.web.console.poll_form import read_draft
from gateway.web.console.speaking import written_languages
from gateway.web.pages.paging import page_of
from gateway.web.pages.surroundings import this_gateway

POLLS_PER_PAGE = 40
# What the form proposes: a week, ending in the evening.
DAYS_OPEN = timedelta(days=7)
EVENING = time(20)

blueprint = Blueprint("polls", __name__, url_prefix="/c/<code>/polls")


@blueprint.get("")
@needs(None)
def polls() -> str:
    """All polls of a community, newest first."""
    with this_gateway().db.read() as conn:
        page = page_of(views.polls(conn, here().id)[::-1], request.args.get("page", ""), POLLS_PER_PAGE)
    return render_template("console/polls.html", polls=page.items, page=page.number, pages=page.pages)


@blueprint.get("/new")
@needs(Duty.POLLS)
def new() -> str:
    """The form for a new poll."""
    return _form()


@blueprint.post("")
@needs(Duty.POLLS)
def create() -> Redirect | tuple[str, int]:
    """Keep a draft; what cannot be read comes back with the form as it was filled in."""
    gateway = this_gateway()
    languages = [code for code, _ in written_languages()]
    try:
        draft = read_draft(request.form, here(), languages)
        with gateway.db.work() as tx:
            number = actions.create_poll(tx, draft, at=gateway.ports.clock.now())
            tx.commit()
    except InputError as error:
        return _form(speaker().explain(error)), 422
    return _done(number, "created")


@blueprint.get("/<int:number>")
@needs(None)
def poll(number: int) -> str:
    """One poll: its words and rule, the turnout while it is open, the result afterwards."""
    with this_gateway().db.read() as conn:
        found = _poll(conn, number)
        closed = found.state is PollState.CLOSED
        return render_template(
            "console/poll.html",
            poll=found,
            turnout=views.turnout(conn, number),
            result=views.result(conn, number) if closed else None,
            over_time=over_time(conn, number) if closed else [],
            release=_release(conn, number),
            entitled=len(roll.electorate(conn, here().id)) if found.state is PollState.DRAFT else 0,
        )


@blueprint.get("/<int:number>/live")
@needs(None)
def live(number: int) -> str:
    """The part of its page that changes while it is open: the turnout, and nothing else."""
    with this_gateway().db.read() as conn:
        found = _poll(conn, number)
        return render_template("console/poll_live.html", poll=found, turnout=views.turnout(conn, number))


@blueprint.get("/<int:number>/hearing")
@needs(None)
def listen(number: int) -> str:
    """The text and the call as residents get them, in every language."""
    wording = this_gateway().wording
    with this_gateway().db.read() as conn:
        found = _poll(conn, number)
    heard = [hear(found, here().name, code, wording=wording) for code in here().languages]
    return render_template("console/hearing.html", poll=found, heard=heard)


@blueprint.post("/check")
@needs(Duty.POLLS)
def check() -> str:
    """What residents would read and hear of a form as it stands, while it is being filled in."""
    gateway = this_gateway()
    try:
        draft = read_draft(request.form, here(), [code for code, _ in written_languages()])
        with gateway.db.work() as tx:
            # Never committed: a draft is made only to be looked at as the real one will be.
            made = views.poll(tx.connection, actions.create_poll(tx, draft, at=gateway.ports.clock.now()))
    except InputError as error:
        return render_template("console/poll_check.html", refusal=speaker().explain(error), heard=[])
    heard = [hear(made, here().name, code, wording=gateway.wording) for code in here().languages]
    return render_template("console/poll_check.html", refusal="", heard=heard)


@blueprint.post("/<int:number>/opening")
@needs(Duty.POLLS)
def open_poll(number: int) -> Redirect:
    """Ask for the second person who lets a draft open and its question go to the electors."""
    gateway = this_gateway()
    with gateway.db.work() as tx:
        found = _poll(tx.connection, number)
        if found.state is not PollState.DRAFT:
            raise RuleError("poll_already_opened", poll=number)
        if not _is_sure():
            return _done(number, "sure_missing")
        # Opening checks this again; here so that nobody is asked to agree to what will be refused.
        readiness.check_languages(tx.connection, found, wording=gateway.wording)
        ask_for_second(tx, "poll.open", f"poll:{number}")
        tx.commit()
    return _done(number, "open_asked")


@blueprint.post("/<int:number>/closing")
@needs(Duty.POLLS)
def close_poll(number: int) -> Redirect:
    """Ask for the second person who lets an open poll close now; at its hour it closes by itself."""
    with this_gateway().db.work() as tx:
        if _poll(tx.connection, number).state is not PollState.OPEN:
            raise RuleError("poll_not_open", poll=number)
        if not _is_sure():
            return _done(number, "sure_missing")
        ask_for_second(tx, "poll.close", f"poll:{number}")
        tx.commit()
    return _done(number, "close_asked")


def _poll(conn: Connection, number: int) -> Poll:
    found = views.poll(conn, number)
    if found.community_id != here().id:
        abort(404)
    return found


def _release(conn: Connection, number: int) -> Release | None:
    found = (
        accounts.waiting_release(conn, here().id, action, f"poll:{number}") for action in ("poll.open", "poll.close")
    )
    return next((one for one in found if one), None)


def _is_sure() -> bool:
    return request.form.get("sure") == "yes"


def _done(number: int, what: str) -> Redirect:
    flash(speaker().say(f"console.poll.{what}", number=number))
    return redirect(url_for("polls.poll", code=here().code, number=number), 303)


def _form(refusal: str = "") -> str:
    zone = ZoneInfo(here().timezone)
    day = (this_gateway().ports.clock.now().astimezone(zone) + DAYS_OPEN).date()
    proposed = datetime.combine(day, EVENING).strftime("%Y-%m-%dT%H:%M")
    return render_template("console/poll_form.html", form=request.form, refusal=refusal, default_closing=proposed)
