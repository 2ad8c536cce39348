"""What the console's pages fetch besides the style sheet: htmx (vendored, its licence beside it) and our own script."""

from __future__ import annotations

from pathlib import Path

from flask import Blueprint, Response, send_from_directory

FOLDER = Path(__file__).parent / "static"
KEPT_SECONDS = 3600

blueprint = Blueprint("desk", __name__)


@blueprint.get("/htmx.js")
def htmx() -> Response:
    """htmx 2.0.11: live parts of pages; every page works without it."""
    return send_from_directory(FOLDER, "htmx.min.js", max_age=KEPT_SECONDS)


@blueprint.get("/desk.js")
def script() -> Response:
    """Our own: hear a text read out, go back."""
    return send_from_directory(FOLDER, "desk.js", max_age=KEPT_SECONDS)
