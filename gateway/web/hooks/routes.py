"""The addresses that carriers call. Each view checks, reads, calls one use case and renders its answer."""

from __future__ import annotations

from flask import Blueprint, Response, abort, current_app, request

from gateway.bootstrap import call_back_limits
from gateway.carriers.port import IncomingCall
from gateway.conversation.calls import receive_answered_call
from gateway.conversation.calls.missed import take_missed_call
from gateway.conversation.calls.sounds import open_sound
from gateway.kernel.errors import NotFound
from gateway.topics.recordings import read_recording
from gateway.web.hooks.answering import Answering, attempt_id
from gateway.web.hooks.refusals import refuse_kindly, xml
from gateway.web.hooks.requests import checked_request
from gateway.web.pages.surroundings import this_gateway

FLOWS = "xiangyin.flows"
ANSWERING = "xiangyin.answering"

blueprint = Blueprint("hooks", __name__, url_prefix="/twilio")
refuse_kindly(blueprint)


@blueprint.post("/sms")
def text() -> Response:
    """A text from a resident; the answer goes back at once."""
    return xml(_answering().text(checked_request()))


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
    answering = _answering()
    return xml(answering.call_step(incoming, None) if missed is None else answering.spoken(missed, incoming))


@blueprint.post("/voice/step")
def call_step() -> Response:
    """A later step of any call; `t` is its sealed state."""
    return xml(_answering().call_step(_incoming_call(), request.args.get("t", "")))


@blueprint.post("/voice/outbound")
def answered_call() -> Response:
    """Somebody has answered a call of ours; `a` is the delivery attempt."""
    answering, incoming = _answering(), _incoming_call()
    attempt = attempt_id(request.args.get("a", ""))
    if attempt is None:
        abort(400, "attempt")
    steps = receive_answered_call(
        incoming,
        attempt,
        None,
        ports=answering.gateway.ports,
        wording=answering.gateway.wording,
        flows=answering.flows,
        action_url=answering.action_url,
        sound_url=answering.sound_url,
        frozen=answering.frozen,
    )
    return xml(answering.spoken(steps, incoming))


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
    return _take_report("text")


@blueprint.post("/status/call")
def call_status() -> Response:
    """How far a call of ours has come."""
    return _take_report("call")


def _answering() -> Answering:
    answering: Answering = current_app.extensions[ANSWERING]
    return answering


def _incoming_call() -> IncomingCall:
    return this_gateway().carrier.read_call(checked_request())


def _take_report(kind: str) -> Response:
    _answering().report(kind, checked_request(), request.args.get("a", ""))
    return Response(status=204)
