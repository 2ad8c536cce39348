"""Topics: read what was raised, accept or decline it with a reason, tell people what came of it."""

from __future__ import annotations

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from sqlalchemy.engine import Connection
from werkzeug.wrappers import Response as Redirect

from gateway.followup import views as followup
from gateway.followup.actions import post_update as post
from gateway.topics import actions, views
from gateway.topics.model import LONGEST_REASON, Stage, Topic, next_stages
from gateway.topics.transcribing import read_transcript
from gateway.web.console.duties import Duty, needs
from gateway.web.console.guard import here, speaker
from gateway.web.console.speaking import written_languages
from gateway.web.pages.paging import page_of
from gateway.web.pages.surroundings import this_gateway

TOPICS_PER_PAGE = 40

blueprint = Blueprint("topics", __name__, url_prefix="/c/<code>/topics")


@blueprint.get("")
@needs(None)
def topics() -> str:
    """All topics of a community, or those of one stage, newest first."""
    wanted = request.args.get("stage", "")
    chosen = Stage(wanted) if wanted in set(Stage) else None
    with this_gateway().db.read() as conn:
        page = page_of(views.topics(conn, here().id, chosen), request.args.get("page", ""), TOPICS_PER_PAGE)
    return render_template(
        "console/topics.html", topics=page.items, page=page.number, pages=page.pages, stages=list(Stage), chosen=chosen
    )


@blueprint.get("/<number>")
@needs(None)
def topic(number: str) -> str:
    """One topic with its updates, and what can be done with it now."""
    with this_gateway().db.read() as conn:
        found = _topic(conn, number)
        updates = followup.updates(conn, found.id)
    return render_template(
        "console/topic.html",
        topic=found,
        heard_by_machine=_heard_by_machine(found),
        updates=updates,
        next_stages=next_stages(found.stage),
        longest_reason=LONGEST_REASON,
    )


@blueprint.post("/<number>/screening")
@needs(Duty.SCREEN)
def screen(number: str) -> Redirect:
    """Accept or decline; whoever raised it is told."""
    gateway = this_gateway()
    decision = request.form.get("decision")
    if decision not in ("accept", "decline"):
        abort(400)
    accept = decision == "accept"
    with gateway.db.work() as tx:
        found = _topic(tx.connection, number)
        reason = request.form.get("reason", "")
        actions.screen(tx, found.number, accept, reason, at=gateway.ports.clock.now(), wording=gateway.wording)
        tx.commit()
    return _done(found, "accepted" if accept else "declined")


@blueprint.post("/<number>/updates")
@needs(Duty.FOLLOW_UP)
def post_update(number: str) -> Redirect:
    """Publish what came of a topic and send it out."""
    gateway = this_gateway()
    fields = {code: request.form.get(f"words_{code}", "").strip() for code, _ in written_languages()}
    stage = request.form.get("stage", "")
    with gateway.db.work() as tx:
        found = _topic(tx.connection, number)
        post(
            tx,
            found.id,
            {code: words for code, words in fields.items() if words},
            at=gateway.ports.clock.now(),
            wording=gateway.wording,
            stage=Stage(stage) if stage in set(Stage) else None,
            everyone=request.form.get("everyone") == "yes",
        )
        tx.commit()
    return _done(found, "posted")


def _topic(conn: Connection, number: str) -> Topic:
    found = views.topic(conn, number, here().id)
    if found is None:
        abort(404)
    return found


def _heard_by_machine(found: Topic) -> str:
    """What a machine has heard in the recording, unchecked; "" for none."""
    gateway = this_gateway()
    folder = gateway.settings.data_dir / "recordings"
    recording = found.recording_id
    return read_transcript(recording, folder=folder, secret=gateway.ports.secret) if recording is not None else ""


def _done(found: Topic, what: str) -> Redirect:
    flash(speaker().say(f"console.topic.{what}", number=found.number))
    return redirect(url_for("topics.topic", code=here().code, number=found.number), 303)
