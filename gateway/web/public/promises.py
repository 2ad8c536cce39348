"""The residents' pages of what was promised and of what a month brought."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from flask import abort
from sqlalchemy.engine import Connection

from gateway.kernel.errors import InputError
from gateway.kernel.months import Month, month_of, named_month
from gateway.roll import views as roll
from gateway.roll.model import Community
from gateway.topics import views as topics
from gateway.topics.digest import Digest, Entry, make_digest
from gateway.topics.model import Stage, Topic
from gateway.web.pages.surroundings import this_gateway
from gateway.web.public.frame import blueprint, page

MOST_ROWS = 60


@dataclass(frozen=True)
class PromisesPage:
    """What was promised: overdue, under way, accepted and to be begun, and done; the longest overdue first."""

    community: Community
    overdue: Sequence[Topic]
    under_way: Sequence[Topic]
    to_begin: Sequence[Topic]
    done: Sequence[Topic]
    counts: dict[str, int]


@dataclass(frozen=True)
class MonthPage:
    """A month of a community; `shown` are the hot spots of which the public may read something, with that topic."""

    community: Community
    month: Month
    first_day: date
    digest: Digest
    shown: Sequence[tuple[Entry, Topic]]
    hidden: int
    before: str
    after: str


@blueprint.get("/c/<code>/promises")
def promises(code: str) -> str:
    """What was promised, kept, and is overdue."""
    with this_gateway().db.read() as conn:
        found = read_promises(conn, code, this_gateway().ports.clock.now())
    return page("promises", section="promises", **vars(found))


@blueprint.get("/c/<code>/months/", defaults={"name": ""}, endpoint="month")
@blueprint.get("/c/<code>/months/<name>", endpoint="month")
def month_page(code: str, name: str) -> str:
    """What people spoke of in a month, by people; the running month without a name."""
    with this_gateway().db.read() as conn:
        found = read_month(conn, code, name, this_gateway().ports.clock.now())
    return page("month", section="month", **vars(found))


def read_promises(conn: Connection, code: str, at: datetime) -> PromisesPage:
    """What was promised in a community; NotFound("community_unknown")."""
    community = roll.community_by_code(conn, code)
    late = [one for one in topics.overdue(conn, at, community.id) if one.is_public]
    gone = {one.id for one in late}

    def in_time(stage: Stage) -> list[Topic]:
        found = topics.some_topics(conn, community.id, stage, most=MOST_ROWS + len(gone))
        return [one for one in found if one.id not in gone][:MOST_ROWS]

    return PromisesPage(
        community=community,
        overdue=late[:MOST_ROWS],
        under_way=in_time(Stage.IN_PROGRESS),
        to_begin=in_time(Stage.ACCEPTED),
        done=in_time(Stage.DONE),
        counts=topics.counts_by_stage(conn, community.id) | {"overdue": len(late)},
    )


def read_month(conn: Connection, code: str, name: str, at: datetime) -> MonthPage:
    """A month of a community; NotFound("community_unknown"); no month of that name, or a later one, is 404."""
    community = roll.community_by_code(conn, code)
    running = month_of(at, community.timezone)
    try:
        month = named_month(name, community.timezone) if name else running
    except InputError:
        abort(404)
    if month.start > running.start:
        abort(404)
    digest = make_digest(conn, [community.id], month.before, month.start, month.end)
    shown = [(entry, _topic(conn, entry)) for entry in digest.entries]
    public = [(entry, topic) for entry, topic in shown if topic]
    return MonthPage(
        community=community,
        month=month,
        first_day=month.start.date(),
        digest=digest,
        shown=public,
        hidden=len(shown) - len(public),
        # Nobody leafs back for ever through months without a word.
        before=f"{month.before:%Y-%m}" if digest.topics or digest.topics_before else "",
        after=f"{month.end:%Y-%m}" if month.end <= at else "",
    )


def _topic(conn: Connection, entry: Entry) -> Topic | None:
    """The first topic of a hot spot that everybody may read; what was declined or waits is not shown by way of it."""
    found = topics.topics_by_id(conn, entry.spot.topics)
    public = {one.id: one for one in found if one.is_public}
    return next((public[one] for one in entry.spot.topics if one in public), None)
