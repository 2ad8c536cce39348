"""The addresses that carriers call. Each view checks, reads, calls one use case and renders its answer."""

from __future__ import annotations

from urllib.parse import quote

from flask import Blueprint, Response, abort, current_app, request

from gateway.bootstrap import call_back_limits
from gateway.carriers.port import CallStep, IncomingCall
from gateway.conversation.calls import receive_answered_call, receive_call
from gateway.conversation.calls.missed import take_missed_call
from gateway.conversation.calls.sounds import open_sound
from gateway.conversation.texts import receive_text
from gateway.kernel.errors import NotFound
from gateway.messaging.taking import take_report
from gateway.topics.recordings import read_recording
from gateway.web.hooks.prompts import voiced
from gateway.web.hooks.refusals import refuse_kindly, xml
from gateway.web.hooks.requests import checked_request
from gateway.web.pages.surroundings import this_gateway

FLOWS = "xiangyin.flows"
FROZEN = "xiangyin.frozen_polls"
LONGEST_NUMBER = 18

blueprint = Blueprint("hooks", __name__, url_prefix="/twilio")
refuse_kindly(blueprint)


@blueprint.post("/sms")
def text() -> Response:
    """A text from a resident; the answer goes back at once."""
    gateway = this_gateway()
    incoming = gateway.carrier.read_text(checked_request())
    answers = receive_text(
        incoming,
        ports=gateway.ports,
        wording=gateway.wording,
        carrier_name=gateway.carrier.name,
        frozen=current_app.extensions[FROZEN],
    )
    return xml(gateway.carrier.render_reply(answers))


@blueprint.post("/voice")
def call() -> Response:
    """A call that begins: answered, or on a line for missed calls rejected and called back."""
    gateway, incoming = this_gateway(), _incoming_call()
    missed = take_missed_call(
        incoming,
        ports=gateway.ports,
        wording=gateway.wording,
        limits=call_back_limits(gateway.settings),
        carrier_name=gateway.carrier.name,
    )
    return _say_next(incoming, token=None) if missed is None else _spoken(missed, incoming)


@blueprint.post("/voice/step")
def call_step() -> Response:
    """A later step of any call; `t` is its sealed state."""
    incoming = _incoming_call()
    return _say_next(incoming, token=request.args.get("t", ""))


@blueprint.post("/voice/outbound")
def answered_call() -> Response:
    """Somebody has answered a call of ours; `a` is the delivery attempt."""
    gateway = this_gateway()
    incoming = _incoming_call()
    attempt_id = _attempt_id()
    if attempt_id is None:
        abort(400, "attempt")
    steps = receive_answered_call(
        incoming,
        attempt_id,
        None,
        ports=gateway.ports,
        wording=gateway.wording,
        flows=current_app.extensions[FLOWS],
        action_url=_action_url,
        sound_url=_sound_url,
        frozen=current_app.extensions[FROZEN],
    )
    return _spoken(steps, incoming)


@blueprint.get("/voice/sound")
def sound() -> Response:
    """A recording to be played in a call; `s` is its sealed address: only we can make it, and it lasts an hour."""
    gateway = this_gateway()
    ports = gateway.ports
    wanted = open_sound(request.args.get("s", ""), sealer=ports.call_sealer, now=ports.clock.now())
    if wanted is None:
        abort(404)
    try:
        heard = read_recording(
            wanted.recording_id, folder=gateway.settings.data_dir / "recordings", secret=ports.secret
        )
    except NotFound:
        # It is still at the carrier: the caller has only just spoken.
        heard = gateway.carrier.fetch_recording(wanted.carrier_recording_id)
    return Response(heard, mimetype="audio/wav")


@blueprint.post("/status/message")
def text_status() -> Response:
    """How far a text of ours has come."""
    return _take_status("text")


@blueprint.post("/status/call")
def call_status() -> Response:
    """How far a call of ours has come."""
    return _take_status("call")


def _incoming_call() -> IncomingCall:
    return this_gateway().carrier.read_call(checked_request())


def _say_next(incoming: IncomingCall, *, token: str | None) -> Response:
    gateway = this_gateway()
    steps = receive_call(
        incoming,
        token,
        ports=gateway.ports,
        wording=gateway.wording,
        flows=current_app.extensions[FLOWS],
        action_url=_action_url,
        sound_url=_sound_url,
        frozen=current_app.extensions[FROZEN],
    )
    return _spoken(steps, incoming)


def _spoken(steps: list[CallStep], incoming: IncomingCall) -> Response:
    return xml(this_gateway().carrier.render_call(voiced(steps, incoming)))


def _action_url(token: str) -> str:
    return f"{this_gateway().settings.public_url}/twilio/voice/step?t={quote(token, safe='')}"


def _sound_url(token: str) -> str:
    return f"{this_gateway().settings.public_url}/twilio/voice/sound?s={quote(token, safe='')}"


def _attempt_id() -> int | None:
    """The number in `a`, which we wrote there; None when it is missing or was never a number of ours."""
    text = request.args.get("a", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) <= LONGEST_NUMBER else None


def _take_status(kind: str) -> Response:
    """Take in a report once: copies carry the same name and status, and change nothing."""
    gateway = this_gateway()
    report = gateway.carrier.read_status(checked_request())
    ports = gateway.ports
    key = ports.secret.hash("inbox", f"{gateway.carrier.name}|{kind}_status|{report.carrier_id}|{report.status}")
    take_report(ports.db, key, report, _attempt_id(), now=ports.clock.now())
    return Response(status=204)
