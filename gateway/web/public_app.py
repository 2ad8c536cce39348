"""The public app: the gateway in, a Flask app out. Carriers' hooks, residents' pages, health, figures; no sessions."""

from __future__ import annotations

import logging
import secrets

from flask import Flask, Response, request
from werkzeug.exceptions import HTTPException

from gateway.bootstrap import Gateway
from gateway.conversation.calls import Frozen
from gateway.web import health, metrics
from gateway.web.admission import Admission, admit
from gateway.web.exchange import api, open311
from gateway.web.hooks import prompts
from gateway.web.hooks import routes as hooks
from gateway.web.hooks.answering import Answering
from gateway.web.hooks.door import Door
from gateway.web.hooks.refusals import DATABASE_DOWN
from gateway.web.hooks.requests import LARGEST_BODY
from gateway.web.pages.blueprint import blueprint as pages
from gateway.web.pages.surroundings import surround
from gateway.web.public import addresses
from gateway.web.public.receipts import blueprint as receipts
from gateway.web.public.record import blueprint as record
from gateway.wording.recordings import Recordings
from ivr_flows.loader import load_flows, menu_files

logger = logging.getLogger(__name__)

BLUEPRINTS = (
    hooks.blueprint,
    prompts.blueprint,
    health.blueprint,
    metrics.blueprint,
    pages,
    addresses.blueprint,
    receipts,
    record,
    api.blueprint,
    open311.blueprint,
)
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}


def create_public_app(gateway: Gateway) -> Flask:
    """The public app over `gateway`. It has no SECRET_KEY, so that no session can be begun by mistake."""
    app = Flask("gateway.web.public", static_folder=None)
    app.config.update(MAX_CONTENT_LENGTH=LARGEST_BODY)
    surround(app, gateway)
    flows = app.extensions[hooks.FLOWS] = load_flows(menu_files())
    folder = gateway.settings.data_dir / "prompts"
    recordings = app.extensions[prompts.RECORDINGS] = Recordings(folder, gateway.wording, gateway.ports.secret)
    answering = app.extensions[hooks.ANSWERING] = Answering(gateway, flows, Frozen(), recordings)
    admission = Admission(gateway.settings.web_threads)
    admit(app, admission)
    app.wsgi_app = Door(app.wsgi_app, answering, admission, HEADERS)  # type: ignore[method-assign]  # Flask's own way
    for blueprint in BLUEPRINTS:
        app.register_blueprint(blueprint)
    app.after_request(protect)
    app.register_error_handler(HTTPException, plain)
    for error in DATABASE_DOWN:
        app.register_error_handler(error, out_of_reach)
    app.register_error_handler(Exception, broken)
    return app


def protect(response: Response) -> Response:
    """Headers that keep an answer to itself; a blueprint may have set its own."""
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    return response


def plain(error: HTTPException) -> Response:
    """An error page that says its status and nothing of how the house is built."""
    response = Response(f"{error.code} {error.name}\n", error.code, mimetype="text/plain")
    allowed = dict(error.get_headers()).get("Allow")
    if allowed:
        response.headers["Allow"] = allowed
    return response


def out_of_reach(_error: Exception) -> Response:
    """The database does not answer."""
    logger.warning("database out of reach", extra={"view": request.endpoint})
    return Response("503 Service Unavailable\n", 503, mimetype="text/plain", headers={"Retry-After": "30"})


def broken(error: Exception) -> Response:
    """Our own bug: an identifier for the operator, in the log and on the page."""
    incident = secrets.token_hex(4)
    logger.error("page failed", exc_info=error, extra={"incident": incident, "view": request.endpoint})
    return Response(f"500 Internal Server Error ({incident})\n", 500, mimetype="text/plain")
