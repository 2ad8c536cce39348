"""The frame of the residents' pages: their blueprint, language, headers, and how an answer travels over a bad line.

A page carries a fingerprint (`ETag`), so that whoever asks again is told "unchanged" in a few bytes, and is packed
where the reader's program can unpack it. There is nothing secret on it that its packed length could tell.
"""

from __future__ import annotations

import gzip
from datetime import timedelta
from typing import Any

from flask import Blueprint, Response, abort, current_app, g, render_template, request
from werkzeug.exceptions import HTTPException

from gateway.followup.model import Milestone, Plan, Update
from gateway.kernel.errors import NotFound
from gateway.kernel.languages import DEFAULT_LANGUAGE
from gateway.record import views as record
from gateway.roll import views as roll
from gateway.topics.model import Topic
from gateway.web.pages.speaking import Speaker
from gateway.web.pages.surroundings import this_gateway
from gateway.web.public.kept import KeptPage, KeptPages

KEPT_SECONDS = 15
POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
# Below this a packed answer is hardly smaller; the level is the one beyond which packing only takes longer.
WORTH_PACKING = 800
PACKING = 5
_PACKED = frozenset({"text/html", "text/plain", "application/json"})
_HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": f"public, max-age={KEPT_SECONDS}",
    "Vary": "Accept-Language, Accept-Encoding",
}

_KEPT = "xiangyin.kept_pages"

blueprint = Blueprint("public", __name__, template_folder="templates")


def page(name: str, **values: Any) -> str:
    """The page `name`, in the reader's language; `community` gives it its menu, `section` marks where in it one is."""
    here = values.get("community")
    g.community_language = here.languages[0] if here else ""
    return render_template(f"public/{name}.html", **values)


def text_file(text: str) -> Response:
    """`text` as a file to be read or kept."""
    return Response(text, mimetype="text/plain")


def whole_number(name: str, default: int) -> int:
    """A whole number of the address; anything else is refused with 400."""
    text = request.args.get(name, str(default))
    if not (text.isascii() and text.isdigit() and len(text) <= 12):  # noqa: PLR2004  # far below any database's limit
        abort(400)
    return int(text)


def speaker() -> Speaker:
    """The language asked for in the address, else the browser's, else the community's."""
    wording = this_gateway().wording
    asked = request.args.get("language", "")
    if asked not in wording.written:
        accepted = request.accept_languages.best_match(wording.written)
        asked = accepted or g.get("community_language") or DEFAULT_LANGUAGE
    return Speaker(wording, wording.language_for(asked))


@blueprint.before_request
def recall() -> Response | None:
    """The page as it was made a few seconds ago, if nothing has come onto the record since."""
    gateway = this_gateway()
    with gateway.db.read() as conn:
        size = record.head(conn).size
    accepted = request.accept_languages.best_match(gateway.wording.written)
    g.page_key = (size, request.full_path, accepted, _may_pack())
    found = _kept_pages().find(g.page_key, gateway.ports.clock.now())
    if found is None:
        return None
    g.recalled = True
    response = Response(found.body, headers=found.headers)
    response.make_conditional(request.environ)
    return response


def _kept_pages() -> KeptPages:
    found: KeptPages = current_app.extensions.setdefault(_KEPT, KeptPages(timedelta(seconds=KEPT_SECONDS)))
    return found


@blueprint.after_request
def protect(response: Response) -> Response:
    """Nothing may be fetched or framed; a short memory and a fingerprint spare slow lines."""
    if g.get("recalled"):
        return response
    kept = response.headers.get("Cache-Control", _HEADERS["Cache-Control"])
    response.headers.update(_HEADERS | {"Cache-Control": kept})
    if response.mimetype == "text/html":
        response.headers["Content-Language"] = speaker().language
    if response.status_code != 200 or response.direct_passthrough:  # noqa: PLR2004  # a page that is there
        return response
    response.add_etag(weak=True)
    _pack(response)
    if response.mimetype == "text/html" and "page_key" in g:
        made = KeptPage(response.get_data(), tuple(response.headers.items()), this_gateway().ports.clock.now())
        _kept_pages().keep(g.page_key, made)
    response.make_conditional(request.environ)
    return response


def _may_pack() -> bool:
    return "gzip" in request.headers.get("Accept-Encoding", "")


def _pack(response: Response) -> None:
    if _may_pack() and response.mimetype in _PACKED and (response.content_length or 0) >= WORTH_PACKING:
        response.set_data(gzip.compress(response.get_data(), PACKING, mtime=0))
        response.headers["Content-Encoding"] = "gzip"


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
    says = speaker()
    return {
        "language": says.language,
        "say": says.say,
        "day": says.day,
        "day_at": says.day_at,
        "moment": says.moment,
        "choice": says.choice,
        "rule": says.rule,
        "outcome": says.outcome,
        "outages": says.outages,
        "stage": says.stage,
        "dial": says.dial,
        "stratum": says.stratum,
        "kind_in_words": says.kind,
        "link": _link,
        "language_links": _language_links,
        "address": _address,
        "words_of": _words_of,
        "topic_words": topic_words,
    }


def _not_found() -> Response:
    with this_gateway().db.read() as conn:
        made = page("not_found", communities=roll.communities(conn))
    # An address outside this blueprint is not protected by it.
    return protect(Response(made, 404, mimetype="text/html"))


def _link(endpoint: str, **values: Any) -> str:
    """An address within the site that keeps the language of this one, as there are no cookies to do it."""
    asked = request.args.get("language", "")
    if asked in this_gateway().wording.written:
        values["language"] = asked
    return current_app.url_for(endpoint, _method="GET", **values)


def _language_links() -> list[tuple[str, str, str]]:
    wording = this_gateway().wording
    kept = {name: request.args[name] for name in ("page", "about") if name in request.args}
    return [
        (language, wording.say("pages.language_name", language), _query(**kept, language=language))
        for language in wording.written
    ]


def _query(**values: str) -> str:
    return "?" + "&".join(f"{name}={value}" for name, value in values.items() if value.replace(":", "").isalnum())


def _address() -> str:
    return this_gateway().settings.public_url + request.path


def _words_of(said: Update | Plan | Milestone) -> str:
    return said.words.get(speaker().language) or next(iter(said.words.values()))


def topic_words(topic: Topic) -> str:
    """What everybody may read of a public topic; a sentence where it was spoken, or is forgotten by now."""
    return topic.shown or speaker().say(f"public.topic.{'gone' if topic.recording_id is None else 'spoken'}")
