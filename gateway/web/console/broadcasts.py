"""Broadcasts: how each stands, whom it did not reach, what came of every copy; and pausing, going on, giving up."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable

from flask import Blueprint, Response, abort, flash, redirect, render_template, request, url_for
from sqlalchemy.engine import Connection
from werkzeug.wrappers import Response as Redirect

from gateway.kernel.db import UnitOfWork
from gateway.kernel.errors import InputError
from gateway.messaging import views
from gateway.messaging.model import BroadcastState, Progress
from gateway.notices import actions
from gateway.notices import views as notices
from gateway.web.console.duties import Duty, needs
from gateway.web.console.guard import here, signed_in, speaker
from gateway.web.console.spreadsheets import plain_cell
from gateway.web.pages.paging import page_of
from gateway.web.pages.surroundings import this_gateway

BROADCASTS_PER_PAGE = 20
PEOPLE_PER_PAGE = 100

blueprint = Blueprint("broadcasts", __name__, url_prefix="/c/<code>/broadcasts")


@blueprint.get("")
@needs(None)
def broadcasts() -> str:
    """All broadcasts of a community, newest first."""
    with this_gateway().db.read() as conn:
        page = page_of(views.broadcasts(conn, here().id), request.args.get("page", ""), BROADCASTS_PER_PAGE)
        counted = views.outlines(conn, page.items)
    rows = [(one, counted[one.id]) for one in page.items]
    return render_template("console/broadcasts.html", rows=rows, page=page.number, pages=page.pages)


@blueprint.get("/<int:number>")
@needs(None)
def broadcast(number: int) -> str:
    """One broadcast: what it says, delivered, under way, and everybody it did not reach."""
    gateway = this_gateway()
    with gateway.db.read() as conn:
        _check(conn, number)
        progress = views.progress(conn, number)
        notice = notices.notice(conn, number)
        script = notices.script(conn, number, wording=gateway.wording)
    page = page_of(progress.unreached_people, request.args.get("page", ""), PEOPLE_PER_PAGE)
    return render_template(
        "console/broadcast.html",
        progress=progress,
        notice=notice,
        script=script,
        people=page.items,
        page=page.number,
        pages=page.pages,
    )


@blueprint.get("/<int:number>/live")
@needs(None)
def live(number: int) -> str:
    """The part of its page that changes while it goes out."""
    with this_gateway().db.read() as conn:
        _check(conn, number)
        progress = views.outlines(conn, [views.broadcast(conn, number)])[number]
    return render_template("console/broadcast_live.html", progress=progress)


@blueprint.get("/<int:number>/copies")
@needs(Duty.ROLL)
def copies(number: int) -> str:
    """What came of every copy, person by person, and what it cost."""
    with this_gateway().db.read() as conn:
        _check(conn, number)
        report = views.report(conn, number)
    page = page_of(report.copies, request.args.get("page", ""), PEOPLE_PER_PAGE)
    return render_template(
        "console/copies.html", number=number, report=report, copies=page.items, page=page.number, pages=page.pages
    )


@blueprint.get("/<int:number>/copies.csv")
@needs(Duty.ROLL_CHANGE, noted=True)
def export(number: int) -> Response:
    """The same as a table."""
    with this_gateway().db.read() as conn:
        _check(conn, number)
        report = views.report(conn, number)
    file = io.StringIO()
    table = csv.writer(file)
    table.writerow(["code", "name", "state", "channel", "attempts", "reason"])
    for one in report.copies:
        cells = (one.code, one.name, one.state, one.channel, str(one.attempts), one.reason)
        table.writerow([plain_cell(cell) for cell in cells])
    headers = {"Content-Disposition": f"attachment; filename=broadcast-{number}.csv"}
    return Response("\ufeff" + file.getvalue(), mimetype="text/csv", headers=headers)


@blueprint.post("/<int:number>/approval")
@needs(Duty.AGREE)
def approve(number: int) -> Redirect:
    """Agree to a large one as the second person."""
    now = this_gateway().ports.clock.now()
    return _do(number, lambda tx: actions.approve(tx, number, signed_in().name, at=now), "approved")


@blueprint.post("/<int:number>/pause")
@needs(Duty.SEND)
def pause(number: int) -> Redirect:
    """Send nothing more for now."""
    return _do(number, lambda tx: actions.pause(tx, number), "paused_now")


@blueprint.post("/<int:number>/resumption")
@needs(Duty.SEND)
def resume(number: int) -> Redirect:
    """Go on."""
    return _do(number, lambda tx: actions.resume(tx, number), "resumed")


@blueprint.post("/<int:number>/end")
@needs(Duty.SEND)
def abort_broadcast(number: int) -> Redirect:
    """Give up what has not gone out."""
    if request.form.get("sure") != "yes":
        raise InputError("sure_missing")
    return _do(number, lambda tx: actions.abort(tx, number), "aborted_now")


def stands(progress: Progress) -> bool:
    """Whether nothing of it changes any more by itself."""
    return views.is_over(progress.state) or progress.state is BroadcastState.PAUSED


def _check(conn: Connection, number: int) -> None:
    if views.broadcast(conn, number).community_id != here().id:
        abort(404)


def _do(number: int, verb: Callable[[UnitOfWork], object], what: str) -> Redirect:
    with this_gateway().db.work() as tx:
        _check(tx.connection, number)
        verb(tx)
        tx.commit()
    flash(speaker().say(f"console.broadcast.{what}", number=number))
    return redirect(url_for("broadcasts.broadcast", code=here().code, number=number), 303)
