"""The staff console as a web app: a gateway in, a Flask app out. Only the gateway is shared with the public app."""

from __future__ import annotations

from flask import Flask

from gateway.bootstrap import Gateway
from gateway.staff.signing_in import LONGEST_SESSION
from gateway.web.console import (
    access,
    account,
    behalf,
    broadcasts,
    complaints,
    desk_files,
    floor,
    hot_spots,
    in_person,
    inbox,
    meetings,
    missing,
    panels,
    papers,
    planning,
    polls,
    promises,
    releases,
    roll,
    roll_file,
    screening,
    sending,
    settings,
    today,
    topics,
    trail,
)
from gateway.web.console.guard import guard
from gateway.web.console.refusals import refuse_kindly
from gateway.web.console.speaking import teach
from gateway.web.pages.blueprint import blueprint as pages
from gateway.web.pages.surroundings import surround

LARGEST_FORM = 64 * 1024
ROOMS = (
    *(desk_files, access, account, today, topics, hot_spots, screening, polls, panels, meetings, floor),
    *(in_person, papers, promises, planning, complaints, inbox, broadcasts, sending),
    *(roll, roll_file, missing, behalf, releases, settings, trail),
)


def create_console_app(gateway: Gateway) -> Flask:
    """The console over `gateway`."""
    app = Flask("gateway.web.console", static_folder=None)
    app.config.update(
        SECRET_KEY=gateway.ports.secret.derive("console.session"),
        SESSION_COOKIE_NAME="xiangyin_console",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        # An installation that is reached by https has its console behind the same proxy.
        SESSION_COOKIE_SECURE=gateway.settings.public_url.startswith("https://"),
        PERMANENT_SESSION_LIFETIME=LONGEST_SESSION,
        SESSION_REFRESH_EACH_REQUEST=False,
        MAX_CONTENT_LENGTH=LARGEST_FORM,
    )
    surround(app, gateway)
    guard(app)
    teach(app)
    refuse_kindly(app)
    app.register_blueprint(pages)
    for room in ROOMS:
        app.register_blueprint(room.blueprint)
    return app
