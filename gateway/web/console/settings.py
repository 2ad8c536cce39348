"""Settings of one community: what sending costs and from when on two people must agree, the hours, the free days.

Money and the number of people from which on two must agree are changed by two people.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from datetime import date

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as Redirect

from gateway.kernel.db import UnitOfWork
from gateway.kernel.errors import InputError
from gateway.messaging import calendars, spending, views
from gateway.messaging.money import Terms, parse_amount, write_amount
from gateway.messaging.windows import Hours, parse_hours
from gateway.roll.model import Channel
from gateway.staff import views as accounts
from gateway.staff.model import Release
from gateway.web.console.asking import ask_for_second
from gateway.web.console.duties import Duty, needs
from gateway.web.console.guard import here, speaker
from gateway.web.pages.surroundings import this_gateway

SUBJECT = "settings:0"
LONGEST_CURRENCY = 3

blueprint = Blueprint("settings", __name__, url_prefix="/c/<code>/settings")


@blueprint.get("")
@needs(Duty.SETTINGS)
def settings() -> str:
    """Everything that can be set for this community, and who works for it."""
    gateway = this_gateway()
    with gateway.db.read() as conn:
        people = [(one, accounts.role_in(conn, one, here().id, here().parent_id)) for one in accounts.all_staff(conn)]
        return render_template(
            "console/settings.html",
            terms=views.terms_of(conn, here().id),
            spent=views.spent(conn, here().id, gateway.ports.clock.now()),
            amount=write_amount,
            calendar=calendars.calendar(conn, here().id),
            holidays=calendars.holidays(conn, here().id),
            channels=list(Channel),
            people=[(one, role) for one, role in people if role],
            release=accounts.waiting_release(conn, here().id, "settings.terms", SUBJECT),
        )


@blueprint.post("/terms")
@needs(Duty.SETTINGS)
def change_terms() -> Redirect:
    """Ask for the second person who lets prices, cap and the number for two people change."""
    terms = _read_terms(request.form)
    with this_gateway().db.work() as tx:
        ask_for_second(tx, "settings.terms", SUBJECT, asdict(terms))
        tx.commit()
    return _done("terms_asked")


@blueprint.post("/hours")
@needs(Duty.SETTINGS)
def change_hours() -> Redirect:
    """When people may be texted, when called."""
    with this_gateway().db.work() as tx:
        for channel in Channel:
            calendars.set_hours(tx, here().id, channel, _read_hours(request.form, channel))
        tx.commit()
    return _done("hours_set")


@blueprint.post("/holidays")
@needs(Duty.SETTINGS)
def add_holidays() -> Redirect:
    """Keep some days free."""
    first, last = _read_days(request.form)
    with this_gateway().db.work() as tx:
        calendars.add_holidays(tx, here().id, first, last, request.form.get("name", ""))
        tx.commit()
    return _done("holidays_set")


@blueprint.post("/holidays/removal")
@needs(Duty.SETTINGS)
def remove_holiday() -> Redirect:
    """Open a day again."""
    first, last = _read_days(request.form)
    with this_gateway().db.work() as tx:
        calendars.remove_holidays(tx, here().id, first, last)
        tx.commit()
    return _done("holidays_set")


def carry_out_terms(tx: UnitOfWork, release: Release) -> None:
    """Set prices, cap and number as was asked for."""
    spending.set_terms(tx, release.community_id, Terms(**release.terms))


def _read_terms(form: Mapping[str, str]) -> Terms:
    cap, people = form.get("cap", "").strip(), form.get("two_people_from", "").strip()
    if not (people.isascii() and people.isdigit() and int(people) > 0):
        raise InputError("form_unreadable")
    return Terms(
        currency=form.get("currency", "").strip().upper()[:LONGEST_CURRENCY] or "CNY",
        segment_price=parse_amount(form.get("segment", "") or "0"),
        minute_price=parse_amount(form.get("minute", "") or "0"),
        monthly_cap=parse_amount(cap) if cap else None,
        two_people_from=int(people),
    )


def _read_hours(form: Mapping[str, str], channel: Channel) -> Hours:
    return parse_hours(f"{form.get(f'{channel}_opens', '')}-{form.get(f'{channel}_closes', '')}")


def _read_days(form: Mapping[str, str]) -> tuple[date, date]:
    try:
        first = date.fromisoformat(form.get("first", ""))
        return first, date.fromisoformat(form.get("last") or form["first"])
    except (KeyError, ValueError):
        raise InputError("form_time_unreadable") from None


def _done(what: str) -> Redirect:
    flash(speaker().say(f"console.settings.{what}"))
    return redirect(url_for("settings.settings", code=here().code), 303)
