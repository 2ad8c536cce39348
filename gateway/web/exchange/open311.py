"""Open311 GeoReport v2 (wiki.open311.org/GeoReport_v2): topics go in, where they stand comes out, as XML and as JSON.

A jurisdiction is a community, a service a category, a service request a topic. Reading needs no key; handing in
needs the token of a system with the scope `report`, as `api_key`. What is handed in is screened as all topics are.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from xml.etree import ElementTree as ET

from flask import Blueprint, Response, json, request
from sqlalchemy.engine import Connection

from gateway.kernel.errors import GatewayError, NotFound
from gateway.record.model import moment_text
from gateway.roll import views as roll
from gateway.roll.model import Community
from gateway.systems import actions as systems
from gateway.systems import views as systems_views
from gateway.systems.model import Scope
from gateway.topics import views as topics
from gateway.topics.categories import OTHER, load_categories
from gateway.topics.model import LIVE, Stage, Topic
from gateway.web.exchange.limiting import TooOftenError, let_ask
from gateway.web.pages.surroundings import this_gateway

USUAL_DAYS, MOST_ROWS = 90, 1000
CLOSED = frozenset(Stage) - LIVE - {Stage.ASKED}
_FORMATS = {"json": "application/json", "xml": "text/xml"}
_MOMENT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:]{8}(Z|[+-][0-9]{2}:[0-9]{2})")

blueprint = Blueprint("open311", __name__, url_prefix="/open311/v2")


class RefusedError(Exception):
    """A refusal with its HTTP status, as GeoReport wants it."""

    def __init__(self, status: int, words: str) -> None:
        super().__init__(words)
        self.status = status
        self.words = words


@blueprint.get("/services.<form>")
def services(form: str) -> Response:
    """The categories of topics."""
    return _answer(form, "services", "service", lambda conn: [_service(conn, code) for code in _codes()])


@blueprint.get("/services/<code>.<form>")
def service_definition(code: str, form: str) -> Response:
    """A category has no attributes of its own."""

    def find(_conn: Connection) -> Sequence[dict[str, Any]]:
        if code not in _codes():
            raise RefusedError(404, "service_code not found")
        return [{"service_code": code, "attributes": []}]

    return _answer(form, "service_definition", "", find)


@blueprint.get("/requests.<form>")
def requests(form: str) -> Response:
    """The public topics of a community, newest first; of the last ninety days unless asked otherwise."""
    return _answer(form, "service_requests", "request", _requests)


@blueprint.get("/requests/<number>.<form>")
def one_request(number: str, form: str) -> Response:
    """One topic; before it is screened, or when it was declined, without its text."""
    return _answer(form, "service_requests", "request", lambda conn: [_request(conn, _find(conn, number))])


@blueprint.get("/tokens/<number>.<form>")
def token(number: str, form: str) -> Response:
    """The topic that a token stands for: tokens are topics' numbers already."""

    def find(conn: Connection) -> Sequence[dict[str, Any]]:
        found = _find(conn, number).number
        return [{"service_request_id": found, "token": found}]

    return _answer(form, "service_requests", "request", find)


@blueprint.post("/requests.<form>")
def hand_in(form: str) -> Response:
    """Raise a topic: `api_key`, `service_code`, `description`; where and by whom it was seen is not kept."""
    if form not in _FORMATS:
        return _refuse("xml", 404, "format not supported")
    try:
        made = _hand_in(request.form)
    except RefusedError as refused:
        return _refuse(form, refused.status, refused.words)
    except TooOftenError as error:
        response = _refuse(form, 429, _words(error))
        response.headers["Retry-After"] = str(error.params["seconds"])
        return response
    except GatewayError as error:
        return _refuse(form, 400, _words(error))
    return _render(form, "service_requests", "request", [made], status=201)


def _hand_in(given: Mapping[str, str]) -> dict[str, Any]:
    ports = this_gateway().ports
    now = ports.clock.now()
    with ports.db.read() as conn:
        token = systems_views.token_for(conn, given.get("api_key", ""), now)
    if token is None or Scope.REPORT not in token.scopes or token.community_id is None:
        raise RefusedError(403, "api_key not valid for handing in requests")
    let_ask(this_gateway().traffic.pacer, token)
    with ports.db.work() as tx:
        wanted = given.get("jurisdiction_id")
        if wanted and wanted != roll.community(tx.connection, token.community_id).code:
            raise RefusedError(403, "api_key not valid for this jurisdiction_id")
        code = given.get("service_code", "")
        if not code:
            raise RefusedError(400, "service_code missing")
        if code not in _codes():
            raise RefusedError(404, "service_code not found")
        made = systems.hand_in(tx, token, given.get("description", ""), "" if code == OTHER else code, at=now)
        tx.commit()
    return {"service_request_id": made.number, "service_notice": _say("screened"), "account_id": None}


def _codes() -> list[str]:
    return [*(name for name in load_categories() if name != OTHER), OTHER]


def _service(conn: Connection, code: str) -> dict[str, Any]:
    name = this_gateway().wording.say(f"topic_digest.categories.{code}", _language(conn))
    return {
        "service_code": code,
        "service_name": name,
        "description": name,
        "metadata": False,
        "type": "realtime",
        "keywords": "",
        "group": "topics",
    }


