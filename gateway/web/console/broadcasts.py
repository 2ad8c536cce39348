"""Broadcasts: how each stands and whom it did not reach."""

from __future__ import annotations

from flask import Blueprint, abort, render_template, request

from gateway.messaging import views
from gateway.web.console.duties import needs
from gateway.web.console.guard import here
from gateway.web.pages.paging import page_of
from gateway.web.pages.surroundings import this_gateway

BROADCASTS_PER_PAGE = 30
PEOPLE_PER_PAGE = 100

blueprint = Blueprint("broadcasts", __name__, url_prefix="/c/<code>/broadcasts")


@blueprint.get("")
@needs(None)
def broadcasts() -> str:
    """All broadcasts of a community, newest first."""
    with this_gateway().db.read() as conn:
        page = page_of(views.broadcasts(conn, here().id), request.args.get("page", ""), BROADCASTS_PER_PAGE)
        rows = [(one, views.progress(conn, one.id)) for one in page.items]
    return render_template("console/broadcasts.html", rows=rows, page=page.number, pages=page.pages)


@blueprint.get("/<int:number>")
@needs(None)
def broadcast(number: int) -> str:
    """One broadcast: delivered, under way, and everybody it did not reach."""
    with this_gateway().db.read() as conn:
        if number not in {one.id for one in views.broadcasts(conn, here().id)}:
            abort(404)
        progress = views.progress(conn, number)
    page = page_of(progress.unreached_people, request.args.get("page", ""), PEOPLE_PER_PAGE)
    return render_template(
        "console/broadcast.html", progress=progress, people=page.items, page=page.number, pages=page.pages
    )
