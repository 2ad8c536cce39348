"""The roll: look somebody up, correct, remove, give a new PIN, each with a reason. Numbers are masked on every page.

Names are looked for by a form and not by an address, for addresses are kept by browsers and proxies.
"""

from __future__ import annotations

import csv
import io

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from sqlalchemy.engine import Connection
from werkzeug.wrappers import Response as Redirect

from gateway.kernel.errors import InputError, NotFound
from gateway.kernel.phones import region_of
from gateway.record.actions import append
from gateway.roll import actions, views
from gateway.roll.changing import change_resident
from gateway.roll.model import ChangeKind, Community, MadeCode
from gateway.roll.views import ResidentDetails
from gateway.web.console.duties import Duty, needs
from gateway.web.console.guard import here, signed_in, speaker
from gateway.web.console.spreadsheets import plain_cell
from gateway.web.pages.paging import place_of
from gateway.web.pages.surroundings import this_gateway

PEOPLE_PER_PAGE = 60
MOST_CHANGES = 100

blueprint = Blueprint("roll", __name__, url_prefix="/c/<code>/roll")


@blueprint.get("")
@needs(Duty.ROLL)
def people() -> str:
    """Everybody on the roll, by code."""
    return _list(request.args.get("page", ""), "")


@blueprint.post("/search")
@needs(Duty.ROLL)
def search() -> str:
    """Whose name, code or household has these letters."""
    return _list("1", request.form.get("like", "").strip())


@blueprint.get("/<int:person>")
@needs(Duty.ROLL)
def person(person: int) -> str:
    """One person, and what may be changed."""
    with this_gateway().db.read() as conn:
        found = _person(conn, person)
        changes = [one for one in views.roll_changes(conn, here().id) if one.resident_code == found.resident.code]
    return render_template("console/person.html", found=found, changes=changes)


@blueprint.post("/<int:person>")
@needs(Duty.ROLL_CHANGE)
def change(person: int) -> Redirect:
    """Correct what is written about somebody."""
    gateway = this_gateway()
    with gateway.db.work() as tx:
        _person(tx.connection, person)
        change_resident(
            tx,
            person,
            request.form,
            region=region_here(),
            reason=request.form.get("reason", ""),
            by=signed_in().name,
            at=gateway.ports.clock.now(),
        )
        tx.commit()
    flash(speaker().say("console.person.changed"))
    return redirect(url_for("roll.person", code=here().code, person=person), 303)


@blueprint.post("/<int:person>/pin")
@needs(Duty.ROLL_CHANGE)
def reset_pin(person: int) -> str:
    """A new PIN, on a letter to print; it is shown this once."""
    ports, reason = this_gateway().ports, request.form.get("reason", "")
    with ports.db.work() as tx:
        found = _person(tx.connection, person)
        pin = actions.reset_pin(tx, person, randomness=ports.randomness, secret=ports.secret)
        by, now = signed_in().name, ports.clock.now()
        actions.note_change(tx, here().id, ChangeKind.RESET_PIN, reason=reason, by=by, at=now, resident_id=person)
        tx.commit()
    made = MadeCode(found.resident.name, found.resident.code, pin)
    return render_template("console/letters.html", letters=[made])


@blueprint.post("/<int:person>/removal")
@needs(Duty.ROLL_CHANGE)
def remove(person: int) -> Redirect:
    """Take somebody off the roll."""
    ports = this_gateway().ports
    if request.form.get("sure") != "yes":
        raise InputError("sure_missing")
    with ports.db.work() as tx:
        found = _person(tx.connection, person)
        now = ports.clock.now()
        actions.remove_resident(tx, person, reason=request.form.get("reason", ""), by=signed_in().name, at=now)
        size = views.roll_size(tx.connection, here().id)
        append(tx, "roll.removed", f"community:{here().code}", {"removed": 1, "size": size}, at=now)
        tx.commit()
    flash(speaker().say("console.person.removed", name=found.resident.name))
    return redirect(url_for("roll.people", code=here().code), 303)


@blueprint.get("/changes")
@needs(Duty.ROLL)
def changes() -> str:
    """What was done to the roll, why and by whom, newest first."""
    with this_gateway().db.read() as conn:
        found = views.roll_changes(conn, here().id)[::-1]
    return render_template("console/roll_changes.html", changes=found[:MOST_CHANGES], total=len(found))


@blueprint.get("/roll.csv")
@needs(Duty.ROLL_CHANGE, noted=True)
def export() -> Response:
    """The roll as a table, as `roll import` reads it, without PINs."""
    with this_gateway().db.read() as conn:
        everybody = views.residents(conn, here().id)
        reached = {one.resident_id: one for one in views.reach(conn, [one.id for one in everybody])}
    file = io.StringIO()
    table = csv.writer(file)
    table.writerow(["code", "name", "phone", "household", "group", "language", "channel", "consent"])
    for one in everybody:
        reach = reached[one.id]
        phones = " ".join(number.e164 for number in reach.phones)
        consent = "yes" if reach.consent else "no"
        cells = (one.code, one.name, phones, one.household, one.group, one.language, str(one.channel), consent)
        # A number begins with a plus and is no formula; the importer reads it with or without the apostrophe's help.
        table.writerow([cell if cell == phones else plain_cell(cell) for cell in cells])
    headers = {"Content-Disposition": "attachment; filename=roll.csv"}
    return Response("\ufeff" + file.getvalue(), mimetype="text/csv", headers=headers)


def region_here() -> str | None:
    """The country whose numbers may be written here without its code."""
    community: Community = here()
    return region_of(community.line) if community.line else None


def _list(wanted: str, like: str) -> str:
    with this_gateway().db.read() as conn:
        total = views.count_residents(conn, here().id, like)
        place = place_of(total, wanted, PEOPLE_PER_PAGE)
        found = views.residents_page(conn, here().id, most=PEOPLE_PER_PAGE, skip=place.before, like=like)
        reached = {one.resident_id: one for one in views.reach(conn, [one.id for one in found])}
    pairs = [(one, reached[one.id]) for one in found]
    return render_template(
        "console/roll.html", people=pairs, total=total, page=place.number, pages=place.pages, like=like
    )


def _person(conn: Connection, person: int) -> ResidentDetails:
    found = views.resident_details(conn, person)
    if found.resident.community_id != here().id:
        raise NotFound("resident_unknown")
    return found
