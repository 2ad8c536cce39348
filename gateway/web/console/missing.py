"""Who is missing: whom nothing reaches and who takes no part, by kinds of people; names for those who go and see."""

from __future__ import annotations

from datetime import datetime, timedelta

from flask import Blueprint, render_template, request

from gateway.overview import views
from gateway.overview.model import Missing
from gateway.web.console.duties import Duty, needs
from gateway.web.console.guard import has, here
from gateway.web.console.remembering import remembered
from gateway.web.pages.paging import page_of
from gateway.web.pages.surroundings import this_gateway

PEOPLE_PER_PAGE = 100
# How far back, in days; the first is shown when nothing else was asked for.
SPANS = (365, 90, 30)

blueprint = Blueprint("missing", __name__, url_prefix="/c/<code>/missing")


@blueprint.get("")
@needs(None)
def missing() -> str:
    """Counts, those of few people kept back; and by name everybody whom nothing has ever reached, to print."""
    asked = request.args.get("days", "")
    days = int(asked) if asked in {str(one) for one in SPANS} else SPANS[0]
    with this_gateway().db.read() as conn:

        def count(now: datetime) -> Missing:
            return views.missing(conn, here(), now, span=timedelta(days=days))

        counted_at, counts = remembered(("missing", here().id, days), count)
        _, unheard = remembered(("unheard", here().id), lambda _: views.unheard(conn, here()))
        page = page_of(unheard, request.args.get("page", ""), PEOPLE_PER_PAGE)
        people = views.named(conn, page.items) if has(Duty.ROLL) else []
    return render_template(
        "console/missing.html",
        counts=counts,
        counted_at=counted_at,
        days=days,
        spans=SPANS,
        people=people,
        total=len(unheard),
        page=page.number,
        pages=page.pages,
    )
