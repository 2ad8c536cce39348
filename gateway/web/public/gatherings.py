"""The residents' pages of panels and meetings: who was drawn and how to check it, what was said and resolved."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import Response, request
from sqlalchemy.engine import Connection

from gateway.kernel.errors import NotFound
from gateway.meetings import views as meetings
from gateway.meetings.model import Meeting, MeetingState, subject_of
from gateway.panels import views as panels
from gateway.panels.model import Lot, LotState, Panel, PanelState
from gateway.polls import views as polls
from gateway.polls.model import Poll
from gateway.record import views as record
from gateway.record.model import Entry
from gateway.roll import views as roll
from gateway.roll.model import Community
from gateway.topics import views as topics
from gateway.topics.masking import mask
from gateway.topics.model import Topic
from gateway.web.pages.paging import page_of
from gateway.web.pages.surroundings import this_gateway
from gateway.web.public.frame import blueprint, page, text_file
from gateway.web.public.reading import PUBLIC_POLLS

ROWS_PER_PAGE = 40
_PUBLISHED = ("meeting.minutes", "meeting.resolved")


@dataclass(frozen=True)
class PanelPage:
    """What a panel's page shows: its fixed terms, and once it is drawn the numbers called so far, in their order."""

    community: Community
    panel: Panel
    terms: dict[str, Any]
    topic: Topic | None
    lots: Sequence[Lot]
    entries: Sequence[Entry]


@dataclass(frozen=True)
class MeetingPage:
    """What a meeting's page shows; statements and minutes once they are published, the poll once it is open.

    `committed`: by "minutes" and "resolution" what the record holds in their place, and its salt (hexadecimal).
    """

    community: Community
    meeting: Meeting
    topics: Sequence[Topic]
    panel: Panel | None
    poll: Poll | None
    statements: Sequence[str]
    committed: Mapping[str, tuple[str, str]]


@blueprint.get("/c/<code>/panels", endpoint="panels")
def panel_list(code: str) -> str:
    """All panels of a community whose list is fixed, newest first."""
    with this_gateway().db.read() as conn:
        here = roll.community_by_code(conn, code)
        found = [one for one in panels.panels(conn, here.id) if one.state is not PanelState.DRAFT][::-1]
    part = page_of(found, request.args.get("page", ""), ROWS_PER_PAGE)
    return page("panels", community=here, section="panels", panels=part.items, page=part.number, pages=part.pages)


@blueprint.get("/c/<code>/panels/<int:number>")
def panel(code: str, number: int) -> str:
    """One panel: what was fixed, what was drawn, how to check it."""
    with this_gateway().db.read() as conn:
        found = read_panel_page(conn, code, number)
    return page("panel", section="panels", source_at=_source_at(found), **vars(found))


@blueprint.get("/c/<code>/meetings", endpoint="meetings")
def meeting_list(code: str) -> str:
    """All meetings of a community, the latest first."""
    with this_gateway().db.read() as conn:
        here = roll.community_by_code(conn, code)
        found = meetings.meetings(conn, here.id)[::-1]
    part = page_of(found, request.args.get("page", ""), ROWS_PER_PAGE)
    return page("meetings", community=here, section="meetings", meetings=part.items, page=part.number, pages=part.pages)


@blueprint.get("/c/<code>/meetings/<int:number>")
def meeting(code: str, number: int) -> str:
    """One meeting: agenda, minutes, resolution."""
    with this_gateway().db.read() as conn:
        found = read_meeting(conn, code, number)
    return page("meeting", section="meetings", **vars(found))


@blueprint.get("/c/<code>/meetings/<int:number>/minutes.txt")
def minutes(code: str, number: int) -> Response:
    """The minutes, byte for byte as the record vouches for them."""
    with this_gateway().db.read() as conn:
        found = read_meeting(conn, code, number)
    if not found.meeting.minutes:
        raise NotFound("meeting_unknown", meeting=number)
    return text_file(found.meeting.minutes)


def read_panel_page(conn: Connection, code: str, number: int) -> PanelPage:
    """A panel's page; NotFound("community_unknown", "panel_unknown")."""
    community = roll.community_by_code(conn, code)
    found = panels.panel(conn, number)
    if found.draft.community_id != community.id or found.commitment is None:
        raise NotFound("panel_unknown", panel=number)
    topic = None if found.draft.topic_id is None else topics.topic_by_id(conn, found.draft.topic_id)
    called = [state for state in LotState if state is not LotState.WAITING]
    drawn = found.state is PanelState.DRAWN
    entries = record.entries_about(conn, f"panel:{number}")
    return PanelPage(
        community=community,
        panel=found,
        terms=dict(found.commitment),
        topic=topic if topic and topic.is_public else None,
        lots=panels.lots(conn, number, *called) if drawn else (),
        entries=[one for one in entries if one.kind in ("panel.committed", "panel.drawn")],
    )


def _source_at(found: PanelPage) -> datetime:
    """When the announced randomness is there."""
    return datetime.fromisoformat(found.terms["source"]["at"])


def read_meeting(conn: Connection, code: str, number: int) -> MeetingPage:
    """A meeting's page; NotFound("community_unknown", "meeting_unknown")."""
    community = roll.community_by_code(conn, code)
    found = meetings.meeting(conn, number)
    if found.community_id != community.id:
        raise NotFound("meeting_unknown", meeting=number)
    agenda = {one.id: one for one in topics.topics_by_id(conn, found.topics)}
    over = found.state is MeetingState.CLOSED
    said = [one.words for one in meetings.statements(conn, number) if one.admitted and one.words] if over else []
    return MeetingPage(
        community=community,
        meeting=found,
        topics=[agenda[one] for one in found.topics if agenda[one].is_public],
        panel=_fixed_panel(conn, found.panel),
        poll=_public_poll(conn, found.poll),
        statements=[mask(words) for words in said],
        committed=_committed(conn, number),
    )


def _committed(conn: Connection, number: int) -> dict[str, tuple[str, str]]:
    """What the record has of minutes and resolution, which are public, and the salts that let anybody check it."""
    found: dict[str, tuple[str, str]] = {}
    for entry in record.entries_about(conn, subject_of(number)):
        salts = record.salts(conn, entry.seq) if entry.kind in _PUBLISHED else {}
        found |= {name: (entry.data["commitments"][name], salt) for name, salt in salts.items()}
    return found


def _fixed_panel(conn: Connection, number: int | None) -> Panel | None:
    found = None if number is None else panels.panel(conn, number)
    return found if found and found.commitment is not None else None


def _public_poll(conn: Connection, number: int | None) -> Poll | None:
    found = None if number is None else polls.poll(conn, number)
    return found if found and found.state in PUBLIC_POLLS else None
