"""What the carrier's words mean in ours: tables of statuses and of error numbers that all reading of its answers uses.

The carrier itself says that the number of an error may change for the same cause, so what is not listed is judged by
the HTTP status alone, and never so that the same content is sent again.
"""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus

from gateway.carriers.port import ReportedStatus
from gateway.kernel.errors import (
    BadNumber,
    CarrierError,
    Misconfigured,
    OptedOut,
    Rejected,
    Throttled,
    Unreachable,
)

TEXT_STATUS: Mapping[str, ReportedStatus] = {
    "accepted": ReportedStatus.ACCEPTED,
    "scheduled": ReportedStatus.ACCEPTED,
    "queued": ReportedStatus.ACCEPTED,
    "sending": ReportedStatus.ACCEPTED,
    "sent": ReportedStatus.SENT,
    "delivered": ReportedStatus.DELIVERED,
    "read": ReportedStatus.DELIVERED,
    "undelivered": ReportedStatus.FAILED,
    # One part of a long text is lost: the words did not arrive.
    "partially_delivered": ReportedStatus.FAILED,
    "failed": ReportedStatus.FAILED,
    "canceled": ReportedStatus.FAILED,
}

CALL_STATUS: Mapping[str, ReportedStatus] = {
    "queued": ReportedStatus.ACCEPTED,
    "initiated": ReportedStatus.ACCEPTED,
    "ringing": ReportedStatus.SENT,
    "in-progress": ReportedStatus.SENT,
    "completed": ReportedStatus.DELIVERED,
    "busy": ReportedStatus.BUSY,
    "no-answer": ReportedStatus.NO_ANSWER,
    "failed": ReportedStatus.FAILED,
    # Waited in the carrier's queue for a day and was dropped there.
    "canceled": ReportedStatus.FAILED,
}

UNANSWERED = (ReportedStatus.BUSY, ReportedStatus.NO_ANSWER, ReportedStatus.FAILED)
# Decline, unwanted, rejected (RFC 3261 21.6.2, RFC 8197, RFC 8688): somebody, or their network for them, refused it.
DECLINED_CODES = ("603", "607", "608")

# Which error each of the carrier's numbers is. Throttled: not processed, later is safe. Unreachable: at the sending the
# outcome is open; in a report the telephone could not be reached for now.
ERRORS: Mapping[int, type[CarrierError]] = {
    **dict.fromkeys((10001, 20003, 20005, 20008, 30002), Misconfigured),
    **dict.fromkeys((21212, 21603, 21606, 21607, 21703, 21704), Misconfigured),
    **dict.fromkeys((21219, 21608, 30032, 30034, 30035), Misconfigured),
    **dict.fromkeys((20429, 21611, 30001, 30017, 30022, 30450), Throttled),
    # The day's limit of a brand, of the carrier, of the account.
    **dict.fromkeys((30023, 30027, 63038), Throttled),
    **dict.fromkeys((20500, 20503, 30003, 30008, 30410), Unreachable),
    **dict.fromkeys((21211, 21612, 21614, 30005, 30006), BadNumber),
    **dict.fromkeys((21202, 21214, 21217), BadNumber),
    # 30004 is also how a Do Not Call entry looks: a wish, like the stop word itself.
    **dict.fromkeys((21610, 30004), OptedOut),
    # A region that is not open to this account stops one number, not the broadcast.
    **dict.fromkeys((21215, 21216, 21220, 21408, 30007, 30036), Rejected),
    **dict.fromkeys((21602, 21604, 21605, 21609, 21617, 21619), Rejected),
}

_CODES: Mapping[type[CarrierError], str] = {
    Misconfigured: "carrier_misconfigured",
    Throttled: "carrier_throttled",
    Unreachable: "carrier_unreachable",
    BadNumber: "carrier_bad_number",
    OptedOut: "carrier_opted_out",
    Rejected: "carrier_rejected",
}


def refusal(carrier_code: int | None, http_status: int) -> CarrierError:
    """The error for a request that was answered with `http_status` and perhaps the carrier's own number."""
    kind = ERRORS.get(carrier_code or 0) or _by_http_status(http_status)
    return carrier_error(kind, carrier_code or http_status)


def failure(carrier_code: int | None, *, call: bool) -> CarrierError:
    """The error for a text or call that was accepted and reported as failed.

    A call that fails without a number was mostly placed to a number that does not exist.
    """
    default = BadNumber if call else Unreachable
    return carrier_error(ERRORS.get(carrier_code or 0, default if not carrier_code else Rejected), carrier_code)


def carrier_error(kind: type[CarrierError], carrier_code: int | None = None) -> CarrierError:
    """An error of `kind` under the product's code for it."""
    return kind(_CODES[kind], carrier_code=str(carrier_code or ""))


def _by_http_status(status: int) -> type[CarrierError]:
    if status in (HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.CONFLICT):
        return Throttled
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR or status == HTTPStatus.REQUEST_TIMEOUT:
        return Unreachable
    wrong_door = (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND)
    if status in wrong_door or status < HTTPStatus.BAD_REQUEST:
        # Wrong credentials, or an address where no such carrier lives.
        return Misconfigured
    return Rejected
