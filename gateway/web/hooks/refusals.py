"""What a carrier gets when a webhook is refused or fails: a status it understands, one line in the log, no content.

Refused: 400, 403, 405, 413. Database out of reach: 503, so that the carrier tries again or uses its other address. Our
own bug: an identifier in the log, and a sentence to the person, for a bare error is a dead line to them.
"""

from __future__ import annotations

import logging
import secrets

from flask import Blueprint, Response, g, request
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as NoConnection
from werkzeug.exceptions import HTTPException

from gateway.carriers.port import Hangup, Say
from gateway.conversation.texts import claim_key
from gateway.kernel.errors import GatewayError
from gateway.kernel.languages import DEFAULT_LANGUAGE
from gateway.messaging import outages
from gateway.web.pages.surroundings import this_gateway

logger = logging.getLogger(__name__)

DATABASE_DOWN = (OperationalError, InterfaceError, NoConnection)
UNREADABLE = "webhook_unreadable"
PREFIX = "/twilio/"
# The views whose answer a person hears, or reads.
SPOKEN_TO = ("hooks.call", "hooks.call_step", "hooks.answered_call")
WRITTEN_TO = ("hooks.text",)


def refuse_kindly(blueprint: Blueprint) -> None:
    """Let everything that goes wrong in `blueprint` end here."""
    blueprint.register_error_handler(HTTPException, refused)
    blueprint.register_error_handler(GatewayError, out_of_order)
    for error in DATABASE_DOWN:
        blueprint.register_error_handler(error, database_down)
    blueprint.register_error_handler(Exception, out_of_order)
    blueprint.app_errorhandler(405)(wrong_method)


def refused(error: HTTPException) -> Response:
    """A request that is not let in; `error.description` is our own word for why."""
    return _refuse(error.code or 400, error.description if error.response is None else None)


def wrong_method(error: HTTPException) -> HTTPException:
    """Carriers only post; elsewhere in the app a wrong method is nothing to note."""
    if request.path.startswith(PREFIX):
        _refuse(405, "method")
    return error


def database_down(error: Exception) -> Response:
    """Nothing was done and nothing is promised: the carrier shall try again."""
    _note_turned_away()
    return _refuse(503, type(error).__name__)


def out_of_order(error: Exception) -> Response:
    """An error that no use case has answered. The person hears that it was not done."""
    if isinstance(error, GatewayError) and error.code == UNREADABLE:
        return _refuse(400, UNREADABLE)
    incident = secrets.token_hex(4)
    _note_turned_away()
    logger.error("webhook failed", exc_info=error, extra={"incident": incident, "hook": request.endpoint})
    return apology(request.endpoint or "")


def apology(endpoint: str) -> Response:
    """What a person gets when we failed; a report that could not be taken in is simply acknowledged.

    Nobody can tell any more what language they speak, so all are used, one after the other.
    """
    gateway = this_gateway()
    languages = sorted(gateway.wording.languages, key=lambda one: one != DEFAULT_LANGUAGE)
    if endpoint in SPOKEN_TO:
        said = [Say(gateway.wording.say("call.trouble.end", one), one) for one in languages]
        return xml(gateway.carrier.render_call([*said, Hangup()]))
    if endpoint in WRITTEN_TO:
        written = [one for one in languages if one in gateway.wording.written]
        text = "\n".join(gateway.wording.say("hook.text_trouble", one) for one in written)
        return xml(gateway.carrier.render_reply([text]))
    return Response(status=204)


def _note_turned_away() -> None:
    """For the outage log: whoever sent or called just now was not served. Only requests that the carrier signed."""
    gateway, signed = this_gateway(), g.get("signed")
    if signed is None:
        return
    try:
        if request.endpoint in WRITTEN_TO:
            text = gateway.carrier.read_text(signed)
            key = claim_key(gateway.ports, gateway.carrier.name, text.carrier_id)
            outages.turn_away(gateway.ports, outages.Kind.TEXT, key, text.recipient)
        elif request.endpoint in SPOKEN_TO:
            call = gateway.carrier.read_call(signed)
            key = outages.call_key(gateway.ports, call.carrier_id)
            outages.turn_away(gateway.ports, outages.Kind.CALL, key, call.line)
    except GatewayError:
        # What cannot be read is nobody's.
        return


def xml(body: str) -> Response:
    """An answer in the carrier's markup."""
    return Response(body, content_type="text/xml; charset=utf-8")


def _refuse(status: int, reason: str | None) -> Response:
    rule = request.url_rule.rule if request.url_rule else PREFIX
    logger.warning("webhook refused", extra={"hook": rule, "status": status, "reason": reason or ""})
    return Response(status=status)
