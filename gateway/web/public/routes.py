"""The residents' pages as addresses. No login, no cookie; the language is in the address or the browser's."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from flask import Blueprint, Response, current_app, g, jsonify, render_template, request
from sqlalchemy.engine import Connection
from werkzeug.exceptions import HTTPException

from gateway.followup.model import Update
from gateway.kernel.errors import NotFound
from gateway.kernel.languages import DEFAULT_LANGUAGE
from gateway.panels import lottery
from gateway.polls import views as polls
from gateway.polls.model import Poll, PollState
from gateway.polls.publishing import published_poll
from gateway.polls.unsealing import choice_line
from gateway.roll import views as roll
from gateway.web.pages.paging import page_of
from gateway.web.pages.speaking import Speaker
from gateway.web.pages.surroundings import this_gateway
from gateway.web.public import reading

TOPICS_PER_PAGE = 40
POLLS_PER_PAGE = 40
KEPT_SECONDS = 15
POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)

blueprint = Blueprint("public", __name__, template_folder="templates")


@blueprint.get("/")
def communities() -> str:
    """The list of communities."""
    with this_gateway().db.read() as conn:
        return _page("communities", communities=roll.communities(conn))


@blueprint.get("/c/<code>/")
def community(code: str) -> str:
    """A community: how to take part, what is open, decided, done, raised."""
    with this_gateway().db.read() as conn:
        found = reading.read_community(conn, code)
    return _page("community", **vars(found))


@blueprint.get("/c/<code>/topics")
def topics(code: str) -> str:
    """All topics of a community, newest first."""
    with this_gateway().db.read() as conn:
        here = roll.community_by_code(conn, code)
        page = page_of(reading.community_topics(conn, here), request.args.get("page", ""), TOPICS_PER_PAGE)
    return _page("topics", community=here, topics=page.items, page=page.number, pages=page.pages)


@blueprint.get("/c/<code>/topics/<number>")
def topic(code: str, number: str) -> str:
    """One topic and where it stands."""
    with this_gateway().db.read() as conn:
        here, found, updates = reading.read_topic(conn, code, number)
    return _page("topic", community=here, topic=found, updates=updates)


@blueprint.get("/c/<code>/polls", endpoint="polls")
def poll_list(code: str) -> str:
    """All polls of a community that were opened, newest first."""
    with this_gateway().db.read() as conn:
        here = roll.community_by_code(conn, code)
        page = page_of(reading.community_polls(conn, here), request.args.get("page", ""), POLLS_PER_PAGE)
    return _page("polls", community=here, polls=page.items, page=page.number, pages=page.pages)


@blueprint.get("/c/<code>/polls/<int:number>")
def poll(code: str, number: int) -> str:
    """One poll: before closing its terms, afterwards its result and how to check it."""
    with this_gateway().db.read() as conn:
        found = reading.read_poll(conn, code, number)
    return _page("poll", **vars(found))


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
        return _text_file("".join(f"{receipt}\n" for receipt in polls.receipts(conn, number)))


@blueprint.get("/c/<code>/polls/<int:number>/ballots.txt")
def poll_choices(code: str, number: int) -> Response:
    """All ballots of a closed poll, shuffled: salt, choice, group, one a line; its SHA-256 is on the record too."""
    with this_gateway().db.read() as conn:
        _closed_poll(conn, code, number)
        return _text_file("".join(f"{choice_line(*one)}\n" for one in polls.choices(conn, number)))


@blueprint.get("/c/<code>/panels/<int:number>.json")
def panel_file(code: str, number: int) -> Response:
    """A drawn panel's file, by which anybody can recompute it with `lottery.py`."""
    with this_gateway().db.read() as conn:
        return jsonify(reading.read_panel(conn, code, number))


@blueprint.get("/panels/lottery.py")
def lottery_script() -> Response:
    """The one file that draws and checks panels, as this gateway runs it."""
    return _text_file(Path(lottery.__file__).read_text(encoding="utf-8"))


@blueprint.get("/c/<code>/polls/<int:number>/published.json")
def poll_published(code: str, number: int) -> Response:
    """Everything that a closed poll is counted again from, as one file (`xiangyin poll audit`)."""
    with this_gateway().db.read() as conn:
        _closed_poll(conn, code, number)
        return jsonify(published_poll(conn, number))


@blueprint.after_request
def protect(response: Response) -> Response:
    """Nothing may be fetched or framed; a short memory spares slow lines."""
    response.headers.update(_HEADERS)
    if response.mimetype == "text/html":
        response.headers.update({"Content-Language": _speaker().language, "Vary": "Accept-Language"})
    return response


@blueprint.errorhandler(NotFound)
def nothing_there(_error: NotFound) -> Response:
    """What has no such number, or is not public, is not found."""
    return _not_found()


@blueprint.app_errorhandler(404)
def no_such_page(_error: HTTPException) -> Response:
    """A not-found page that helps people; machines, who post, get the plain answer."""
    return _not_found() if request.method == "GET" else Response("404 Not Found\n", 404, mimetype="text/plain")


@blueprint.app_context_processor
def words() -> dict[str, Any]:
    """What templates speak with."""
    speaker = _speaker()
    return {
        "language": speaker.language,
        "say": speaker.say,
        "moment": speaker.moment,
        "choice": speaker.choice,
        "rule": speaker.rule,
        "outcome": speaker.outcome,
        "outages": speaker.outages,
        "stage": speaker.stage,
        "dial": speaker.dial,
        "link": _link,
        "language_links": _language_links,
        "address": _address,
        "words_of": _words_of,
    }


_HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": f"public, max-age={KEPT_SECONDS}",
}


def _page(name: str, **values: Any) -> str:
    here = values.get("community")
    g.community_language = here.languages[0] if here else ""
    return render_template(f"public/{name}.html", **values)


def _not_found() -> Response:
    with this_gateway().db.read() as conn:
        page = _page("not_found", communities=roll.communities(conn))
    # An address outside this blueprint is not protected by it.
    return protect(Response(page, 404, mimetype="text/html"))


def _speaker() -> Speaker:
    """The language asked for in the address, else the browser's, else the community's."""
    wording = this_gateway().wording
    asked = request.args.get("language", "")
    if asked not in wording.written:
        accepted = request.accept_languages.best_match(wording.written)
        asked = accepted or g.get("community_language") or DEFAULT_LANGUAGE
    return Speaker(wording, wording.language_for(asked))


def _link(endpoint: str, **values: Any) -> str:
    """An address within the site that keeps the language of this one, as there are no cookies to do it."""
    asked = request.args.get("language", "")
    if asked in this_gateway().wording.written:
        values["language"] = asked
    return current_app.url_for(endpoint, _method="GET", **values)


def _language_links() -> list[tuple[str, str, str]]:
    wording = this_gateway().wording
    page = {"page": request.args["page"]} if "page" in request.args else {}
    return [
        (language, wording.say("pages.language_name", language), _query(**page, language=language))
        for language in wording.written
    ]


def _query(**values: str) -> str:
    return "?" + "&".join(f"{name}={value}" for name, value in values.items() if value.isalnum())


def _address() -> str:
    return this_gateway().settings.public_url + request.path


def _words_of(update: Update) -> str:
    language = _speaker().language
    return update.words.get(language) or next(iter(update.words.values()))


def _closed_poll(conn: Connection, code: str, number: int) -> Poll:
    _, found = reading.public_poll(conn, code, number)
    if found.state is not PollState.CLOSED:
        raise NotFound("poll_unknown", poll=number)
    return found


def _text_file(text: str) -> Response:
    return Response(text, mimetype="text/plain")
