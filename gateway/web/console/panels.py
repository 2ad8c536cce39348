"""Panels: plan a draw, fix its list on the record, draw it on public randomness, invite, watch the answers come in.

Fixing the list and drawing take two people.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from flask import Blueprint, flash, redirect, render_template, request, url_for
from sqlalchemy.engine import Connection
from werkzeug.wrappers import Response as Redirect

from gateway.kernel.db import UnitOfWork
from gateway.kernel.errors import GatewayError, InputError, NotFound
from gateway.panels import actions, inviting, lottery, sources, views
from gateway.panels.model import Attribute, Panel, PanelDraft, PanelState, PoolRule, SeatRule, read_digits
from gateway.roll import views as roll
from gateway.staff import views as accounts
from gateway.staff.model import Release
from gateway.web.console.asking import ask_for_second
from gateway.web.console.duties import Duty, needs
from gateway.web.console.guard import here, speaker
from gateway.web.console.topics import find_topic
from gateway.web.pages.surroundings import this_gateway

blueprint = Blueprint("panels", __name__, url_prefix="/c/<code>/panels")


@blueprint.get("")
@needs(None)
def panels() -> str:
    """All panels of a community, newest first."""
    with this_gateway().db.read() as conn:
        found = views.panels(conn, here().id)[::-1]
    return render_template("console/panels.html", panels=found)


@blueprint.get("/new")
@needs(Duty.PANELS)
def new() -> str:
    """The form for a draw."""
    return render_template("console/panel_form.html", form=request.form, refusal="", attributes=list(Attribute))


@blueprint.post("")
@needs(Duty.PANELS)
def plan() -> Redirect | tuple[str, int]:
    """Keep a plan whose seats can be filled from today's roll."""
    gateway = this_gateway()
    try:
        with gateway.db.work() as tx:
            draft = _read_draft(tx.connection, request.form)
            number = actions.plan_panel(tx, draft, at=gateway.ports.clock.now())
            tx.commit()
    except GatewayError as error:
        said = speaker().explain(error)
        page = render_template("console/panel_form.html", form=request.form, refusal=said, attributes=list(Attribute))
        return page, 422
    return _done(number, "planned")


@blueprint.get("/<int:number>")
@needs(None)
def panel(number: int) -> str:
    """One panel: its strata, the commitment, the order drawn, and what became of each number."""
    now = this_gateway().ports.clock.now()
    with this_gateway().db.read() as conn:
        found = find_panel(conn, number)
        draft = found.state is PanelState.DRAFT
        return render_template(
            "console/panel.html",
            panel=found,
            strata=views.plan(conn, number, now).strata if draft else _commitment(found)["strata"],
            sha256="" if draft else lottery.sha256(dict(_commitment(found))),
            lots=[lot for lot in views.lots(conn, number) if lot.place is not None],
            names=_names(conn, number),
            release=_release(conn, number),
            chains=sorted(lottery.CHAINS),
        )


@blueprint.get("/<int:number>/live")
@needs(None)
def live(number: int) -> str:
    """The part of its page that changes while invitations are out."""
    with this_gateway().db.read() as conn:
        found = find_panel(conn, number)
        lots = [lot for lot in views.lots(conn, number) if lot.place is not None]
        return render_template("console/panel_live.html", panel=found, lots=lots, names=_names(conn, number))


@blueprint.post("/<int:number>/commitment")
@needs(Duty.PANELS)
def commit(number: int) -> Redirect:
    """Ask for the second person who lets the list be fixed and the coming randomness be announced."""
    terms = {name: request.form.get(name, "").strip() for name in ("chain", "lottery", "at")}
    with this_gateway().db.work() as tx:
        find_panel(tx.connection, number)
        source_of(terms, here().timezone)
        ask_for_second(tx, "panel.commit", f"panel:{number}", terms)
        tx.commit()
    return _done(number, "commit_asked")


@blueprint.post("/<int:number>/draw")
@needs(Duty.PANELS)
def draw(number: int) -> Redirect:
    """Ask for the second person who lets it be drawn with the randomness that was announced."""
    terms = {name: request.form.get(name, "").strip() for name in ("digits", "again", "witness")}
    with this_gateway().db.work() as tx:
        found = find_panel(tx.connection, number)
        if _commitment(found)["source"]["kind"] == "lottery":
            read_digits(terms["digits"])
        ask_for_second(tx, "panel.draw", f"panel:{number}", terms)
        tx.commit()
    return _done(number, "draw_asked")


