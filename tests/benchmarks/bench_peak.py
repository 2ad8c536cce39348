"""The rush before a poll closes: everybody votes by text while a crowd reloads the page of the poll.

Votes a second, and how long a vote takes, with the crowd and without it; with the rule of admission and without it.
"""

from __future__ import annotations

import http.client
import itertools
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlencode

from twilio.request_validator import RequestValidator

from gateway.bootstrap import build_gateway
from gateway.migrations.run import upgrade
from gateway.polls import actions as polls
from gateway.polls.model import Method, PollDraft, PollWording
from gateway.settings import Settings, load_settings
from tests.benchmarks.measuring import Report, percentile
from tests.messaging.village import LINE, add_people, add_village, number_of
from tests.polls.village import HALF_OF_PARTICIPANTS
from tests.servers import free_port, wait_until

PEOPLE = 400
SECONDS = float(os.environ.get("PEAK_SECONDS", "6"))
VOTERS, CROWD = 4, 24
PUBLIC_URL = "https://village.example"
TOKEN = "token"
GUARDED, UNGUARDED = "gateway.web.public_wsgi:public", "tests.benchmarks.peak_wsgi:unguarded"
_serial = itertools.count(1)


def run(report: Report) -> None:
    """Print how votes fare in the rush."""
    report.title("Peak hour: votes while a crowd reloads the page (bench_peak)")
    with tempfile.TemporaryDirectory() as folder:
        settings, people, poll = _village(Path(folder))
        with _server(settings, GUARDED) as port:
            alone = _rush(port, people, poll, crowd=0)
            guarded = _rush(port, people, poll, crowd=CROWD)
        with _server(settings, UNGUARDED) as port:
            open_to_all = _rush(port, people, poll, crowd=CROWD)
    report.say(f"{VOTERS} voters alone: {alone.votes:,.0f} votes/s, p95 {alone.p95:.0f} ms")
    report.say(
        f"with a crowd of {CROWD} and the rule: {guarded.votes:,.0f} votes/s, p95 {guarded.p95:.0f} ms; "
        f"{guarded.pages:,.0f} pages/s served, {guarded.away:,.0f}/s sent away, {guarded.refused} votes refused"
    )
    report.say(
        f"with the crowd and no rule: {open_to_all.votes:,.0f} votes/s, p95 {open_to_all.p95:.0f} ms; "
        f"{open_to_all.pages:,.0f} pages/s served"
    )
    report.goal("votes in the rush, of those without the rule", guarded.votes / open_to_all.votes, least=1.2)
    report.goal("votes refused in the rush", guarded.refused, most=0)


class _Tally:
    """What came of one rush, per second."""

    def __init__(self) -> None:
        self.times: list[float] = []
        self.refused = self.served = self.turned = 0

    @property
    def votes(self) -> float:
        return len(self.times) / SECONDS

    @property
    def pages(self) -> float:
        return self.served / SECONDS

    @property
    def away(self) -> float:
        return self.turned / SECONDS

    @property
    def p95(self) -> float:
        return percentile(self.times, 0.95) * 1000


def _village(folder: Path) -> tuple[Settings, list[int], int]:
    settings = load_settings(
        {"DATA_DIR": str(folder), "SECRET_KEY": "k" * 32, "CARRIER": "twilio", "TWILIO_ACCOUNT_SID": "AC" + "0" * 32,
         "TWILIO_AUTH_TOKEN": TOKEN, "PUBLIC_URL": PUBLIC_URL, "REDIS_URL": "redis://127.0.0.1:1", "LOG_LEVEL": "ERROR"}
    )  # fmt: skip
    upgrade(settings.database_url)
    gateway = build_gateway(settings)
    village = add_village(gateway.ports)
    people = add_people(gateway.ports, village, PEOPLE)
    now = gateway.ports.clock.now()
    draft = PollDraft(
        village, Method.YESNO, {"": PollWording("修路吗？")}, now + timedelta(days=1), HALF_OF_PARTICIPANTS
    )
    with gateway.db.work() as tx:
        poll = polls.create_poll(tx, draft, at=now)
        polls.open_poll(tx, poll, ports=gateway.ports, wording=gateway.wording)
        tx.commit()
    gateway.db.engine.dispose()
    return settings, people, poll


@contextmanager
def _server(settings: Settings, app: str) -> Iterator[int]:
    port = free_port()
    command = [sys.executable, "-m", "granian", "--interface", "wsgi", "--factory", app, "--host", "127.0.0.1",
               "--port", str(port), "--workers", "1", "--blocking-threads", "4", "--no-ws", "--log-level", "warning"]  # fmt: skip
    child = subprocess.Popen(command, env={**os.environ, **settings.environment()})
    try:
        wait_until(lambda: _answers(port), "the server answers", 60)
        yield port
    finally:
        child.terminate()
        child.wait(20)


def _answers(port: int) -> bool:
    try:
        return _ask(http.client.HTTPConnection("127.0.0.1", port, timeout=5), "GET", "/healthz") == 200
    except OSError:
        return False


def _ask(connection: http.client.HTTPConnection, method: str, path: str, body: str = "", **headers: str) -> int:
    connection.request(method, path, body, headers)
    answer = connection.getresponse()
    answer.read()
    return answer.status


def _rush(port: int, people: list[int], poll: int, *, crowd: int) -> _Tally:
    tally, stop = _Tally(), threading.Event()
    threads = [threading.Thread(target=_vote, args=(port, people[n::VOTERS], poll, tally, stop)) for n in range(VOTERS)]
    threads += [threading.Thread(target=_reload, args=(port, poll, tally, stop)) for _ in range(crowd)]
    for thread in threads:
        thread.start()
    time.sleep(SECONDS)
    stop.set()
    for thread in threads:
        thread.join()
    return tally


def _vote(port: int, people: list[int], poll: int, tally: _Tally, stop: threading.Event) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    validator = RequestValidator(TOKEN)
    for person in itertools.cycle(people):
        if stop.is_set():
            break
        form = {"MessageSid": f"SM{next(_serial):032x}", "From": number_of(person).e164, "To": LINE.e164,
                "Body": f"投{poll} 1", "NumMedia": "0"}  # fmt: skip
        signature = validator.compute_signature(f"{PUBLIC_URL}/twilio/sms", form)
        headers = {"X-Twilio-Signature": signature, "Content-Type": "application/x-www-form-urlencoded"}
        begun = time.perf_counter()
        status = _ask(connection, "POST", "/twilio/sms", urlencode(form), **headers)
        tally.times.append(time.perf_counter() - begun)
        tally.refused += status != 200
    connection.close()


def _reload(port: int, poll: int, tally: _Tally, stop: threading.Event) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    while not stop.is_set():
        served = _ask(connection, "GET", f"/c/qingshan/polls/{poll}") == 200
        tally.served += served
        tally.turned += not served
        if not served:
            time.sleep(0.25)  # a browser waits longer still
    connection.close()
