"""A call to a number that does not answer: rejected, so that it costs the caller nothing, and called back."""

from __future__ import annotations

import logging

from gateway.carriers.port import CallStep, IncomingCall, Reject
from gateway.kernel.ports import Ports
from gateway.messaging import inbox
from gateway.messaging.calling_back import CallBackLimits, call_back
from gateway.messaging.inbox import InboxKind, InboxState
from gateway.roll import views as roll
from gateway.wording.catalogue import Wording

logger = logging.getLogger(__name__)


def take_missed_call(
    call: IncomingCall, *, ports: Ports, wording: Wording, limits: CallBackLimits, carrier_name: str
) -> list[CallStep] | None:
    """Reject the call and plan the one that follows; None when the dialled number is one that answers.

    Everybody hears the same busy tone, whatever comes of it, and a repeat of the request changes nothing.
    """
    with ports.db.read() as conn:
        if not roll.calls_back(conn, call.line):
            return None
        community = roll.community_by_line(conn, call.line)
    assert community is not None
    words = {one: wording.say("broadcast.call_back", one, village=community.name) for one in wording.languages}
    now = ports.clock.now()
    key = ports.secret.hash("inbox", f"{carrier_name}|missed|{call.carrier_id}")
    with ports.db.work() as tx:
        claimed = inbox.claim(tx, key, InboxKind.CALL_STEP, at=now)
        if claimed is not None:
            verdict = call_back(tx, community, call.caller, words, at=now, limits=limits)
            inbox.settle(tx, claimed, state=InboxState.DONE)
            tx.commit()
            logger.info("missed call", extra={"community": community.id, "verdict": verdict.value})
    return [Reject()]
