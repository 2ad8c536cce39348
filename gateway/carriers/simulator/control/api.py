"""The routes of the control interface."""

from __future__ import annotations

from aiohttp import web

from gateway.carriers.simulator.control import company, telephones
from gateway.carriers.simulator.control.requests import Handler, guarded
from gateway.carriers.simulator.exchange import Exchange

PREFIX = "/simulator"
_ROUTES: tuple[tuple[str, str, Handler], ...] = (
    ("GET", "/phones", company.phones),
    ("POST", "/phones", telephones.set_up),
    ("GET", "/phones/{number}", telephones.show),
    ("GET", "/phones/{number}/messages", telephones.messages),
    ("POST", "/phones/{number}/texts", telephones.text),
    ("POST", "/phones/{number}/calls", telephones.call),
    ("GET", "/phones/{number}/call", telephones.current),
    ("POST", "/phones/{number}/keys", telephones.press),
    ("POST", "/phones/{number}/speech", telephones.speak),
    ("POST", "/phones/{number}/answer", telephones.pick_up),
    ("POST", "/phones/{number}/hang_up", telephones.hang_up),
    ("POST", "/phones/{number}/read", telephones.read),
    ("PUT", "/phones/{number}/answers", telephones.set_answers),
    ("GET", "/phones/{number}/transcripts", telephones.transcripts),
    ("GET", "/events", company.events),
    ("GET", "/conditions", company.conditions),
    ("PUT", "/conditions", company.set_conditions),
    ("GET", "/accepted", company.accepted),
    ("GET", "/duplicates", company.duplicates),
    ("GET", "/warnings", company.warnings),
    ("DELETE", "/warnings", company.forget_warnings),
    ("GET", "/idle", company.idle),
)


def add_routes(app: web.Application, exchange: Exchange) -> None:
    """Serve the control interface of `exchange`."""
    for method, path, handler in _ROUTES:
        app.router.add_route(method, PREFIX + path, guarded(exchange, handler))
