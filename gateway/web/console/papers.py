"""Batches of paper ballots that two people enter one after the other; what waits in between nobody can read.

The second person enters the batch without seeing the first entry. Where they differ the codes are named, and the first
entry goes on waiting; when they agree all are cast at once.
"""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as Redirect

from gateway.conversation.contexts import poll_context
from gateway.conversation.understanding.parse import answers_poll
from gateway.polls import paper, waiting
from gateway.polls.model import Poll
from gateway.polls.paper import Entry
from gateway.web.console.duties import Duty, needs
from gateway.web.console.guard import here, signed_in, speaker
from gateway.web.console.in_person import lead_to, open_poll, show_once
from gateway.web.pages.surroundings import this_gateway

blueprint = Blueprint("papers", __name__, url_prefix="/c/<code>/polls/<int:number>/papers")


@blueprint.get("")
@needs(Duty.POLLS)
def papers(number: int) -> str:
    """The batches that wait for a second person, and the form for another one."""
    with this_gateway().db.read() as conn:
        found, batches = open_poll(conn, number), waiting.waiting(conn, number)
    return render_template("console/papers.html", poll=found, batches=batches, most=waiting.MOST_PAPERS)


@blueprint.post("/first")
@needs(Duty.POLLS)
def enter_first(number: int) -> Redirect:
    """Keep the first entry of a batch."""
    gateway, batch = this_gateway(), request.form.get("batch", "")
    with gateway.db.read() as conn:
        entry = _entry(open_poll(conn, number))
    kept = waiting.enter_first(number, batch, entry, ports=gateway.ports)
    until = speaker().moment(kept.until, here().timezone)
    flash(speaker().say("ballot_desk.papers.waits_now", batch=kept.batch, until=until))
    return lead_to(url_for("papers.papers", code=here().code, number=number))


@blueprint.get("/<int:batch>")
@needs(Duty.POLLS)
def compare(number: int, batch: int) -> str:
    """The form for the second person."""
    with this_gateway().db.read() as conn:
        found, first = open_poll(conn, number), waiting.waiting_batch(conn, number, batch)
    return render_template("console/papers_second.html", poll=found, first=first)


@blueprint.post("/<int:batch>")
@needs(Duty.POLLS)
def enter_second(number: int, batch: int) -> Redirect:
    """Compare, and cast what two people have entered alike."""
    gateway = this_gateway()
    with gateway.db.read() as conn:
        entry = _entry(open_poll(conn, number))
    return show_once(number, waiting.enter_second(number, batch, entry, ports=gateway.ports))


@blueprint.post("/<int:batch>/withdrawal")
@needs(Duty.POLLS)
def withdraw(number: int, batch: int) -> Redirect:
    """Destroy a first entry."""
    gateway = this_gateway()
    with gateway.db.read() as conn:
        open_poll(conn, number)
    name = waiting.withdraw(number, batch, ports=gateway.ports)
    flash(speaker().say("ballot_desk.papers.withdrawn", batch=name))
    return redirect(url_for("papers.papers", code=here().code, number=number), 303)


def _entry(poll: Poll) -> Entry:
    """What was typed, understood as a text would be."""
    context = poll_context(poll, speaker().language)
    return paper.read_lines(
        signed_in().name, request.form.get("papers", ""), lambda words: answers_poll(words, context)
    )
