"""Refusals in plain sentences: rules of the rooms, forms that are not ours, pages that are not there, our own bugs."""

from __future__ import annotations

import logging

from flask import Flask, render_template, request
from werkzeug.exceptions import HTTPException

from gateway.kernel.errors import Conflict, GatewayError, InputError, NotFound
from gateway.web.console.access import is_our_page
from gateway.web.console.guard import speaker

logger = logging.getLogger(__name__)
SENTENCES = {400: "console.refusal.expired", 403: "console.refusal.forbidden", 404: "console.refusal.missing"}


def refuse_kindly(app: Flask) -> None:
    """Have every refusal of `app` answered with a page."""
    app.register_error_handler(GatewayError, _refuse)
    app.register_error_handler(HTTPException, _refuse_request)
    app.register_error_handler(Exception, _confess)


def _refuse(error: GatewayError) -> tuple[str, int]:
    status = {NotFound: 404, InputError: 422, Conflict: 409}.get(type(error), 409)
    return _page(speaker().explain(error), status)


def _refuse_request(error: HTTPException) -> tuple[str, int] | HTTPException:
    status = error.code or 500
    if status < 400 or error.response is not None:  # noqa: PLR2004  # a redirect, or an answer made elsewhere
        return error
    return _page(speaker().say(SENTENCES.get(status, "pages.refused")), status)


def _confess(error: Exception) -> tuple[str, int]:
    # The log formatter keeps the places of a traceback and drops the values in it.
    logger.error("console page failed", exc_info=error, extra={"endpoint": request.endpoint})
    return _page(speaker().say("console.refusal.broken"), 500)


def _page(sentence: str, status: int) -> tuple[str, int]:
    # A form's address lies under the page that it stands on.
    page = request.path.rpartition("/")[0]
    came_from = page if request.method == "POST" and is_our_page(page) else ""
    return render_template("console/refusal.html", sentence=sentence, came_from=came_from), status
