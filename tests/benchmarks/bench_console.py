"""The desk's pages in a town of 10,000 residents and 5,000 topics: the median and the slowest of each page."""

from __future__ import annotations

import statistics
import time
from datetime import timedelta
from fractions import Fraction
from pathlib import Path

from sqlalchemy import insert

from gateway.bootstrap import Gateway
from gateway.kernel.pacing import LocalPacer
from gateway.kernel.queue import connect_queue
from gateway.messaging.sending import NO_LIMITS, Traffic
from gateway.polls import actions as polls
from gateway.polls.model import Method, PollDraft, PollWording, Threshold, ThresholdBase
from gateway.settings import load_settings
from gateway.staff.actions import add_staff
from gateway.staff.model import Role
from gateway.topics.store import topic
from gateway.web.console_app import create_console_app
from gateway.wording.catalogue import load_wording
from tests.benchmarks.measuring import Report, scaled
from tests.benchmarks.town import Town, start, town
from tests.fakes import ScriptedCarrier
from tests.web.console.conftest import Browser

PEOPLE, TOPICS, TIMES = 10_000, 5_000, 9
PASSWORD = "tea-and-sunflower"
MOST_MS = 100


def run(report: Report) -> None:
    """Print the figures."""
    people, topics = scaled(PEOPLE), scaled(TOPICS)
    report.title(f"The desk: {people:,} residents, {topics:,} topics, SQLite, one process")
    with town("sqlite", people) as made:
        number = _fill(made, topics)
        app = create_console_app(_gateway(made))
        browser = Browser(app)
        assert browser.sign_in("clerk", PASSWORD).status_code == 303
        home = "/c/qingshan/"
        pages = ["", "topics", "topics?page=100", f"topics/{number}", "polls", "polls/1", "inbox", "broadcasts",
                 "broadcasts/1", "roll", "roll?page=150", f"roll/{made.people[5]}", f"topics/{number}/plan", "panels", "meetings", "meetings/new", "follow-up",
                 "complaints", "missing", "hot-spots", "behalf", f"roll/{made.people[5]}/behalf", "settings", "trail"]  # fmt: skip
        medians = []
        for page in pages:
            times = [_milliseconds(browser, home + page) for _ in range(TIMES)]
            medians.append(statistics.median(times))
            report.say(f"/{page}: {medians[-1]:.0f} ms (slowest {max(times):.0f})")
        report.goal("slowest page at the median, in ms", max(medians), most=MOST_MS)
        report.goal("all pages, median, in ms", statistics.median(medians), most=MOST_MS)


def _fill(made: Town, topics: int) -> str:
    now = made.ports.clock.now()
    rows = [
        {"community_id": made.community_id, "author_id": made.people[at % len(made.people)], "text": f"村里第{at}件事，请大家商量",
         "title": "", "category": "roads", "stage": "raised" if at % 10 == 0 else "accepted", "reason": "", "raised_at": now,
         "stage_since": now, "due_at": now + timedelta(days=at % 40 - 2)}
        for at in range(topics)
    ]  # fmt: skip
    draft = PollDraft(
        community_id=made.community_id,
        method=Method.YESNO,
        wording={"": PollWording("修路好不好?")},
        closes_at=now + timedelta(days=3),
        threshold=Threshold(ThresholdBase.CAST, Fraction(1, 2)),
    )
    with made.ports.db.work() as tx:
        # Whoever looks at one fetches what is like it apart from the page.
        tx.execute(insert(topic), rows)
        add_staff(tx, "clerk", PASSWORD, Role.CLERK, made.community_id, at=now)
        polls.open_poll(tx, polls.create_poll(tx, draft, at=now), ports=made.ports, wording=load_wording())
        tx.commit()
    start(made, made.people)
    return "13"


def _gateway(made: Town) -> Gateway:
    carrier = ScriptedCarrier()
    settings = load_settings({"DATA_DIR": str(Path(made.folder)), "LANGUAGE": "zh"})
    traffic = Traffic.of(carrier, LocalPacer(), NO_LIMITS)
    return Gateway(settings, made.ports, carrier, load_wording(), connect_queue("redis://127.0.0.1:1"), traffic)


def _milliseconds(browser: Browser, path: str) -> float:
    begun = time.perf_counter()
    answer = browser.get(path)
    took = (time.perf_counter() - begun) * 1000
    assert answer.status_code == 200, path
    return took
