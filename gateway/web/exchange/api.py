"""The REST interface as addresses: `/api/v1/…`, each let in by a token, each made from the table of routes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Blueprint, Response, jsonify, request

from gateway.kernel.errors import GatewayError, InputError, NotFound
from gateway.systems import views as systems
from gateway.systems.model import Token
from gateway.web.exchange.checking import read_values
from gateway.web.exchange.limiting import TooOftenError, let_ask
from gateway.web.exchange.openapi import document
from gateway.web.exchange.routing import CSV, Asked, Route
from gateway.web.exchange.table import ROUTES
from gateway.web.pages.surroundings import this_gateway

PREFIX = "/api/v1"
BEARER = "Bearer "
blueprint = Blueprint("api", __name__, url_prefix=PREFIX)


class NoTokenError(GatewayError):
    """There is no token, or it opens nothing."""


class ScopeError(GatewayError):
    """The token is good and not for this."""


_STATUS: dict[type[GatewayError], int] = {
    InputError: 400,
    NoTokenError: 401,
    ScopeError: 403,
    NotFound: 404,
    TooOftenError: 429,
}


def bearer() -> str:
    """The token that came with the request; "" for none."""
    header = request.headers.get("Authorization", "")
    return header.removeprefix(BEARER).strip() if header.startswith(BEARER) else ""


@blueprint.get("/openapi.json")
def openapi() -> Response:
    """The OpenAPI document; it needs no token."""
    return jsonify(document(_base()))


def _base() -> str:
    return this_gateway().settings.public_url + PREFIX


def _view(route: Route) -> Callable[..., Response]:
    def view(**path: str) -> Response:
        gateway = this_gateway()
        ports, now = gateway.ports, gateway.ports.clock.now()
        with ports.db.read() as conn:
            token = _let_in(systems.token_for(conn, bearer(), now), route)
        let_ask(gateway.traffic.pacer, token)
        with ports.db.read() as conn:
            values = read_values(route, path, request.args)
            open_to = {one.code: one for one in systems.communities_of(conn, token)}
            if "community" in values and values["community"] not in open_to:
                raise NotFound("community_unknown")
            made = route.answer(Asked(conn, token, open_to, values, now, _base()))
        return Response(made, mimetype=CSV) if route.media == CSV else jsonify(made)

    view.__name__ = route.name
    return view


def _let_in(token: Token | None, route: Route) -> Token:
    if token is None:
        raise NoTokenError("token_wrong")
    if route.scope not in token.scopes:
        raise ScopeError("token_scope", scope=str(route.scope))
    return token


for _route in ROUTES:
    blueprint.add_url_rule(_route.path.replace("{", "<").replace("}", ">"), view_func=_view(_route), methods=["GET"])


@blueprint.errorhandler(GatewayError)
def refuse(error: GatewayError) -> Response:
    """What cannot be answered, with a code for machines and a sentence for whoever reads the log."""
    return refusal(_STATUS.get(type(error), 400), error.code, error.params)


def refusal(status: int, code: str, params: dict[str, Any]) -> Response:
    """A refusal as JSON."""
    wording, key = this_gateway().wording, f"error.{code}"
    message = wording.say(key, "en", **params) if wording.has(key) else code
    response = jsonify(error={"code": code, "message": message})
    response.status_code = status
    if status == 401:  # noqa: PLR2004  # RFC 6750
        response.headers["WWW-Authenticate"] = "Bearer"
    if "seconds" in params:
        response.headers["Retry-After"] = str(params["seconds"])
    return response
