"""Figures for the operator's monitoring, read from the database and the queue server at the moment of asking.

Nothing is counted in the process, so several processes never disagree. No person, number, text or choice is in them,
and of an open poll only how many have taken part.
"""

from __future__ import annotations

import hmac
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from ipaddress import ip_address

import redis
from flask import Blueprint, Response, abort, request
from prometheus_client import CollectorRegistry
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector
from sqlalchemy.engine import Connection
from sqlalchemy.exc import SQLAlchemyError

from gateway.bootstrap import Gateway
from gateway.kernel.queue import queue_lengths
from gateway.messaging import views as messaging
from gateway.polls import views as polls
from gateway.polls.model import PollState
from gateway.roll import views as roll
from gateway.web.pages.surroundings import this_gateway

blueprint = Blueprint("metrics", __name__)

_PROXY_HEADERS = ("X-Forwarded-For", "X-Real-IP", "Forwarded")


@blueprint.get("/metrics")
def metrics() -> Response:
    """All figures in Prometheus' text format; for the operator only."""
    gateway = this_gateway()
    if not _may_ask(gateway.settings.metrics_token):
        abort(403)
    registry = CollectorRegistry()
    registry.register(GatewayCollector(gateway))
    return Response(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)


def _may_ask(token: str) -> bool:
    """With a token: who brings it. Without: this machine, and no proxy on it that speaks for another."""
    if token:
        brought = request.headers.get("Authorization", "").encode("utf-8", "replace")
        return hmac.compare_digest(brought, f"Bearer {token}".encode())
    forwarded = any(name in request.headers for name in _PROXY_HEADERS)
    return not forwarded and _is_loopback(request.remote_addr or "")


def _is_loopback(address: str) -> bool:
    try:
        return ip_address(address).is_loopback
    except ValueError:
        return False


@dataclass(frozen=True, eq=False)
class GatewayCollector(Collector):
    """Asks the database and the queue server each time it is collected."""

    gateway: Gateway

    def collect(self) -> Iterator[Metric]:
        """The figures there are; what cannot be asked is missing and its `up` is 0."""
        database, queue = _database_figures(self.gateway), _queue_figures(self.gateway)
        up = {"database": bool(database), "queue": bool(queue)}
        yield _gauge("xiangyin_up", "Whether it answers", "part", {part: int(is_up) for part, is_up in up.items()})
        yield from [*database, *queue]

    def describe(self) -> list[Metric]:
        """Nothing: registering must not ask the database."""
        return []


def _database_figures(gateway: Gateway) -> list[Metric]:
    try:
        with gateway.db.read() as conn:
            return [_attempts(conn), *_open_polls(conn), _waiting_texts(conn)]
    except SQLAlchemyError:
        return []


def _queue_figures(gateway: Gateway) -> list[Metric]:
    try:
        return [_gauge("xiangyin_queue_jobs", "Jobs that wait", "queue", queue_lengths(gateway.redis))]
    except redis.RedisError:
        return []


def _attempts(conn: Connection) -> Metric:
    counts = messaging.counts_by_state(conn)
    return _gauge("xiangyin_attempts", "Attempts of unfinished broadcasts", "state", counts)


def _open_polls(conn: Connection) -> list[Metric]:
    found = polls.polls(conn, None, [PollState.OPEN])
    turnouts = {str(poll.number): polls.turnout(conn, poll.number) for poll in found}
    return [
        GaugeMetricFamily("xiangyin_open_polls", "Polls that are open", len(turnouts)),
        _gauge(
            "xiangyin_poll_participants",
            "Residents who have taken part in an open poll",
            "poll",
            {number: turnout.participants for number, turnout in turnouts.items()},
        ),
    ]


def _waiting_texts(conn: Connection) -> Metric:
    count = sum(len(messaging.waiting(conn, community.id)) for community in roll.communities(conn))
    return GaugeMetricFamily("xiangyin_waiting_texts", "Texts that wait for a person", count)


def _gauge(name: str, words: str, label: str, values: Mapping[str, int]) -> Metric:
    gauge = GaugeMetricFamily(name, words, labels=[label])
    for value, count in sorted(values.items()):
        gauge.add_metric([value], count)
    return gauge
