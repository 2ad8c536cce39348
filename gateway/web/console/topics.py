"""Topics: what was raised, newest first, and one of them with everything about it. What is done with it: screening."""

from __future__ import annotations

from flask import Blueprint, Response, abort, render_template, request
from sqlalchemy.engine import Connection

from gateway.followup import views as followup
from gateway.followup.photos import PHOTOS, read_photo
from gateway.roll import views as roll
from gateway.topics import views
from gateway.topics.categories import OTHER, load_categories
from gateway.topics.model import LIVE, LONGEST_REASON, LONGEST_TITLE, TO_SCREEN, Mover, Stage, Topic, next_stages
from gateway.topics.transcribing import read_transcript
from gateway.web.console.duties import Duty, needs
from gateway.web.console.guard import here
from gateway.web.console.sounds import play
from gateway.web.pages.paging import place_of
from gateway.web.pages.surroundings import this_gateway

TOPICS_PER_PAGE = 40
MOST_HINTS = 5

blueprint = Blueprint("topics", __name__, url_prefix="/c/<code>/topics")


@blueprint.get("")
@needs(None)
def topics() -> str:
    """All topics of a community, or those of one stage, newest first."""
    wanted = request.args.get("stage", "")
    chosen = Stage(wanted) if wanted in set(Stage) else None
    with this_gateway().db.read() as conn:
        counts = views.counts_by_stage(conn, here().id)
        total = counts.get(chosen, 0) if chosen else sum(counts.values())
        place = place_of(total, request.args.get("page", ""), TOPICS_PER_PAGE)
        found = views.some_topics(conn, here().id, chosen, most=TOPICS_PER_PAGE, after=place.before)
    return render_template(
        "console/topics.html", topics=found, page=place.number, pages=place.pages, stages=list(Stage), chosen=chosen
    )


@blueprint.get("/<number>")
@needs(None)
def topic(number: str) -> str:
    """One topic with its updates, its questions, what is like it, and what can be done with it now."""
    with this_gateway().db.read() as conn:
        found = find_topic(conn, number)
        screened = found.stage not in TO_SCREEN
        return render_template(
            "console/topic.html",
            topic=found,
            heard_by_machine=_heard_by_machine(found),
            into=views.topic_by_id(conn, found.merged_into) if found.merged_into else None,
            updates=followup.updates(conn, found.id),
            questions=views.questions(conn, found.id),
            guests=roll.guests(conn, here().id),
            to_screen=not screened,
            live=found.stage in LIVE,
            next_stages=next_stages(found.stage),
            may_merge=Stage.MERGED in next_stages(found.stage, Mover.SCREENER),
            categories=[*load_categories(), OTHER],
            longest_reason=LONGEST_REASON,
            longest_title=LONGEST_TITLE,
        )


@blueprint.get("/<number>/alike")
@needs(None)
def alike(number: str) -> str:
    """What may be about the same matter: fetched by the topic's page by itself, for it compares thousands of texts."""
    with this_gateway().db.read() as conn:
        found = find_topic(conn, number)
        hints = views.hints(conn, found)[:MOST_HINTS]
    live = request.headers.get("HX-Request") == "true"
    page = "console/topic_alike.html" if live else "console/topic_alike_page.html"
    return render_template(page, topic=found, hints=hints)


@blueprint.get("/<number>/recording.wav")
@needs(Duty.SCREEN, noted=True)
def listen(number: str) -> Response:
    """A spoken topic."""
    with this_gateway().db.read() as conn:
        found = find_topic(conn, number)
    return play(found.recording_id) if found.recording_id else abort(404)


@blueprint.get("/<number>/photos/<name>")
@needs(None)
def photo(number: str, name: str) -> Response:
    """A photo of an update on it."""
    with this_gateway().db.read() as conn:
        found = find_topic(conn, number)
        if name not in {one.photo for one in followup.updates(conn, found.id)}:
            abort(404)
    data = read_photo(this_gateway().settings.data_dir / PHOTOS, name)
    return Response(data, mimetype=f"image/{'png' if name.endswith('png') else 'jpeg'}")


def find_topic(conn: Connection, number: str) -> Topic:
    """The topic of this community with that number, or 404."""
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
