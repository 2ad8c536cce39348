"""The plan for a topic: steps with a day and somebody who answers for each; kept, put off, handed over, given up."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, time
from zoneinfo import ZoneInfo

from flask import Blueprint, flash, redirect, render_template, request, url_for
from sqlalchemy.engine import Connection
from werkzeug.wrappers import Response as Redirect

from gateway.followup import confirming, planning, views
from gateway.followup.model import Bearer, DueChange, MilestoneDraft, Plan, PlanDraft, Responsible
from gateway.followup.views import Promise
from gateway.kernel.db import UnitOfWork
from gateway.kernel.errors import GatewayError, InputError
from gateway.roll import views as roll
from gateway.staff import views as accounts
from gateway.topics.model import Stage, Topic
from gateway.web.console.duties import Duty, needs
from gateway.web.console.guard import here, signed_in, speaker
from gateway.web.console.speaking import written_languages
from gateway.web.console.topics import find_topic
from gateway.web.pages.surroundings import this_gateway

# Steps that the form for a plan has room for; more are added afterwards.
STEPS = 3
# A step that is due on a day is overdue when the day is over.
END_OF_DAY = time(23, 59)

blueprint = Blueprint("planning", __name__, url_prefix="/c/<code>/topics/<number>/plan")


@blueprint.get("")
@needs(None)
def plan(number: str) -> str:
    """What was promised about a topic, how it stands, and what residents say of it."""
    return _page(number)


@blueprint.post("")
@needs(Duty.FOLLOW_UP)
def make(number: str) -> Redirect | tuple[str, int]:
    """Promise it; everybody concerned is told, unless it is kept to the web."""
    gateway, quiet = this_gateway(), request.form.get("quiet") == "yes"

    def verb(tx: UnitOfWork, found: Topic) -> object:
        filled = [at for at in range(1, STEPS + 1) if at == 1 or _words(f"step{at}") or request.form.get(f"due{at}")]
        draft = PlanDraft(
            topic_id=found.id,
            words=_words("words"),
            milestones=tuple(_milestone(str(at)) for at in filled),
            ask_everyone=request.form.get("ask_everyone") == "yes",
        )
        return planning.make_plan(tx, draft, at=gateway.ports.clock.now(), wording=gateway.wording, quiet=quiet)

    return _do(number, verb, "made")


@blueprint.post("/steps")
@needs(Duty.FOLLOW_UP)
def add(number: str) -> Redirect | tuple[str, int]:
    """Promise one step more."""
    now = this_gateway().ports.clock.now()
    return _do(number, lambda tx, found: planning.add_milestone(tx, found.id, _milestone("1"), at=now), "added")


@blueprint.post("/steps/<int:step>/day")
@needs(Duty.FOLLOW_UP)
def change_due(number: str, step: int) -> Redirect | tuple[str, int]:
    """Promise another day, for a reason that everybody concerned is told."""
    gateway, by = this_gateway(), signed_in().name

    def verb(tx: UnitOfWork, found: Topic) -> object:
        now, due = gateway.ports.clock.now(), _day(request.form.get("due", ""))
        reason = request.form.get("reason", "")
        return planning.change_due(tx, found.id, step, due, reason, at=now, wording=gateway.wording, by=by)

    return _do(number, verb, "changed")


@blueprint.post("/steps/<int:step>/kept")
@needs(Duty.FOLLOW_UP)
def keep(number: str, step: int) -> Redirect | tuple[str, int]:
    """A step is done."""
    now = this_gateway().ports.clock.now()
    return _do(number, lambda tx, found: planning.keep_milestone(tx, found.id, step, at=now), "kept")


@blueprint.post("/steps/<int:step>/given-up")
@needs(Duty.FOLLOW_UP)
def drop(number: str, step: int) -> Redirect | tuple[str, int]:
    """A step will not be done, for a reason that the public can read."""
    now, by, reason = this_gateway().ports.clock.now(), signed_in().name, request.form.get("reason", "")
    return _do(number, lambda tx, found: planning.drop_milestone(tx, found.id, step, reason, at=now, by=by), "dropped")


@blueprint.post("/steps/<int:step>/bearer")
@needs(Duty.FOLLOW_UP)
def hand_over(number: str, step: int) -> Redirect | tuple[str, int]:
    """Somebody else answers for a step from now on."""
    now = this_gateway().ports.clock.now()
    return _do(number, lambda tx, found: planning.hand_over(tx, found.id, step, _bearer(""), at=now), "handed_over")


@blueprint.post("/asking")
@needs(Duty.FOLLOW_UP)
def ask_now(number: str) -> Redirect | tuple[str, int]:
    """Ask residents whether it is really done, without waiting."""
    gateway = this_gateway()
    now = gateway.ports.clock.now()
    return _do(number, lambda tx, found: confirming.ask_now(tx, found.id, at=now, wording=gateway.wording), "asking")


def _do(number: str, verb: Callable[[UnitOfWork, Topic], object], what: str) -> Redirect | tuple[str, int]:
    """One verb in one transaction, then back to the page; what was typed stays when it is refused."""
    try:
        with this_gateway().db.work() as tx:
            found = find_topic(tx.connection, number)
            verb(tx, found)
            tx.commit()
    except GatewayError as error:
        return _page(number, speaker().explain(error)), 422
    flash(speaker().say(f"followup_desk.done.{what}"))
    return redirect(url_for("planning.plan", code=here().code, number=found.number), 303)


def _page(number: str, refusal: str = "") -> str:
    now = this_gateway().ports.clock.now()
    with this_gateway().db.read() as conn:
        topic = find_topic(conn, number)
        found = views.plan_of(conn, topic.id)
        completions = views.completions_of(conn, topic.id)
        return render_template(
            "console/plan.html",
            topic=topic,
            plan=found,
            refusal=refusal,
            form=request.form,
            steps=_steps(conn, topic, found, now) if found else [],
            changes=_changes(conn, found) if found else {},
            completions=completions,
            ask_after=views.terms_of(conn, here().id).ask_after,
            may_ask=topic.stage is Stage.DONE and not (completions and completions[-1].asked_at),
            bearers=_bearers(conn),
            rows=range(1, STEPS + 1),
        )


def _steps(conn: Connection, topic: Topic, plan: Plan, now: datetime) -> list[Promise]:
    return [Promise(topic, one, one.light(now), views.bearer_name(conn, one.responsible)) for one in plan.milestones]


def _changes(conn: Connection, plan: Plan) -> Mapping[int, list[DueChange]]:
    found: dict[int, list[DueChange]] = {}
    for one in views.due_changes(conn, plan):
        found.setdefault(one.milestone_id, []).append(one)
    return found


def _bearers(conn: Connection) -> list[tuple[str, str]]:
    """Who can answer for a step besides an office: guests of the community and of the one above, accounts of staff."""
    above = here().parent_id
    places = [here().id] if above is None else [here().id, above]
    guests = [(f"guest:{one.id}", one.name) for place in places for one in roll.guests(conn, place)]
    staff = [one for one in accounts.all_staff(conn) if not one.disabled]
    mine = [one for one in staff if accounts.role_in(conn, one, here().id, here().parent_id)]
    return [*guests, *((f"staff:{one.name}", one.name) for one in mine)]


def _words(name: str) -> dict[str, str]:
    """What was written in the fields of that name, per language; languages without any are left out."""
    fields = {code: request.form.get(f"{name}_{code}", "").strip() for code, _ in written_languages()}
    return {code: words for code, words in fields.items() if words}


def _milestone(at: str) -> MilestoneDraft:
    return MilestoneDraft(_words(f"step{at}"), _day(request.form.get(f"due{at}", "")), _bearer(at))


def _bearer(at: str) -> Responsible:
    """Whoever was chosen, else the office that was written. InputError("form_unreadable")."""
    chosen = request.form.get(f"bearer{at}", "")
    kind, _, which = chosen.partition(":")
    if not chosen:
        return Responsible(Bearer.OFFICE, request.form.get(f"office{at}", ""))
    if kind == Bearer.GUEST and which.isascii() and which.isdigit():
        return Responsible(Bearer.GUEST, guest_id=int(which))
    if kind == Bearer.STAFF:
        return Responsible(Bearer.STAFF, which)
    raise InputError("form_unreadable")


def _day(text: str) -> datetime:
    try:
        day = datetime.fromisoformat(text).date()
        return datetime.combine(day, END_OF_DAY, ZoneInfo(here().timezone)).astimezone(UTC)
    except (ValueError, OverflowError):
        raise InputError("form_time_unreadable") from None