@blueprint.post("/<int:number>/invitations")
@needs(Duty.PANELS)
def invite(number: int) -> Redirect:
    """Invite everybody drawn; whoever declines or keeps silent is followed by the next."""
    gateway = this_gateway()
    with gateway.db.work() as tx:
        find_panel(tx.connection, number)
        inviting.invite(tx, number, at=gateway.ports.clock.now(), wording=gateway.wording)
        tx.commit()
    return _done(number, "invited")


def carry_out_commitment(tx: UnitOfWork, release: Release, number: int) -> None:
    """Fix the list as was asked for; a panel that is fixed already stays as it is."""
    found = views.panel(tx.connection, number)
    if found.state is PanelState.DRAFT:
        zone = roll.community(tx.connection, release.community_id).timezone
        actions.commit_panel(tx, number, source_of(release.terms, zone), ports=this_gateway().ports)


def fetch_randomness(number: int) -> dict[str, Any] | None:
    """The round of a beacon that was announced; None when it was a lottery. Goes over the network."""
    with this_gateway().db.read() as conn:
        source = _commitment(views.panel(conn, number))["source"]
    return sources.fetch_round(source, url=sources.BEACON_URL) if source["kind"] == "drand" else None


def carry_out_draw(tx: UnitOfWork, release: Release, number: int, response: Mapping[str, Any] | None) -> None:
    """Draw as was asked for; a panel that is drawn already stays as it is."""
    now = this_gateway().ports.clock.now()
    if views.panel(tx.connection, number).state is not PanelState.COMMITTED:
        return
    if response is not None:
        actions.draw_by_beacon(tx, number, response, at=now)
    else:
        actions.draw_by_lottery(tx, number, _digits(release.terms), at=now)


def _digits(terms: Mapping[str, Any]) -> actions.LotteryDigits:
    return actions.LotteryDigits(terms["digits"], terms["again"], terms["witness"])


def source_of(terms: Mapping[str, Any], timezone: str) -> sources.Source:
    """The coming randomness that was chosen. InputError("form_time_unreadable", "panel_source_needed")."""
    try:
        moment = datetime.fromisoformat(terms["at"]).replace(tzinfo=ZoneInfo(timezone)).astimezone(UTC)
    except (ValueError, OverflowError):
        raise InputError("form_time_unreadable") from None
    if terms["lottery"]:
        return sources.lottery_draw(terms["lottery"], moment)
    if terms["chain"] in lottery.CHAINS:
        return sources.drand_at(terms["chain"], moment)
    raise InputError("panel_source_needed")


def find_panel(conn: Connection, number: int) -> Panel:
    """The panel of this community with that number. NotFound("panel_unknown")."""
    found = views.panel(conn, number)
    if found.draft.community_id != here().id:
        raise NotFound("panel_unknown", panel=number)
    return found


def _read_draft(conn: Connection, form: Mapping[str, str]) -> PanelDraft:
    about = form.get("topic", "").strip()
    try:
        seats, cap = int(form.get("seats", "")), int(form.get("household_cap") or 0)
        min_age = int(form.get("min_age") or 0)
        rule = SeatRule(form.get("rule", "largest"))
    except ValueError:
        raise InputError("form_unreadable") from None
    return PanelDraft(
        community_id=here().id,
        title=" ".join(form.get("title", "").split()),
        topic_id=find_topic(conn, about).id if about else None,
        seats=seats,
        strata=tuple(one for one in Attribute if form.get(f"by_{one}") == "yes"),
        rule=rule,
        household_cap=cap,
        pool=PoolRule(min_age=min_age),
    )


def _commitment(panel: Panel) -> Mapping[str, Any]:
    if panel.commitment is None:
        raise NotFound("panel_not_committed")
    return panel.commitment


def _names(conn: Connection, number: int) -> dict[int, str]:
    ids = [lot.resident_id for lot in views.lots(conn, number) if lot.place is not None]
    return {one.resident_id: one.name for one in roll.reach(conn, ids)}


def _release(conn: Connection, number: int) -> Release | None:
    asked = ("panel.commit", "panel.draw")
    found = (accounts.waiting_release(conn, here().id, action, f"panel:{number}") for action in asked)
    return next((one for one in found if one), None)


def _done(number: int, what: str) -> Redirect:
    flash(speaker().say(f"console.panel.{what}"))
    return redirect(url_for("panels.panel", code=here().code, number=number), 303)
