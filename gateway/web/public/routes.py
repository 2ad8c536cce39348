"""The residents' pages of communities, topics and polls as addresses, and the files that go with polls.

No login, no cookie; the language is in the address or the browser's.
"""

from __future__ import annotations

from pathlib import Path

from flask import Response, jsonify, request
from sqlalchemy.engine import Connection

from gateway.kernel.errors import NotFound
from gateway.panels import lottery
from gateway.polls import views as polls
from gateway.polls.model import Poll, PollState
from gateway.polls.publishing import published_poll
from gateway.polls.unsealing import choice_line
from gateway.roll import views as roll
from gateway.web.pages.paging import page_of
from gateway.web.pages.surroundings import this_gateway
from gateway.web.public import reading, timeline
from gateway.web.public.frame import blueprint, page, text_file

POLLS_PER_PAGE = 40


@blueprint.get("/")
def communities() -> str:
    """The list of communities."""
    with this_gateway().db.read() as conn:
        return page("communities", communities=roll.communities(conn))


@blueprint.get("/c/<code>/")
def community(code: str) -> str:
    """A community: how to take part, what is open, decided, done, raised."""
    with this_gateway().db.read() as conn:
        found = reading.read_community(conn, code)
    return page("community", **vars(found))


@blueprint.get("/c/<code>/topics")
def topics(code: str) -> str:
    """All topics of a community, newest first."""
    with this_gateway().db.read() as conn:
        here = roll.community_by_code(conn, code)
        part, found = reading.topics_page(conn, here, request.args.get("page", ""))
    return page("topics", community=here, section="topics", topics=found, page=part.number, pages=part.pages)


@blueprint.get("/c/<code>/topics/<number>")
def topic(code: str, number: str) -> str:
    """One topic and where it stands."""
    with this_gateway().db.read() as conn:
        found = timeline.read_topic(conn, code, number, this_gateway().ports.clock.now())
    return page("topic", section="topics", **vars(found))


@blueprint.get("/c/<code>/polls", endpoint="polls")
def poll_list(code: str) -> str:
    """All polls of a community that were opened, newest first."""
    with this_gateway().db.read() as conn:
        here = roll.community_by_code(conn, code)
        part = page_of(reading.community_polls(conn, here), request.args.get("page", ""), POLLS_PER_PAGE)
    return page("polls", community=here, section="polls", polls=part.items, page=part.number, pages=part.pages)


@blueprint.get("/c/<code>/polls/<int:number>")
def poll(code: str, number: int) -> str:
    """One poll: before closing its terms, afterwards its result and how to check it."""
    with this_gateway().db.read() as conn:
        found = reading.read_poll(conn, code, number)
    return page("poll", section="polls", **vars(found))


@blueprint.get("/c/<code>/polls/<int:number>/terms.json")
def poll_terms(code: str, number: int) -> Response:
    """The frozen terms, byte for byte as they were hashed."""
    with this_gateway().db.read() as conn:
        reading.public_poll(conn, code, number)
        return Response(polls.frozen_terms(conn, number), mimetype="application/json")


@blueprint.get("/c/<code>/polls/<int:number>/receipts.txt")
def poll_receipts(code: str, number: int) -> Response:
    """All receipts of a closed poll, one a line: the file whose SHA-256 is on the record."""
    with this_gateway().db.read() as conn:
        _closed_poll(conn, code, number)
        return text_file("".join(f"{receipt}\n" for receipt in polls.receipts(conn, number)))


@blueprint.get("/c/<code>/polls/<int:number>/ballots.txt")
def poll_choices(code: str, number: int) -> Response:
    """All ballots of a closed poll, shuffled: salt, choice, group, one a line; its SHA-256 is on the record too."""
    with this_gateway().db.read() as conn:
        _closed_poll(conn, code, number)
        return text_file("".join(f"{choice_line(*one)}\n" for one in polls.choices(conn, number)))


@blueprint.get("/c/<code>/panels/<int:number>.json")
def panel_file(code: str, number: int) -> Response:
    """A drawn panel's file, by which anybody can recompute it with `lottery.py`."""
    with this_gateway().db.read() as conn:
        return jsonify(reading.read_panel(conn, code, number))


@blueprint.get("/panels/lottery.py")
def lottery_script() -> Response:
    """The one file that draws and checks panels, as this gateway runs it."""
    return text_file(Path(lottery.__file__).read_text(encoding="utf-8"))


@blueprint.get("/c/<code>/polls/<int:number>/published.json")
def poll_published(code: str, number: int) -> Response:
    """Everything that a closed poll is counted again from, as one file (`xiangyin poll audit`)."""
    with this_gateway().db.read() as conn:
        _closed_poll(conn, code, number)
        return jsonify(published_poll(conn, number))


def _closed_poll(conn: Connection, code: str, number: int) -> Poll:
    _, found = reading.public_poll(conn, code, number)
    if found.state is not PollState.CLOSED:
        raise NotFound("poll_unknown", poll=number)
    return found
