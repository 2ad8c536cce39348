"""The roll, to look something up in: numbers are masked, and nothing is changed here."""

from __future__ import annotations

from flask import Blueprint, render_template, request

from gateway.roll import views
from gateway.web.console.duties import Duty, needs
from gateway.web.console.guard import here
from gateway.web.pages.paging import page_of
from gateway.web.pages.surroundings import this_gateway

PEOPLE_PER_PAGE = 80

blueprint = Blueprint("roll", __name__, url_prefix="/c/<code>/roll")


@blueprint.get("")
@needs(Duty.ROLL)
def people() -> str:
    """Everybody on the roll, by code."""
    with this_gateway().db.read() as conn:
        everybody = views.residents(conn, here().id)
        page = page_of(everybody, request.args.get("page", ""), PEOPLE_PER_PAGE)
        reached = {one.resident_id: one for one in views.reach(conn, [person.id for person in page.items])}
    pairs = [(person, reached[person.id]) for person in page.items]
    return render_template("console/roll.html", people=pairs, total=len(everybody), page=page.number, pages=page.pages)
