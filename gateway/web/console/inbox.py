"""The inbox: texts that the gateway did not understand and messages that were spoken, answered in place by a person."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

from flask import Blueprint, Response, abort, flash, redirect, render_template, request, url_for
from sqlalchemy.engine import Connection
from werkzeug.wrappers import Response as Redirect

from gateway.kernel.errors import InputError
from gateway.kernel.sealing import DaySealer
from gateway.messaging import inbox, views
from gateway.messaging.model import WaitingText
from gateway.notices.answering import answer_letter
from gateway.roll import views as roll
from gateway.roll.model import Resident
from gateway.topics import views as topics
from gateway.topics.model import Recording
from gateway.web.console.duties import Duty, needs
from gateway.web.console.guard import here, speaker
from gateway.web.console.sounds import play
from gateway.web.pages.paging import page_of
from gateway.web.pages.surroundings import this_gateway

LETTERS_PER_PAGE = 20
LONGEST_ANSWER = 200

blueprint = Blueprint("inbox", __name__, url_prefix="/c/<code>/inbox")


@dataclass(frozen=True)
class Letter:
    """A waiting text as staff see it; `missing` says why there is no text, as a key under `console.inbox`."""

    id: int
    resident: Resident | None
    received_on: date
    text: str = field(repr=False)
    missing: str
    recording: Recording | None


@blueprint.get("")
@needs(Duty.INBOX)
def waiting() -> str:
    """The texts that wait, oldest first."""
    gateway = this_gateway()
    with gateway.db.read() as conn:
        page = page_of(views.waiting(conn, here().id), request.args.get("page", ""), LETTERS_PER_PAGE)
        letters = [_open(conn, one, sealer=gateway.ports.sealer) for one in page.items]
    return render_template(
        "console/inbox.html", letters=letters, page=page.number, pages=page.pages, longest=LONGEST_ANSWER
    )


@blueprint.post("/<int:number>/answer")
@needs(Duty.INBOX)
def answer(number: int) -> Redirect:
    """Send an answer to whoever wrote, and take the text off the list."""
    gateway = this_gateway()
    with gateway.db.work() as tx:
        _check(tx.connection, number)
        words = request.form.get("words", "")
        answer_letter(tx, here().id, number, words, at=gateway.ports.clock.now(), wording=gateway.wording)
        tx.commit()
    return _done("sent")


@blueprint.post("/<int:number>/answered")
@needs(Duty.INBOX)
def answered(number: int) -> Redirect:
    """Take a text off the list that was answered some other way."""
    with this_gateway().db.work() as tx:
        _check(tx.connection, number)
        inbox.answer_waiting(tx, number)
        tx.commit()
    return _done("done")


@blueprint.get("/<int:number>/recording.wav")
@needs(Duty.INBOX, noted=True)
def listen(number: int) -> Response:
    """What was said for the clerk."""
    with this_gateway().db.read() as conn:
        _check(conn, number)
        message = topics.message(conn, number)
    return play(message.id) if message else abort(404)


def _check(conn: Connection, number: int) -> None:
    if number not in {one.id for one in views.waiting(conn, here().id)}:
        abort(404)


def _done(what: str) -> Redirect:
    flash(speaker().say(f"console.inbox.{what}"))
    return redirect(url_for("inbox.waiting", code=here().code), 303)


def _open(conn: Connection, waiting_text: WaitingText, *, sealer: DaySealer) -> Letter:
    text, missing = "", "withheld"
    if waiting_text.sealed_text is not None:
        try:
            text = sealer.open(waiting_text.sealed_text).decode()
        except InputError:
            missing = "unreadable"
    sender = waiting_text.resident_id
    resident = roll.resident(conn, sender) if sender is not None else None
    recording = topics.message(conn, waiting_text.id)
    return Letter(waiting_text.id, resident, waiting_text.received_on, text, missing, recording)
