"""Refusals as Twilio words them: an HTTP status, a code of its error dictionary, a sentence, a link."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from aiohttp import web


@dataclass(frozen=True)
class RefusedError(Exception):
    """A request that the carrier refuses, with its HTTP status and its own code."""

    code: int
    message: str
    status: int = 400

    def response(self) -> web.Response:
        """The refusal as the carrier answers it."""
        body = {
            "code": self.code,
            "message": self.message,
            "more_info": f"https://www.twilio.com/docs/errors/{self.code}",
            "status": self.status,
        }
        headers: Mapping[str, str] = {"WWW-Authenticate": 'Basic realm="Twilio API"'} if self.status == 401 else {}  # noqa: PLR2004
        return web.json_response(body, status=self.status, headers=headers)


def not_found(path: str) -> RefusedError:
    """Nothing is there."""
    return RefusedError(20404, f"The requested resource {path} was not found", 404)


def unauthorized() -> RefusedError:
    """Wrong account or token."""
    return RefusedError(20003, "Authenticate", 401)


def throttled() -> RefusedError:
    """Too many requests: certainly not processed."""
    return RefusedError(20429, "Too Many Requests", 429)


def broken() -> RefusedError:
    """A fault at the carrier."""
    return RefusedError(20500, "An internal server error has occurred", 500)
