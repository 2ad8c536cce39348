"""The residents' pages of what was promised, with its photos, and of what a month brought."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from flask import Response, abort, request
from sqlalchemy.engine import Connection

from gateway.followup.photos import PHOTOS, read_photo
from gateway.kernel.errors import InputError
from gateway.kernel.months import Month, month_of, named_month
from gateway.overview.published import PublicMonth, PublicSpot, published
from gateway.roll import views as roll
from gateway.roll.model import Community
from gateway.topics import views as topics
from gateway.topics.digest import make_digest
from gateway.topics.model import Topic
from gateway.web.pages.paging import page_of
from gateway.web.pages.surroundings import this_gateway
from gateway.web.public.frame import blueprint, page
from gateway.web.public.promised import read_promises

ROWS_PER_PAGE = 40
KEPT_PHOTO_SECONDS = 30 * 24 * 60 * 60


@dataclass(frozen=True)
class MonthPage:
    """A month of a community; `shown` are the hot spots of which the public may read something, with that topic."""

    community: Community
    month: Month
    first_day: date
    digest: PublicMonth
    shown: Sequence[tuple[PublicSpot, Topic]]
    hidden: int
    before: str
    after: str


@blueprint.get("/c/<code>/promises")
def promises(code: str) -> str:
    """What was promised, kept, and is overdue."""
    with this_gateway().db.read() as conn:
        found = read_promises(conn, code, this_gateway().ports.clock.now())
    part = page_of(found.rows, request.args.get("page", ""), ROWS_PER_PAGE)
    shown = {"rows": part.items, "page": part.number, "pages": part.pages}
    return page("promises", section="promises", **vars(found) | shown)


@blueprint.get("/photos/<name>")
def photo(name: str) -> Response:
    """A photo of an update; its name is the hash of its bytes, so it never changes."""
    data = read_photo(this_gateway().settings.data_dir / PHOTOS, name)
    response = Response(data, mimetype=f"image/{'png' if name.endswith('png') else 'jpeg'}")
    response.cache_control.public, response.cache_control.max_age = True, KEPT_PHOTO_SECONDS
    return response


@blueprint.get("/c/<code>/months/", defaults={"name": ""}, endpoint="month")
@blueprint.get("/c/<code>/months/<name>", endpoint="month")
def month_page(code: str, name: str) -> str:
    """What people spoke of in a month, by people; the running month without a name."""
    with this_gateway().db.read() as conn:
        found = read_month(conn, code, name, this_gateway().ports.clock.now())
    return page("month", section="month", **vars(found))


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
    digest = published(make_digest(conn, [community.id], month.before, month.start, month.end))
    shown = [(spot, topics.first_public(conn, entry.spot.topics)) for spot, entry in digest.spots]
    public = [(spot, topic) for spot, topic in shown if topic]
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
