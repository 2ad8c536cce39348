"""Sheets for the noticeboard, to be printed on A4, and what the loudspeaker says of the same: how to take part, a
result, a draw, a month. Whoever has no screen reads them at the village hall or hears them at home.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

from flask import Response, current_app, send_from_directory
from sqlalchemy.engine import Connection

from gateway.kernel.errors import NotFound
from gateway.notices.wordings import SCRIPT, in_form
from gateway.overview.published import Count
from gateway.panels import views as panels
from gateway.panels.lottery import SEAT
from gateway.panels.model import PanelState
from gateway.polls import views as polls
from gateway.polls.announcing import result_call
from gateway.polls.model import PollState
from gateway.record import views as record
from gateway.record.model import Stamp, digits_of, grouped
from gateway.roll import views as roll
from gateway.roll.model import Community
from gateway.web.hooks.routes import FLOWS
from gateway.web.pages.blueprint import FOLDER, KEPT_SECONDS
from gateway.web.pages.surroundings import this_gateway
from gateway.web.public import reading
from gateway.web.public.frame import blueprint, page, speaker, topic_words
from gateway.web.public.gatherings import read_panel_page
from gateway.web.public.promises import MonthPage, read_month
from ivr_flows.model import Choose

NEWEST_SHEETS = 20
SPOTS_ALOUD = 3


@blueprint.get("/sheet.css")
def sheet_style() -> Response:
    """The style of what is printed."""
    return send_from_directory(FOLDER / "static", "sheet.css", max_age=KEPT_SECONDS)


@blueprint.get("/c/<code>/sheets/")
def sheets(code: str) -> str:
    """All sheets that can be printed."""
    with this_gateway().db.read() as conn:
        here = roll.community_by_code(conn, code)
        closed = polls.polls(conn, here.id, [PollState.CLOSED])[::-1][:NEWEST_SHEETS]
        drawn = [one for one in panels.panels(conn, here.id) if one.state is PanelState.DRAWN][::-1][:NEWEST_SHEETS]
        month = read_month(conn, code, "", this_gateway().ports.clock.now()).month
    return page("sheets", community=here, section="sheets", polls=closed, panels=drawn, month=month)


@blueprint.get("/c/<code>/sheets/part")
def sheet_part(code: str) -> str:
    """How to take part by telephone: the number, the words, the keys."""
    with this_gateway().db.read() as conn:
        found = reading.read_community(conn, code)
        values = _foot(conn)
    said = speaker()
    line = found.community.line
    aloud = said.say("sheet.part.aloud", number=said.dial(line)) if line else ""
    return page("sheet_part", aloud=_aloud(found.community, aloud), keys=_keys(), **vars(found) | values)


@blueprint.get("/c/<code>/sheets/polls/<int:number>")
def sheet_result(code: str, number: int) -> str:
    """A result and how to find one's receipt."""
    with this_gateway().db.read() as conn:
        found = reading.read_poll(conn, code, number)
        values = _foot(conn, f"poll:{number}")
    if found.result is None:
        raise NotFound("poll_unknown", poll=number)
    village, said = found.community.name, speaker()
    call = result_call(found.poll, found.result, village, said.language, wording=said.wording)
    return page("sheet_result", aloud=_aloud(found.community, call), **vars(found) | values)


@blueprint.get("/c/<code>/sheets/panels/<int:number>")
def sheet_draw(code: str, number: int) -> str:
    """A draw: the numbers that have a seat, and how to check that they do."""
    with this_gateway().db.read() as conn:
        found = read_panel_page(conn, code, number)
        values = _foot(conn, f"panel:{number}")
    result = found.panel.result
    if result is None:
        raise NotFound("panel_unknown", panel=number)
    seats = [lot for lot, verdict in result["order"] if verdict == SEAT]
    said = speaker()
    numbers = said.say("sheet.comma").join(map(str, seats))
    words = said.say("sheet.draw.aloud", title=found.panel.draft.title, seats=len(seats), numbers=numbers)
    return page("sheet_draw", seats=seats, aloud=_aloud(found.community, words), **vars(found) | values)


@blueprint.get("/c/<code>/sheets/months/<name>")
def sheet_month(code: str, name: str) -> str:
    """A month: what people spoke of, what was decided, what was done."""
    with this_gateway().db.read() as conn:
        found = read_month(conn, code, name, this_gateway().ports.clock.now())
        village = reading.read_community(conn, code)
        values = _foot(conn)
    more = {"decided": village.decided, "updates": village.updates}
    return page("sheet_month", aloud=_aloud(found.community, _month_aloud(found)), **vars(found) | more | values)


def _keys() -> list[str]:
    """What the keys of the main menu do, in the menu's own words: a sheet never says another key than the line."""
    menu = current_app.extensions[FLOWS]["main"].nodes["menu"]
    assert isinstance(menu, Choose)
    return [speaker().say(one.say, key=one.key) for one in menu.choices]


def _month_aloud(found: MonthPage) -> str:
    digest = found.digest
    spots = [
        _counted("sheet.month.spot_aloud", spot.people, number=at, text=topic_words(topic))
        for at, (spot, topic) in enumerate(found.shown[:SPOTS_ALOUD], start=1)
    ]
    return "\n".join([_counted("sheet.month.aloud", digest.people, topics=digest.topics), *spots])


def _counted(key: str, people: Count, **values: str | int) -> str:
    """A sentence about so many people, or about a few."""
    return speaker().say(f"{key}_few", **values) if people is None else speaker().say(key, people=people, **values)


def _foot(conn: Connection, subject: str = "") -> dict[str, Any]:
    """What stands at the foot of every sheet: the moment, and the twelve digits of the record to compare with.

    Of a matter they are those of its newest stage, the same on every sheet of it; else those that were signed last.
    """
    now = this_gateway().ports.clock.now()
    return {"stamp": _stamp(conn, subject, now), "printed_at": now, "section": "sheets"}


def _stamp(conn: Connection, subject: str, now: datetime) -> Stamp:
    found = record.stamp(conn, subject) if subject else None
    if found is None:
        signed, head = record.newest_checkpoint(conn), record.head(conn)
        size, root, at = (signed.size, signed.root, signed.at) if signed else (head.size, head.root, now)
        found = Stamp("", at, size, digits_of(root))
    return replace(found, digits=grouped(found.digits))


def _aloud(community: Community, words: str) -> str:
    """`words` as the loudspeaker says them, in the reader's language."""
    said = speaker()
    if not words:
        return ""
    return in_form(SCRIPT, {said.language: words}, community.name, wording=said.wording)[said.language]
