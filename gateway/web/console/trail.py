"""The trail: what was done at the desk, by whom, when; and whether a line of it was changed or taken out since."""

from __future__ import annotations

import csv
import io

from flask import Blueprint, Response, render_template, request

from gateway.staff import views
from gateway.web.console.duties import Duty, needs
from gateway.web.console.guard import here, speaker
from gateway.web.console.spreadsheets import plain_cell
from gateway.web.pages.paging import place_of
from gateway.web.pages.surroundings import this_gateway

LINES_PER_PAGE = 50
MOST_EXPORTED = 100_000

blueprint = Blueprint("trail", __name__, url_prefix="/c/<code>/trail")


@blueprint.get("")
@needs(Duty.TRAIL)
def trail() -> str:
    """The lines of a community, newest first."""
    with this_gateway().db.read() as conn:
        total = views.count_acts(conn, here().id)
        place = place_of(total, request.args.get("page", ""), LINES_PER_PAGE)
        lines = views.acts(conn, here().id, most=LINES_PER_PAGE, skip=place.before)
        broken = views.broken_at(conn) if place.number == 1 else None
    return render_template("console/trail.html", lines=lines, page=place.number, pages=place.pages, broken=broken)


@blueprint.get("/trail.csv")
@needs(Duty.TRAIL, noted=True)
def export() -> Response:
    """All lines as a table."""
    with this_gateway().db.read() as conn:
        lines = views.acts(conn, here().id, most=MOST_EXPORTED)
    file, voice = io.StringIO(), speaker()
    table = csv.writer(file)
    table.writerow([voice.say(f"console.trail.{name}") for name in ("at", "by", "role", "act", "subject", "status")])
    for one in lines:
        said = (one.at.isoformat(), one.by, one.role, voice.say(f"console.act.{one.act}"), one.subject, str(one.status))
        table.writerow([plain_cell(cell) for cell in said])
    headers = {"Content-Disposition": "attachment; filename=trail.csv"}
    return Response("\ufeff" + file.getvalue(), mimetype="text/csv", headers=headers)
