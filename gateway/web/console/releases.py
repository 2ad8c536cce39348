"""What waits for a second person: agree to it, and it is carried out; or refuse it.

ACTIONS knows what each request means. Carrying out may be repeated: a request that was agreed to and then met a crash,
or a rule, stays on the list until it is done or withdrawn.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from flask import Blueprint, flash, redirect, render_template, url_for
from werkzeug.wrappers import Response as Redirect

from gateway.polls import actions as polls
from gateway.polls import closing, inviting
from gateway.polls import views as poll_views
from gateway.polls.model import PollState
from gateway.staff import releasing, views
from gateway.staff.model import Release
from gateway.web.console import panels, settings
from gateway.web.console.duties import Duty, needs
from gateway.web.console.guard import here, require, signed_in, speaker
from gateway.web.pages.surroundings import this_gateway

blueprint = Blueprint("releases", __name__, url_prefix="/c/<code>/releases")


@blueprint.get("")
@needs(None)
def releases() -> str:
    """Everything that waits for a second person in a community."""
    with this_gateway().db.read() as conn:
        found = views.waiting_releases(conn, here().id)
    return render_template("console/releases.html", releases=found)


@blueprint.post("/<int:number>/agreement")
@needs(Duty.AGREE)
def agree(number: int) -> Redirect:
    """Be the second person, and have it carried out."""
    gateway = this_gateway()
    with gateway.db.work() as tx:
        found = releasing.agree(tx, number, here().id, by=signed_in().name, at=gateway.ports.clock.now())
        tx.commit()
    ACTIONS[found.action](found)
    flash(speaker().say(f"console.releases.done.{found.action.replace('.', '_')}", subject=number_in(found)))
    return redirect(address_of(found), 303)


@blueprint.post("/<int:number>/withdrawal")
@needs(None)
def withdraw(number: int) -> Redirect:
    """Take it back, or refuse it."""
    gateway = this_gateway()
    with gateway.db.work() as tx:
        found = views.release(tx.connection, number, here().id)
        if found.asked_by != signed_in().name:
            require(Duty.AGREE)
        releasing.withdraw(tx, number, here().id, by=signed_in().name, at=gateway.ports.clock.now())
        tx.commit()
    flash(speaker().say("console.releases.withdrawn"))
    return redirect(address_of(found), 303)


def number_in(release: Release) -> str:
    """The number of what a request is about."""
    return release.subject.partition(":")[2]


def address_of(release: Release) -> str:
    """The page of what a request is about."""
    kind, _, number = release.subject.partition(":")
    if kind == "settings":
        return url_for("settings.settings", code=here().code)
    endpoint = {"poll": "polls.poll", "panel": "panels.panel"}[kind]
    return url_for(endpoint, code=here().code, number=int(number))


def _open_poll(release: Release) -> None:
    gateway, number = this_gateway(), int(number_in(release))
    with gateway.db.work() as tx:
        if poll_views.poll(tx.connection, number).state is PollState.DRAFT:
            polls.open_poll(tx, number, ports=gateway.ports, wording=gateway.wording)
            inviting.ask_for_votes(tx, number, at=gateway.ports.clock.now(), wording=gateway.wording)
        releasing.done(tx, release.id)
        tx.commit()


def _close_poll(release: Release) -> None:
    gateway, number = this_gateway(), int(number_in(release))
    with gateway.db.read() as conn:
        running = poll_views.poll(conn, number).state in (PollState.OPEN, PollState.CLOSING)
    if running:
        closing.close_poll(number, ports=gateway.ports, wording=gateway.wording)
    _note_done(release)


def _note_done(release: Release) -> None:
    with this_gateway().db.work() as tx:
        releasing.done(tx, release.id)
        tx.commit()


def _commit_panel(release: Release) -> None:
    with this_gateway().db.work() as tx:
        panels.carry_out_commitment(tx, release, int(number_in(release)))
        releasing.done(tx, release.id)
        tx.commit()


def _draw_panel(release: Release) -> None:
    number = int(number_in(release))
    response = panels.fetch_randomness(number)
    with this_gateway().db.work() as tx:
        panels.carry_out_draw(tx, release, number, response)
        releasing.done(tx, release.id)
        tx.commit()


def _change_terms(release: Release) -> None:
    with this_gateway().db.work() as tx:
        settings.carry_out_terms(tx, release)
        releasing.done(tx, release.id)
        tx.commit()


ACTIONS: Mapping[str, Callable[[Release], None]] = {
    "poll.open": _open_poll,
    "poll.close": _close_poll,
    "panel.commit": _commit_panel,
    "panel.draw": _draw_panel,
    "settings.terms": _change_terms,
}
