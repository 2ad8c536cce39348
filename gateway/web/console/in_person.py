"""Votes of people who stand at the desk: who it is, what they choose, and the receipt, which is shown once.

The person is named in forms and never in an address, so that the trail says that somebody voted and not who. What they
choose is in one request alone: it comes back in no page, and the answer leads on to a page that can be loaded again.
"""

from __future__ import annotations

from dataclasses import dataclass

from flask import Blueprint, Response, abort, redirect, render_template, request, session, url_for
from sqlalchemy.engine import Connection
from werkzeug.wrappers import Response as Redirect

from gateway.kernel.errors import NotFound, RuleError
from gateway.polls import paper, views
from gateway.polls.model import Poll, PollState, read_marks
from gateway.roll import views as roll
from gateway.roll.model import Resident
from gateway.web.console.duties import Duty, needs
from gateway.web.console.guard import here
from gateway.web.pages.speaking import Speaker
from gateway.web.pages.surroundings import this_gateway

MOST_FOUND = 8
# In the session, for the one page that shows them.
_SHOWN_ONCE = "receipts"


@dataclass(frozen=True)
class Slip:
    """A receipt to hand out: whose it is, and what speaks their language."""

    person: Resident
    receipt: str
    speaker: Speaker


blueprint = Blueprint("in_person", __name__, url_prefix="/c/<code>/polls/<int:number>")


@blueprint.get("/desk")
@needs(Duty.POLLS)
def desk(number: int) -> str:
    """Ask who is here."""
    with this_gateway().db.read() as conn:
        return _page(open_poll(conn, number))


@blueprint.post("/desk/person")
@needs(Duty.POLLS)
def find(number: int) -> str:
    """Show who it is, with the ballot; or several to choose from."""
    with this_gateway().db.read() as conn:
        found, like = open_poll(conn, number), request.form.get("like", "").strip()
        people = _people(conn, like)
        if len(people) != 1:
            return _page(found, like=like, people=people)
        return _ballot(conn, found, people[0])


@blueprint.post("/desk/vote")
@needs(Duty.POLLS)
def vote(number: int) -> Redirect:
    """Cast it, and lead on to the receipt."""
    ports, code = this_gateway().ports, request.form.get("person", "")
    with ports.db.work() as tx:
        choice = read_marks(open_poll(tx.connection, number).form, request.form)
        receipt = paper.cast_in_person(tx, number, code, choice, ports=ports)
        tx.commit()
    return show_once(number, {code: receipt})


@blueprint.get("/receipts")
@needs(Duty.POLLS)
def receipts(number: int) -> str:
    """The receipts of what was just cast, to be printed; the next time there are none."""
    with this_gateway().db.read() as conn:
        found = poll_here(conn, number)
        kept = session.pop(_SHOWN_ONCE, None) or {}
        given = kept.get("given", {}) if kept.get("poll") == number else {}
        slips = [_slip(conn, code, receipt) for code, receipt in sorted(given.items())]
    return render_template("console/receipts.html", poll=found, slips=slips)


def poll_here(conn: Connection, number: int) -> Poll:
    """A poll of this community; 404 for another's."""
    found = views.poll(conn, number)
    if found.community_id != here().id:
        abort(404)
    return found


def open_poll(conn: Connection, number: int) -> Poll:
    """The same, that takes votes; RuleError("poll_not_open")."""
    found = poll_here(conn, number)
    if found.state is not PollState.OPEN:
        raise RuleError("poll_not_open", poll=number)
    return found


def show_once(number: int, given: dict[str, str]) -> Redirect:
    """Lead on to the page that shows these receipts by code, once."""
    session[_SHOWN_ONCE] = {"poll": number, "given": given}
    return lead_to(url_for("in_person.receipts", code=here().code, number=number))


def lead_to(address: str) -> Redirect:
    """Lead on after a form; our own script, which sent it without leaving the page, is told so in a header."""
    if request.headers.get("HX-Request"):
        return Response("", 200, {"HX-Redirect": address})
    return redirect(address, 303)


def _people(conn: Connection, like: str) -> list[Resident]:
    """Whoever has that code; else those whose name, code or household has it in it."""
    if not like:
        return []
    alone = roll.resident_by_code(conn, here().id, like)
    return [alone] if alone else roll.residents_page(conn, here().id, most=MOST_FOUND + 1, skip=0, like=like)


def _ballot(conn: Connection, poll: Poll, person: Resident) -> str:
    return _page(poll, person=person, has_vote=views.is_elector(conn, poll.number, person.id))


def _page(poll: Poll, **shown: object) -> str:
    return render_template("console/in_person.html", poll=poll, most=MOST_FOUND, **shown)


def _slip(conn: Connection, code: str, receipt: str) -> Slip:
    found = roll.resident_by_code(conn, here().id, code)
    if found is None:
        raise NotFound("resident_unknown")
    wording = this_gateway().wording
    return Slip(found, receipt, Speaker(wording, wording.language_for(found.language)))
