"""Is this process alive, and is the installation ready? For supervisors, load balancers and operators."""

from __future__ import annotations

import redis
from flask import Blueprint, Response, jsonify
from sqlalchemy.exc import SQLAlchemyError

from gateway.migrations.run import is_current
from gateway.web.pages.surroundings import this_gateway

blueprint = Blueprint("health", __name__)

OK = "ok"
DOWN = "down"


@blueprint.get("/healthz")
def healthz() -> Response:
    """200 as long as this process answers."""
    return Response("ok\n", mimetype="text/plain")


@blueprint.get("/readyz")
def readyz() -> tuple[Response, int]:
    """200 when texts and calls can be taken in, 503 when not.

    Without the queue server they still can, and what goes out waits: that is `degraded`, not unready.
    """
    database, migrations = database_state()
    queue = queue_state()
    if (database, migrations) != (OK, "current"):
        return jsonify(state="unready", database=database, migrations=migrations, queue=queue), 503
    state = "ready" if queue == OK else "degraded"
    return jsonify(state=state, database=database, migrations=migrations, queue=queue), 200


def database_state() -> tuple[str, str]:
    """Whether the database answers, and whether its tables are those of this program."""
    try:
        with this_gateway().db.read() as conn:
            return OK, "current" if is_current(conn) else "outdated"
    except SQLAlchemyError:
        return DOWN, "unknown"


def queue_state() -> str:
    """Whether the queue server answers."""
    try:
        this_gateway().redis.ping()
    except redis.RedisError:
        return DOWN
    return OK
