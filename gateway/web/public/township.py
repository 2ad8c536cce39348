"""The township's public page: the communities below it side by side, in counts, what many people in them raise, and
what it asked them, with their answers; small cells were withheld when these were counted.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy.engine import Connection

from gateway.kernel.errors import NotFound
from gateway.overview import views as overview
from gateway.overview.published import PublicSpot, public_spot
from gateway.overview.views import Standing
from gateway.roll import views as roll
from gateway.roll.audience import with_children
from gateway.roll.model import Community
from gateway.township import views as township
from gateway.township.model import Consultation
from gateway.web.pages.surroundings import this_gateway
from gateway.web.public.frame import blueprint, page

NEWEST_ASKED = 10


@dataclass(frozen=True)
class TownshipPage:
    """Everything that a township's page shows."""

    community: Community
    rows: Sequence[Standing]
    spots: Sequence[PublicSpot]
    asked: Sequence[Consultation]
    names: Mapping[str, str]


@blueprint.get("/c/<code>/villages")
def villages(code: str) -> str:
    """The communities below one, side by side."""
    with this_gateway().db.read() as conn:
        found = read_township(conn, code)
    return page("villages", section="here", rows_of=_rows_of, **vars(found))


def _rows_of(one: Consultation) -> list[tuple[str, Mapping[str, Any]]]:
    """The answers of all together (under ""), then of each community by its code."""
    result = one.result or {}
    return [("", result), *result.get("places", {}).items()]


def _asked(conn: Connection, community: Community) -> list[Consultation]:
    """What this community asked those below it, newest first."""
    found = [one for one in township.consultations(conn, [community.id]) if one.community_id == community.id]
    return found[::-1][:NEWEST_ASKED]


def read_township(conn: Connection, code: str) -> TownshipPage:
    """A township's page; NotFound("community_unknown") when there is none, or nothing below it."""
    community = roll.community_by_code(conn, code)
    below = with_children(conn, community)[1:]
    if not below:
        raise NotFound("community_unknown")
    at = this_gateway().ports.clock.now()
    spots = [public_spot(one) for one in overview.hot_spots(conn, below, at)]
    return TownshipPage(
        community=community,
        rows=[overview.standing(conn, one, at) for one in below],
        spots=[one for one in spots if one.people],
        asked=_asked(conn, community),
        names={one.code: one.name for one in with_children(conn, community)},
    )
