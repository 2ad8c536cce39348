"""Polls: write one, look at it once more, open it, see the turnout, close it, read the result."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from sqlalchemy.engine import Connection
from werkzeug.wrappers import Response as Redirect

from gateway.kernel.errors import InputError
from gateway.polls import actions, closing, inviting, views
from gateway.polls.model import Poll, PollState
from gateway.roll import views as roll
from gateway.web.console.duties import Duty
from gateway.web.console.guard import here, require, speaker
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
def polls() -> str:
    """All polls of a community, newest first."""
    with this_gateway().db.read() as conn:
        page = page_of(views.polls(conn, here().id)[::-1], request.args.get("page", ""), POLLS_PER_PAGE)
    return render_template("console/polls.html", polls=page.items, page=page.number, pages=page.pages)


@blueprint.get("/new")
def new() -> str:
    """The form for a new poll."""
    require(Duty.POLLS)
    return _form()


@blueprint.post("")
def create() -> Redirect | tuple[str, int]:
    """Keep a draft; what cannot be read comes back with the form as it was filled in."""
    require(Duty.POLLS)
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
            entitled=len(roll.electorate(conn, here().id)) if found.state is PollState.DRAFT else 0,
        )


@blueprint.post("/<int:number>/opening")
def open_poll(number: int) -> Redirect:
    """Open a draft and send its question to the electors; nothing of it can be changed from then on."""
    require(Duty.POLLS)
    gateway = this_gateway()
    with gateway.db.work() as tx:
        _poll(tx.connection, number)
        if not _is_sure():
            return _done(number, "sure_missing")
        actions.open_poll(tx, number, ports=gateway.ports)
        inviting.ask_for_votes(tx, number, at=gateway.ports.clock.now(), wording=gateway.wording)
        tx.commit()
    return _done(number, "opened")


@blueprint.post("/<int:number>/closing")
def close_poll(number: int) -> Redirect:
    """Close an open poll now and publish its result."""
    require(Duty.POLLS)
    gateway = this_gateway()
    with gateway.db.read() as conn:
        _poll(conn, number)
    if not _is_sure():
        return _done(number, "sure_missing")
    closing.close_poll(number, ports=gateway.ports, wording=gateway.wording)
    return _done(number, "closed")


def _poll(conn: Connection, number: int) -> Poll:
    found = views.poll(conn, number)
    if found.community_id != here().id:
        abort(404)
    return found


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
