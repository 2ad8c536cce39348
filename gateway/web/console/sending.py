"""Writing to many: words, to whom, when; then what it would do and cost; then it goes, or waits for a second person."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as Redirect

from gateway.bootstrap import usual_rates
from gateway.kernel.errors import GatewayError, InputError
from gateway.messaging.money import write_amount
from gateway.notices import actions, views
from gateway.notices.model import LONGEST_WORDS, Audience, NoticeDraft, Outlook
from gateway.roll import audience as roll_audience
from gateway.roll.model import Channel
from gateway.web.console.duties import Duty, needs
from gateway.web.console.guard import here, signed_in, speaker
from gateway.web.console.speaking import written_languages
from gateway.web.pages.surroundings import this_gateway

blueprint = Blueprint("sending", __name__, url_prefix="/c/<code>/broadcasts/new")


@blueprint.get("")
@needs(Duty.SEND)
def write() -> str:
    """The form."""
    return _form()


@blueprint.post("/preview")
@needs(Duty.SEND)
def preview() -> str | tuple[str, int]:
    """Whom it would reach, how, for how much, until when; and whom not."""
    gateway = this_gateway()
    try:
        draft = read_draft(request.form)
        with gateway.db.read() as conn:
            found = views.outlook(
                conn,
                draft,
                at=gateway.ports.clock.now(),
                usual=usual_rates(gateway.settings),
                wording=gateway.wording,
            )
    except GatewayError as error:
        return _form(speaker().explain(error)), 422
    return _form(outlook=found)


@blueprint.post("")
@needs(Duty.SEND)
def send() -> Redirect | tuple[str, int]:
    """Send it, or keep it for its hour or its second person."""
    gateway = this_gateway()
    try:
        draft = read_draft(request.form)
        with gateway.db.work() as tx:
            written = actions.write_notice(tx, draft, at=gateway.ports.clock.now(), wording=gateway.wording)
            tx.commit()
    except GatewayError as error:
        return _form(speaker().explain(error)), 422
    what = "needs_second" if written.needs_second else "scheduled" if written.send_at else "started"
    flash(speaker().say(f"console.sending.{what}"))
    return redirect(url_for("broadcasts.broadcast", code=here().code, number=written.series), 303)


def read_draft(form: Mapping[str, str]) -> NoticeDraft:
    """The notice that was filled in. InputError("broadcast_empty", "send_time_unreadable", "form_unreadable")."""
    fields = {code: form.get(f"words_{code}", "").strip() for code, _ in written_languages()}
    about = form.get("about", "").strip()
    try:
        channel = Channel(form["channel"]) if form.get("channel") else None
    except ValueError:
        raise InputError("form_unreadable") from None
    return NoticeDraft(
        community_id=here().id,
        words={code: words for code, words in fields.items() if words},
        audience=Audience(
            parts=(about,) if about else (),
            groups=(form["group"],) if form.get("group") else (),
            language=form.get("language", ""),
            channel=channel,
        ),
        by=signed_in().name,
        calls=form.get("calls") == "yes",
        send_at=_moment(form.get("send_at", ""), here().timezone),
    )


def _moment(text: str, timezone: str) -> datetime | None:
    if not text:
        return None
    try:
        return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(timezone)).astimezone(UTC)
    except (ValueError, OverflowError):
        raise InputError("send_time_unreadable") from None


def _form(refusal: str = "", outlook: Outlook | None = None) -> str:
    with this_gateway().db.read() as conn:
        groups, _ = roll_audience.names_in_use(conn, [here().id])
    return render_template(
        "console/sending.html",
        form=request.form,
        refusal=refusal,
        outlook=outlook,
        one=next(iter(outlook.previews.values())) if outlook else None,
        amount=write_amount,
        groups=sorted(groups),
        longest=LONGEST_WORDS,
    )
