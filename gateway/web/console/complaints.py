"""Complaints: read or heard, and answered; whoever made one is told the answer. The public reads counts alone."""

from __future__ import annotations

from flask import Blueprint, Response, abort, flash, redirect, render_template, request, url_for
from sqlalchemy.engine import Connection
from werkzeug.wrappers import Response as Redirect

from gateway.followup import complaining, views
from gateway.followup.complaint import Complaint
from gateway.kernel.errors import NotFound
from gateway.roll import views as roll
from gateway.web.console.duties import Duty, needs
from gateway.web.console.guard import here, signed_in, speaker
from gateway.web.console.sounds import play
from gateway.web.pages.paging import page_of
from gateway.web.pages.surroundings import this_gateway

PER_PAGE = 20

blueprint = Blueprint("complaints", __name__, url_prefix="/c/<code>/complaints")


@blueprint.get("")
@needs(Duty.FOLLOW_UP)
def complaints() -> str:
    """Those that wait first, the longest waiting before the others; then the answered ones, newest first."""
    now = this_gateway().ports.clock.now()
    with this_gateway().db.read() as conn:
        found = views.complaints(conn, [here().id])
        waiting = [one for one in found if one.answered_at is None]
        answered = [one for one in found if one.answered_at is not None][::-1]
        page = page_of([*waiting, *answered], request.args.get("page", ""), PER_PAGE)
        people = {one.resident_id: one for one in roll.reach(conn, [one.resident_id for one in page.items])}
        counts = views.complaint_statistics(conn, [here().id], now)
    return render_template(
        "console/complaints.html",
        complaints=page.items,
        people=people,
        counts=counts,
        now=now,
        page=page.number,
        pages=page.pages,
    )


@blueprint.post("/<number>/answer")
@needs(Duty.FOLLOW_UP)
def answer(number: str) -> Redirect:
    """Answer one."""
    gateway, words = this_gateway(), request.form.get("words", "")
    with gateway.db.work() as tx:
        found = _complaint(tx.connection, number)
        now, by = gateway.ports.clock.now(), signed_in().name
        complaining.answer(tx, found.number, words, at=now, wording=gateway.wording, by=by)
        tx.commit()
    flash(speaker().say("followup_desk.done.answered"))
    return redirect(url_for("complaints.complaints", code=here().code), 303)


@blueprint.get("/<number>/recording.wav")
@needs(Duty.FOLLOW_UP, noted=True)
def listen(number: str) -> Response:
    """A spoken one."""
    with this_gateway().db.read() as conn:
        found = _complaint(conn, number)
    return play(found.recording_id) if found.recording_id is not None else abort(404)


def _complaint(conn: Connection, number: str) -> Complaint:
    found = views.complaint(conn, number)
    if found is None or found.community_id != here().id:
        raise NotFound("complaint_unknown")
    return found
