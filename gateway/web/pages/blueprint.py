"""What both web apps serve alike: the one style sheet and the icon. Their templates are found here too."""

from __future__ import annotations

from pathlib import Path

from flask import Blueprint, Response, send_from_directory

FOLDER = Path(__file__).parent
KEPT_SECONDS = 24 * 3600

blueprint = Blueprint("pages", __name__, template_folder="templates")


@blueprint.get("/style.css")
def style() -> Response:
    """The style sheet."""
    return send_from_directory(FOLDER / "static", "style.css", max_age=KEPT_SECONDS)


@blueprint.get("/icon.svg")
def icon() -> Response:
    """The mark in the browser's tab and at the top of each page."""
    return send_from_directory(FOLDER / "static", "icon.svg", max_age=KEPT_SECONDS)
