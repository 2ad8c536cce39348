"""The township's public page: the communities below it side by side, in counts, and what many people in them raise."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.engine import Connection

from gateway.kernel.errors import NotFound
from gateway.overview import views as overview
from gateway.overview.views import Standing
from gateway.roll import views as roll
from gateway.roll.audience import with_children
from gateway.roll.model import Community
from gateway.topics.hotspots import HotSpot
from gateway.web.pages.surroundings import this_gateway
from gateway.web.public.frame import blueprint, page

FEWEST_PEOPLE_SHOWN = 5


@dataclass(frozen=True)
class TownshipPage:
    """Everything that a township's page shows."""

    community: Community
    rows: Sequence[Standing]
    spots: Sequence[HotSpot]


@blueprint.get("/c/<code>/villages")
def villages(code: str) -> str:
    """The communities below one, side by side."""
    with this_gateway().db.read() as conn:
        found = read_township(conn, code)
    return page("villages", section="here", **vars(found))


def read_township(conn: Connection, code: str) -> TownshipPage:
    """A township's page; NotFound("community_unknown") when there is none, or nothing below it."""
    community = roll.community_by_code(conn, code)
    below = with_children(conn, community)[1:]
    if not below:
        raise NotFound("community_unknown")
    at = this_gateway().ports.clock.now()
    spots = overview.hot_spots(conn, below, at)
    return TownshipPage(
        community=community,
        rows=[overview.standing(conn, one, at) for one in below],
        spots=[one for one in spots if one.people >= FEWEST_PEOPLE_SHOWN],
    )
