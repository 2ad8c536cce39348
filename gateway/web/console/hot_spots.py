"""Where topics come from: by group and by what they are about, counted by people, and what most people back."""

from __future__ import annotations

from datetime import datetime, timedelta

from flask import Blueprint, render_template, request

from gateway.overview import views
from gateway.overview.model import Voices
from gateway.topics import views as topics
from gateway.web.console.duties import needs
from gateway.web.console.guard import here
from gateway.web.console.remembering import remembered
from gateway.web.pages.surroundings import this_gateway

SPANS = (30, 90, 365)
MOST_TOPICS = 10

blueprint = Blueprint("hot_spots", __name__, url_prefix="/c/<code>/hot-spots")


@blueprint.get("")
@needs(None)
def hot_spots() -> str:
    """Groups and categories by the people behind them, and the accepted topics that most people back."""
    asked = request.args.get("days", "")
    days = int(asked) if asked in {str(one) for one in SPANS} else SPANS[0]
    with this_gateway().db.read() as conn:

        def count(now: datetime) -> Voices:
            return views.voices(conn, here(), now, span=timedelta(days=days))

        counted_at, voices = remembered(("voices", here().id, days), count)
        backed = topics.agenda(conn, here().id, MOST_TOPICS)
    return render_template(
        "console/hot_spots.html", voices=voices, counted_at=counted_at, backed=backed, days=days, spans=SPANS
    )
