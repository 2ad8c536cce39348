"""Who is missing: whom nothing reaches and who takes no part, by kinds of people; names for those who go and see."""

from __future__ import annotations

from datetime import timedelta

from flask import Blueprint, render_template, request

from gateway.overview import views
from gateway.web.console.duties import Duty, needs
from gateway.web.console.guard import has, here
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
    now = this_gateway().ports.clock.now()
    with this_gateway().db.read() as conn:
        counts = views.missing(conn, here(), now, span=timedelta(days=days))
        unheard = views.never_reached(conn, here()) if has(Duty.ROLL) else []
    page = page_of(unheard, request.args.get("page", ""), PEOPLE_PER_PAGE)
    return render_template(
        "console/missing.html",
        counts=counts,
        days=days,
        spans=SPANS,
        people=page.items,
        total=len(unheard),
        page=page.number,
        pages=page.pages,
    )
