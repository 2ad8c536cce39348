"""What the carrier took: after a fault many outcomes are unknown, and it is asked about many at once.

Over the same lanes as sending (`lanes.py`), one request for each telephone: the carrier's own filter by date looks at
the date of sending, which what still waits there does not have yet, so a line's whole list would have no end.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus

from aiohttp import ClientSession

from gateway.carriers.port import CarrierAccount, OutgoingText, SentItem, Sought
from gateway.carriers.twilio.client import TROUBLE, api_url, as_carrier_error, refused
from gateway.carriers.twilio.lanes import Lane, Lanes
from gateway.carriers.twilio.statuses import carrier_error
from gateway.kernel.errors import CarrierError, Unreachable

Answer = list[SentItem] | CarrierError

# One page: nobody gets more from one line within the hours after which an outcome must be settled.
MOST_LISTED = 1000


def find_each(lanes: Lanes, account: CarrierAccount, sought: Sequence[Sought]) -> list[Answer]:
    """What the carrier lists for each of `sought`, or why it does not say; in order."""
    return lanes.run(lambda lane: _find_all(lane, account, sought)) if sought else []


async def _find_all(lane: Lane, account: CarrierAccount, sought: Sequence[Sought]) -> list[Answer]:
    answers: list[Answer] = [carrier_error(Unreachable)] * len(sought)
    waiting = iter(enumerate(sought))
    base = f"{api_url(account)}/2010-04-01/Accounts/{account.account_sid}"
    until = time.monotonic() + account.timeout_seconds
    at_once = min(account.concurrency, len(sought))
    await asyncio.gather(*(_find_one_by_one(lane, base, waiting, answers, until) for _ in range(at_once)))
    return answers


async def _find_one_by_one(
    lane: Lane, base: str, waiting: Iterator[tuple[int, Sought]], answers: list[Answer], until: float
) -> None:
    """Ask about what is next until nothing is left, the time is over, or the carrier is in trouble: then one lane less
    asks, so that a carrier that is down is asked no more often than there are lanes."""
    for place, one in waiting:
        async with lane.turnstile:
            answers[place] = answer = await _ask(lane.session, base, one)
        if time.monotonic() >= until or (isinstance(answer, CarrierError) and answer.retryable):
            return


async def _ask(session: ClientSession, base: str, one: Sought) -> Answer:
    kind = "Messages" if isinstance(one.item, OutgoingText) else "Calls"
    query = {"To": one.item.to.e164, "From": one.item.sender.e164, "PageSize": str(MOST_LISTED)}
    try:
        async with session.get(f"{base}/{kind}.json", params=query, allow_redirects=False) as response:
            answer = await response.read()
            if response.status != HTTPStatus.OK:
                return refused(response.status, answer)
        return _read(json.loads(answer).get(kind.lower()), one.since)
    except TROUBLE as error:
        return as_carrier_error(error)


def _read(rows: object, since: datetime) -> list[SentItem]:
    """The rows that may be ours. A page without a list says nothing, least of all that there is none."""
    if not isinstance(rows, list):
        raise TypeError
    return [
        SentItem(row.get("sid") or "", "", row.get("body") or "")
        for row in rows
        if _is_since(row.get("date_created"), since)
    ]


def _is_since(created: str | None, since: datetime) -> bool:
    """Whether it was created then or later; the carrier's times are whole seconds, and a missing one may be now."""
    if not created:
        return True
    at = parsedate_to_datetime(created)
    aware = at if at.tzinfo else at.replace(tzinfo=UTC)
    return aware >= since.replace(microsecond=0)
