"""Outages beside the margin: could those who were turned away while a poll was open have changed its outcome?"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import datetime

from sqlalchemy.engine import Connection

from gateway.messaging import outages as log
from gateway.messaging.outages import Kind
from gateway.polls.model import Downtime, Outages, Poll, Result
from gateway.polls.store import polls
from gateway.record.model import moment_text


def outages_of(conn: Connection, poll: Poll, until: datetime) -> Outages:
    """The outages while `poll` was open, up to `until` or its closing time; none of a draft."""
    opened = polls.opening_time(conn, poll.number)
    if opened is None:
        return Outages()
    until = min(until, poll.closes_at)
    found = log.log(conn, poll.community_id, opened, until)
    by_hour: Counter[str] = Counter()
    for (_, hour), people in found.people.items():
        by_hour[moment_text(hour)] += people
    calls = sum(people for (kind, _), people in found.people.items() if kind is Kind.CALL)
    return Outages(
        texts=by_hour.total() - calls,
        calls=calls,
        by_hour=dict(sorted(by_hour.items())),
        down=tuple(
            Downtime(one.what, moment_text(one.began), moment_text(one.ended), one.counted) for one in found.down
        ),
        uncounted=log.is_uncounted(found, until),
        at_most=by_hour.total(),
    )


def with_outages(conn: Connection, poll: Poll, result: Result, *, until: datetime) -> Result:
    """`result` with its poll's outages and whether they reach its margin."""
    found = outages_of(conn, poll, until)
    at_most = found.people + (result.eligible - result.participants if found.uncounted else 0)
    doubt = at_most > 0 and (result.margin is None or at_most >= result.margin)
    return replace(result, outages=replace(found, at_most=at_most, doubt=doubt))