def _requests(conn: Connection) -> list[dict[str, Any]]:
    asked = request.args
    if "service_request_id" in asked:
        numbers = [one.strip() for one in asked["service_request_id"].split(",")][:MOST_ROWS]
        return [_request(conn, one) for one in (_find(conn, number) for number in numbers)]
    community = _jurisdiction(conn)
    found = [one for one in topics.some_topics(conn, community.id, most=MOST_ROWS) if one.is_public]
    return [_request(conn, one) for one in found if _fits(one)]


def _fits(one: Topic) -> bool:
    """Whether a topic fits the filters of the address: `service_code`, `status`, `start_date`, `end_date`."""
    asked = request.args
    now = this_gateway().ports.clock.now()
    end = _moment("end_date") or now
    start = _moment("start_date") or end - timedelta(days=USUAL_DAYS)
    codes, states = asked.get("service_code"), asked.get("status")
    return (
        start <= one.raised_at <= end
        and (codes is None or (one.category or OTHER) in codes.split(","))
        and (states is None or _status(one) in states.split(","))
    )


def _moment(name: str) -> datetime | None:
    text = request.args.get(name)
    if text is None:
        return None
    wrong = RefusedError(400, f"{name} is not a date and time after W3C (ISO 8601)")
    if not _MOMENT.fullmatch(text):
        raise wrong
    try:
        return datetime.fromisoformat(text).astimezone(UTC)
    except (ValueError, OverflowError):
        raise wrong from None


def _request(conn: Connection, one: Topic) -> dict[str, Any]:
    community = roll.community(conn, one.community_id)
    category = one.category if one.is_public and one.category else OTHER
    language = community.languages[0]
    return {
        "service_request_id": one.number,
        "status": _status(one),
        "status_notes": this_gateway().wording.say(f"pages.stage.{one.stage}", language),
        "service_name": this_gateway().wording.say(f"topic_digest.categories.{category}", language),
        "service_code": category,
        "description": one.shown if one.is_public else None,
        "agency_responsible": community.name,
        "service_notice": None,
        "requested_datetime": moment_text(one.raised_at),
        "updated_datetime": moment_text(one.stage_since),
        "expected_datetime": moment_text(one.due_at) if one.due_at else None,
        "address": community.name,
    }


def _status(one: Topic) -> str:
    return "closed" if one.stage in CLOSED else "open"


def _find(conn: Connection, number: str) -> Topic:
    found = topics.topic(conn, number) if number.isascii() and number.isdigit() and len(number) <= 12 else None  # noqa: PLR2004
    if found is None:
        raise RefusedError(404, "service_request_id not found")
    return found


def _jurisdiction(conn: Connection) -> Community:
    """The community asked for; the only one there is needs no name."""
    code = request.args.get("jurisdiction_id", "")
    every = roll.communities(conn)
    if not code and len(every) == 1:
        return every[0]
    if not code:
        raise RefusedError(400, "jurisdiction_id missing")
    try:
        return roll.community_by_code(conn, code)
    except NotFound:
        raise RefusedError(404, "jurisdiction_id not found") from None


def _language(conn: Connection) -> str:
    try:
        return _jurisdiction(conn).languages[0]
    except RefusedError:
        return "en"


def _say(key: str) -> str:
    return this_gateway().wording.say(f"error.open311_{key}", "en")


def _words(error: GatewayError) -> str:
    wording, key = this_gateway().wording, f"error.{error.code}"
    return wording.say(key, "en", **error.params) if wording.has(key) else error.code


# --- two forms ---------------------------------------------------------------------------------------------------


def _answer(form: str, root: str, each: str, find: Callable[[Connection], Sequence[dict[str, Any]]]) -> Response:
    if form not in _FORMATS:
        return _refuse("xml", 404, "format not supported")
    try:
        with this_gateway().db.read() as conn:
            found = find(conn)
    except RefusedError as refused:
        return _refuse(form, refused.status, refused.words)
    return _render(form, root, each, found)


def _refuse(form: str, status: int, words: str) -> Response:
    return _render(form, "errors", "error", [{"code": status, "description": words}], status=status)


def _render(form: str, root: str, each: str, found: Sequence[dict[str, Any]], *, status: int = 200) -> Response:
    """A list in JSON; in XML a root with one element each. Without `each` there is one thing and no list."""
    if form == "json":
        body: bytes | str = json.dumps(list(found) if each else found[0])
    else:
        tree = ET.Element(root)
        for one in found:
            _fill(ET.SubElement(tree, each) if each else tree, one)
        body = ET.tostring(tree, encoding="utf-8", xml_declaration=True)
    return Response(body, status, mimetype=_FORMATS[form])


def _fill(element: ET.Element, values: Mapping[str, Any]) -> None:
    for name, value in values.items():
        child = ET.SubElement(element, name)
        if value is None or value == []:
            continue
        text = str(value).lower() if isinstance(value, bool) else str(value)
        # XML has no way to say a control character.
        child.text = "".join(sign for sign in text if sign.isprintable() or sign in "\n\t")
