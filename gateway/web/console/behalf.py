"""What is entered for somebody else: at their request, told to them, revocable for a day; and who may help whom.

Nobody votes for another here.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from flask import Blueprint, flash, redirect, render_template, request, url_for
from sqlalchemy.engine import Connection
from werkzeug.wrappers import Response as Redirect

from gateway.behalf import actions, helping, views
from gateway.behalf.model import Actor, Entered, Help
from gateway.behalf.telling import what_words, who_words
from gateway.kernel.db import UnitOfWork
from gateway.kernel.errors import NotFound
from gateway.roll import views as roll
from gateway.roll.model import Resident, StopKind
from gateway.web.console.duties import Duty, needs
from gateway.web.console.entering import at_the_desk, person_of
from gateway.web.console.guard import here, speaker
from gateway.web.console.topics import find_topic
from gateway.web.pages.paging import page_of
from gateway.web.pages.surroundings import this_gateway

PER_PAGE = 40

blueprint = Blueprint("behalf", __name__, url_prefix="/c/<code>")


@dataclass(frozen=True)
class Row:
    """One thing that was entered: for whom, what and by whom in words, and whether the person may still revoke it."""

    entered: Entered
    person: Resident
    what: str
    who: str
    is_open: bool


@blueprint.get("/behalf")
@needs(Duty.BEHALF)
def entered() -> str:
    """All that was entered for others, the last first."""
    with this_gateway().db.read() as conn:
        page = page_of(views.entered_in(conn, here().id), request.args.get("page", ""), PER_PAGE)
        rows = [_row(conn, one) for one in page.items]
    return render_template("console/behalf.html", rows=rows, page=page.number, pages=page.pages)


@blueprint.post("/behalf/<int:number>/revocation")
@needs(Duty.BEHALF)
def revoke(number: int) -> Redirect:
    """Undo it for the person, who says so or for whom it was a slip; with a reason."""
    with this_gateway().db.work() as tx:
        found = views.entered(tx.connection, number)
        if found is None or found.community_id != here().id:
            raise NotFound("behalf_unknown")
        now, reason = this_gateway().ports.clock.now(), request.form.get("reason", "")
        actions.revoke(tx, number, None, at=now, reason=reason)
        tx.commit()
    flash(speaker().say("people_desk.behalf.revoked"))
    return redirect(url_for("behalf.entered", code=here().code), 303)


@blueprint.get("/roll/<int:person>/behalf")
@needs(Duty.BEHALF)
def form(person: int) -> str:
    """The forms for one person: a topic, support, a question; who may help them."""
    with this_gateway().db.read() as conn:
        found = _person(conn, person)
        reach = roll.reach(conn, [found.id])
        helps = [(one, roll.resident(conn, one.helper_id)) for one in views.helpers_of(conn, [found.id])]
        mine = [_row(conn, one) for one in views.entered_in(conn, here().id) if one.resident_id == person]
    told = any(one.phones and one.consent and one.stopped is not StopKind.EVERYTHING for one in reach)
    return render_template("console/behalf_form.html", person=found, told=told, helps=helps, rows=mine[:PER_PAGE])


@blueprint.post("/roll/<int:person>/behalf/topic")
@needs(Duty.BEHALF)
def enter_topic(person: int) -> Redirect:
    """Raise a topic for somebody."""
    gateway, words = this_gateway(), request.form.get("words", "")
    now = gateway.ports.clock.now()

    def verb(tx: UnitOfWork, actor: Actor) -> Entered:
        return actions.enter_topic(tx, person, words, actor, at=now, wording=gateway.wording)

    return _enter(person, verb)


@blueprint.post("/roll/<int:person>/behalf/support")
@needs(Duty.BEHALF)
def enter_support(person: int) -> Redirect:
    """Back a topic for somebody."""
    gateway = this_gateway()
    now = gateway.ports.clock.now()

    def verb(tx: UnitOfWork, actor: Actor) -> Entered:
        topic = find_topic(tx.connection, request.form.get("topic", "").strip())
        return actions.enter_support(tx, person, topic.id, actor, at=now, wording=gateway.wording)

    return _enter(person, verb)


@blueprint.post("/roll/<int:person>/behalf/question")
@needs(Duty.BEHALF)
def enter_question(person: int) -> Redirect:
    """Ask about a topic for somebody."""
    gateway, words = this_gateway(), request.form.get("words", "")
    now = gateway.ports.clock.now()

    def verb(tx: UnitOfWork, actor: Actor) -> Entered:
        topic = find_topic(tx.connection, request.form.get("topic", "").strip())
        return actions.enter_question(tx, person, topic.id, words, actor, at=now, wording=gateway.wording)

    return _enter(person, verb)


@blueprint.post("/roll/<int:person>/helpers")
@needs(Duty.BEHALF)
def allow_helper(person: int) -> Redirect:
    """Keep somebody's consent that another resident acts for them by telephone; both are told."""
    gateway, clerk = this_gateway(), at_the_desk()

    def verb(tx: UnitOfWork) -> Help:
        helper, now = person_of(tx, request.form.get("helper", "")), gateway.ports.clock.now()
        return helping.allow(tx, person, helper, by=clerk.name, reason=clerk.reason, at=now, wording=gateway.wording)

    return _do(person, verb, "helper_allowed")


@blueprint.post("/roll/<int:person>/helpers/end")
@needs(Duty.BEHALF)
def end_helper(person: int) -> Redirect:
    """End it; both are told."""
    gateway = this_gateway()

    def verb(tx: UnitOfWork) -> None:
        helper, now = person_of(tx, request.form.get("helper", "")), gateway.ports.clock.now()
        helping.end(tx, person, helper, at=now, wording=gateway.wording)

    return _do(person, verb, "helper_ended")


def _enter(person: int, verb: Callable[[UnitOfWork, Actor], Entered]) -> Redirect:
    return _do(person, lambda tx: verb(tx, at_the_desk()), "entered")


def _do(person: int, verb: Callable[[UnitOfWork], object], what: str) -> Redirect:
    with this_gateway().db.work() as tx:
        _person(tx.connection, person)
        verb(tx)
        tx.commit()
    flash(speaker().say(f"people_desk.behalf.{what}"))
    return redirect(url_for("behalf.form", code=here().code, person=person), 303)


def _row(conn: Connection, one: Entered) -> Row:
    gateway, language = this_gateway(), speaker().language
    what, who = (say(conn, one, language, wording=gateway.wording) for say in (what_words, who_words))
    person = roll.resident(conn, one.resident_id)
    return Row(one, person, what, who, one.is_open(gateway.ports.clock.now()))


def _person(conn: Connection, person: int) -> Resident:
    found = roll.resident(conn, person)
    if found.community_id != here().id:
        raise NotFound("resident_unknown")
    return found
