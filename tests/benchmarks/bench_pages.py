"""Pages per second of a community with 10,000 topics, made anew and asked for again, beside a Flask page that says nothing.

Both through Flask's test client, so that what is measured is the making of a page, not the server under it.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from datetime import timedelta

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import insert

from gateway.bootstrap import Gateway
from gateway.followup.store.updates import topic_update
from gateway.kernel.pacing import LocalPacer
from gateway.kernel.queue import connect_queue
from gateway.messaging.sending import NO_LIMITS, Traffic
from gateway.settings import load_settings
from gateway.topics.store import support, topic
from gateway.web.public_app import create_public_app
from gateway.wording.catalogue import load_wording
from tests.benchmarks.measuring import Report, rate, rounds, scaled, side_by_side
from tests.benchmarks.town import NOON, Town, town
from tests.fakes import ScriptedCarrier

TOPICS = 10_000
REQUESTS = 200
STAGES = ("accepted", "in_progress", "done", "raised", "declined")


def run(report: Report) -> None:
    """Print pages per second on both databases."""
    for database in ("sqlite", "postgresql"):
        with town(database, 1_000) as made:
            _fill(made, scaled(TOPICS))
            client = create_public_app(_gateway(made)).test_client()
            report.title(f"Public pages at {scaled(TOPICS):,} topics, {database}")
            for name, path in _pages(client):
                null = _null().test_client()
                anew = side_by_side(_asking(client, path, anew=True), _asking(null, "/?a=b"), rounds=rounds())
                kept = side_by_side(_asking(client, path), _asking(null, "/?a=b"), rounds=rounds())
                report.say(
                    f"{name}: made anew {anew.subject:,.0f}/s ({anew.ratio:.3f} of a null page's {anew.baseline:,.0f}/s), "
                    f"asked for again {kept.subject:,.0f}/s ({kept.ratio:.2f})"
                )


def _pages(client: FlaskClient) -> list[tuple[str, str]]:
    here = "/c/qingshan"
    first = client.get(f"{here}/topics?language=zh").text.split("/topics/")[1].split("?")[0]
    return [
        ("the community", f"{here}/?language=zh"),
        ("40 topics", f"{here}/topics?language=zh"),
        ("the last page of topics", f"{here}/topics?language=zh&page=250"),
        ("one topic", f"{here}/topics/{first}?language=zh"),
        ("promises", f"{here}/promises?language=zh"),
        ("the record", "/record/log?language=zh"),
    ]


def _asking(client: FlaskClient, path: str, *, anew: bool = False) -> Callable[[], float]:
    """Ask for a page many times; `anew` by an address of its own each time, so that no kept page answers."""
    serial = itertools.count()

    def ask() -> int:
        count = scaled(REQUESTS)
        for _ in range(count):
            assert client.get(f"{path}&n={next(serial)}" if anew else path).status_code == 200
        return count

    return rate(ask)


def _null() -> Flask:
    app = Flask("null", static_folder=None)
    app.add_url_rule("/", view_func=lambda: "<!doctype html><title>null</title>")
    return app


def _gateway(made: Town) -> Gateway:
    settings = load_settings({"DATA_DIR": str(made.folder / "data"), "DATABASE_URL": made.url})
    carrier = ScriptedCarrier()
    traffic = Traffic.of(carrier, LocalPacer(), NO_LIMITS)
    return Gateway(settings, made.ports, carrier, load_wording(), connect_queue("redis://127.0.0.1:1"), traffic)


def _fill(made: Town, count: int) -> None:
    people = list(made.people)
    rows = [
        {
            "community_id": made.community_id, "author_id": people[at % len(people)], "text": f"第{at}件事:村口的路灯坏了",
            "title": "", "category": "building", "stage": STAGES[at % len(STAGES)], "reason": "",
            "raised_at": NOON - timedelta(minutes=count - at), "stage_since": NOON, "due_at": NOON + timedelta(days=9),
        }
        for at in range(count)
    ]  # fmt: skip
    with made.engine.begin() as connection:
        for start in range(0, count, 1000):
            connection.execute(insert(topic), rows[start : start + 1000])
        ids = [row[0] for row in connection.execute(topic.select().with_only_columns(topic.c.id))]
        backing = [{"topic_id": key, "resident_id": people[(key + n) % len(people)]} for key in ids for n in range(3)]
        for start in range(0, len(backing), 1000):
            connection.execute(insert(support), backing[start : start + 1000])
        news = [
            {"topic_id": key, "words": {"zh": "电工已经看过"}, "stage": None, "posted_at": NOON} for key in ids[::3]
        ]
        for start in range(0, len(news), 1000):
            connection.execute(insert(topic_update), news[start : start + 1000])
