"""What is done with a topic: accept, decline, ask back, merge, title, category, answers to questions, updates."""

from __future__ import annotations

from collections.abc import Callable

from flask import Blueprint, abort, flash, redirect, request, url_for
from sqlalchemy.engine import Connection
from werkzeug.wrappers import Response as Redirect

from gateway.followup.actions import post_update as post
from gateway.followup.photos import PHOTOS, keep_photo
from gateway.kernel.db import UnitOfWork
from gateway.topics import actions, asking, views
from gateway.topics.model import Question, Stage, Topic
from gateway.web.console.duties import Duty, needs
from gateway.web.console.guard import here, speaker
from gateway.web.console.speaking import written_languages
from gateway.web.console.topics import find_topic
from gateway.web.pages.surroundings import this_gateway

blueprint = Blueprint("screening", __name__, url_prefix="/c/<code>/topics/<number>")


@blueprint.post("/screening")
@needs(Duty.SCREEN)
def screen(number: str) -> Redirect:
    """Accept or decline; whoever raised it is told."""
    decision = request.form.get("decision")
    if decision not in ("accept", "decline"):
        abort(400)
    gateway, accept, reason = this_gateway(), decision == "accept", request.form.get("reason", "")

    def verb(tx: UnitOfWork, found: Topic) -> None:
        actions.screen(tx, found.number, accept, reason, at=gateway.ports.clock.now(), wording=gateway.wording)

    return _do(number, verb, "accepted" if accept else "declined")


@blueprint.post("/asking")
@needs(Duty.SCREEN)
def ask_back(number: str) -> Redirect:
    """Ask the author something first."""
    gateway, question = this_gateway(), request.form.get("question", "")

    def verb(tx: UnitOfWork, found: Topic) -> None:
        actions.ask_back(tx, found.number, question, at=gateway.ports.clock.now(), wording=gateway.wording)

    return _do(number, verb, "asked")


@blueprint.post("/merging")
@needs(Duty.SCREEN)
def merge(number: str) -> Redirect:
    """Let it go on as a part of another topic of this community."""
    gateway, into = this_gateway(), request.form.get("into", "").strip()

    def verb(tx: UnitOfWork, found: Topic) -> None:
        other = find_topic(tx.connection, into)
        actions.merge(tx, found.number, other.number, at=gateway.ports.clock.now(), wording=gateway.wording)

    return _do(number, verb, "merged")


@blueprint.post("/heading")
@needs(Duty.SCREEN)
def head(number: str) -> Redirect:
    """Write a title over it and correct its category."""
    title, category = request.form.get("title", ""), request.form.get("category", "")

    def verb(tx: UnitOfWork, found: Topic) -> None:
        if title.strip() and title.strip() != found.title:
            actions.set_title(tx, found.number, title)
        actions.set_category(tx, found.number, category)

    return _do(number, verb, "headed")


@blueprint.post("/questions/<int:question>/answer")
@needs(Duty.SCREEN)
def answer(number: str, question: int) -> Redirect:
    """Answer what somebody asked about it."""
    gateway, words = this_gateway(), request.form.get("words", "")

    def verb(tx: UnitOfWork, found: Topic) -> None:
        asked = _question(tx.connection, found, question)
        asking.answer(tx, asked.id, words, at=gateway.ports.clock.now(), wording=gateway.wording)

    return _do(number, verb, "answered")


@blueprint.post("/questions/<int:question>/guest")
@needs(Duty.SCREEN)
def pass_on(number: str, question: int) -> Redirect:
    """Put a question to a guest."""
    gateway, guest = this_gateway(), request.form.get("guest", "")

    def verb(tx: UnitOfWork, found: Topic) -> None:
        asked = _question(tx.connection, found, question)
        who = int(guest) if guest.isascii() and guest.isdigit() else 0
        asking.pass_to_guest(tx, asked.id, who, at=gateway.ports.clock.now(), wording=gateway.wording)

    return _do(number, verb, "passed")


@blueprint.post("/updates")
@needs(Duty.FOLLOW_UP)
def post_update(number: str) -> Redirect:
    """Publish what came of a topic and send it out."""
    gateway = this_gateway()
    fields = {code: request.form.get(f"words_{code}", "").strip() for code, _ in written_languages()}
    stage = request.form.get("stage", "")
    file = request.files.get("photo")
    photo = keep_photo(gateway.settings.data_dir / PHOTOS, file.read()) if file and file.filename else ""

    def verb(tx: UnitOfWork, found: Topic) -> None:
        post(
            tx,
            found.id,
            {code: words for code, words in fields.items() if words},
            at=gateway.ports.clock.now(),
            wording=gateway.wording,
            stage=Stage(stage) if stage in set(Stage) else None,
            everyone=request.form.get("everyone") == "yes",
            photo=photo,
            quiet=request.form.get("quiet") == "yes",
        )

    return _do(number, verb, "posted")


def _do(number: str, verb: Callable[[UnitOfWork, Topic], None], what: str) -> Redirect:
    """One verb on one topic of this community, in one transaction; then back to its page."""
    with this_gateway().db.work() as tx:
        found = find_topic(tx.connection, number)
        verb(tx, found)
        tx.commit()
    flash(speaker().say(f"console.topic.{what}", number=found.number))
    return redirect(url_for("topics.topic", code=here().code, number=found.number), 303)


def _question(conn: Connection, found: Topic, question_id: int) -> Question:
    asked = views.question(conn, question_id)
    if asked is None or asked.topic_id != found.id:
        abort(404)
    return asked
