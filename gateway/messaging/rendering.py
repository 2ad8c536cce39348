"""From an attempt to what the carrier is asked to send: the words, the community's line, the callback addresses."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy.engine import Connection

from gateway.carriers.port import OutgoingCall, OutgoingText
from gateway.kernel.errors import BadNumber, CarrierError, Misconfigured
from gateway.kernel.phones import charges_the_caller
from gateway.messaging.calendars import calendar
from gateway.messaging.model import CALL_BACK, NOTE_STEP, Attempt, Broadcast, CallbackUrls, Reason
from gateway.messaging.store import broadcasts
from gateway.messaging.views import words_for
from gateway.messaging.windows import Calendar
from gateway.roll import views as roll
from gateway.roll.model import Channel, Community, StopKind

Item = OutgoingText | OutgoingCall


@dataclass(frozen=True)
class Sheet:
    """What all attempts of one broadcast share; `notes` are the words of texts before calls."""

    broadcast: Broadcast
    community: Community
    calendar: Calendar
    texts: dict[str, str]
    notes: dict[str, str]


def read_sheet(conn: Connection, broadcast: Broadcast) -> Sheet:
    """Read what the attempts of a broadcast share."""
    texts = broadcasts.words(conn, broadcast.id).get(Channel.TEXT, {})
    community = roll.community(conn, broadcast.community_id)
    notes = broadcasts.words_before_call(conn, broadcast.id)
    return Sheet(broadcast, community, calendar(conn, community.id), texts, notes)


def refusal(
    attempt: Attempt, sheet: Sheet, stopped: StopKind | None, call_prefixes: tuple[str, ...]
) -> CarrierError | Reason | None:
    """Why an attempt must not be made (any more), as the roll stands now; None when nothing speaks against it.

    `stopped` is None when the number is not the person's any more. Calls go only to numbers that begin with one of
    `call_prefixes` and charge no more than a call.
    """
    if stopped is None:
        return BadNumber("number_changed")
    if sheet.broadcast.kind == CALL_BACK:
        # Whoever has just rung wants to be called, whatever they stopped.
        stopped = StopKind.NOTHING
    if stopped is StopKind.EVERYTHING or (stopped is StopKind.BROADCASTS and not sheet.broadcast.urgent):
        return Reason.STOPPED
    if attempt.channel is Channel.CALL and (
        not attempt.phone.e164.startswith(call_prefixes) or charges_the_caller(attempt.phone)
    ):
        return BadNumber("number_not_allowed")
    return None


def render(attempt: Attempt, sheet: Sheet, urls: CallbackUrls) -> Item:
    """What the carrier is to send. The attempt's number is in the addresses, so a report finds it at any time.

    Raises Misconfigured("community_without_line").
    """
    line = sheet.community.line
    if line is None:
        raise Misconfigured("community_without_line")
    if attempt.channel is Channel.CALL:
        return OutgoingCall(
            to=attempt.phone,
            sender=line,
            answer_url=urls.answer(attempt.id),
            status_url=urls.call_status(attempt.id),
            machine_url=urls.machine(attempt.id),
        )
    words = sheet.notes if attempt.step == NOTE_STEP else sheet.texts
    return OutgoingText(
        to=attempt.phone,
        sender=line,
        body=words_for(words, attempt.language, sheet.community.languages[0]),
        status_url=urls.text_status(attempt.id),
    )
