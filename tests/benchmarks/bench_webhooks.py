"""P1, P2, P6: votes by text and status callbacks over HTTP, beside Flask with the library's validator and two statements.

Each server is granian as in production (two processes of four threads), each request is signed, each vote goes the whole way:
verified, accepted once, understood, put into the box, recorded, answered. The load comes from a third process (webhook_load.py)
on the same cores, so the processor's time of the servers alone is printed too.
"""

from __future__ import annotations

import itertools
import os
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from pathlib import Path

from sqlalchemy import String, cast, literal, update

from gateway.messaging.model import AttemptState
from gateway.messaging.store.tables import outbox
from gateway.polls import actions as polls
from gateway.polls.model import Method, PollDraft, PollWording, Threshold, ThresholdBase
from gateway.wording.catalogue import load_wording
from tests.benchmarks.carrier_double import ROOT, carrier_double
from tests.benchmarks.measuring import Report, rounds, scaled
from tests.benchmarks.plain_app import make_tables
from tests.benchmarks.town import DATABASES, LINE, NOON, SECRET, Town, cpu_seconds, end, family, number_of, start, town
from tests.benchmarks.webhook_load import PUBLIC_URL, TOKEN, post_all, signed
from tests.servers import free_port, redis_server

# So many that nobody votes more than twice in a run: who votes oftener within minutes is asked of Redis each time.
PEOPLE = 8_000
REQUESTS = 3_000
ACCOUNT = "AC" + "0" * 32
PRODUCT, PLAIN = "gateway.web.public_wsgi:public", "tests.benchmarks.plain_app:plain"
GOALS = {"sqlite": ("P1", 0.7, 5.0), "postgresql": ("P2", 0.8, 4.0)}
_serial, _voter = itertools.count(1), itertools.count()


@dataclass
class Server:
    """A running server and what it has been measured at."""

    port: int
    child: subprocess.Popen[bytes]
    rates: list[float]
    p50: list[float]
    p99: list[float]
    micros: list[float]

    def measure(self, requests: list[str]) -> None:
        """One round."""
        pids = family(self.child.pid)
        used = cpu_seconds(pids)
        found = post_all(self.port, requests)
        assert not found["refused"], f"{found['refused']} answers were not 2xx"
        self.micros.append((cpu_seconds(pids) - used) / len(requests) * 1e6)
        self.rates.append(found["rate"])
        self.p50.append(found["p50"])
        self.p99.append(found["p99"])

    def line(self) -> str:
        """What its rounds say together."""
        rate, micros, p50, p99 = (statistics.median(each) for each in (self.rates, self.micros, self.p50, self.p99))
        return f"{rate:,.0f} requests/s, p50 {p50:.1f} ms, p99 {p99:.1f} ms, {micros:,.0f} µs of processor each"


def run(report: Report) -> None:
    """Print the ratios on both databases."""
    for database in DATABASES:
        with (
            town(database, PEOPLE) as made,
            tempfile.TemporaryDirectory() as folder,
            redis_server(Path(folder)) as redis_url,
        ):
            make_tables(made.engine, [number_of(one) for one in made.people])
            poll = _open_poll(made)
            with running_server(PRODUCT, made, redis_url) as product, running_server(PLAIN, made, redis_url) as plain:
                _votes(report, database, made, product, plain, poll)
            with running_server(PRODUCT, made, redis_url) as product:
                _callbacks(report, database, made, product, statistics.median(plain.rates))
                if database == "sqlite":
                    _unhurried(report, made, product, poll)


def _votes(report: Report, database: str, made: Town, product: Server, plain: Server, poll: int) -> None:
    name, least, most = GOALS[database]
    report.title(f"Votes by text, {database} ({name})")
    count = scaled(REQUESTS)
    for server in (product, plain):
        post_all(server.port, _texts(made, poll, 200))
    for _ in range(rounds()):
        product.measure(_texts(made, poll, count))
        plain.measure(_texts(made, poll, count))
    report.say(f"product: {product.line()}")
    report.say(f"Flask, validator and two statements: {plain.line()}")
    report.goal(
        f"{name} of the baseline", statistics.median(product.rates) / statistics.median(plain.rates), least=least
    )
    report.say(f"the same by processor time: {statistics.median(plain.micros) / statistics.median(product.micros):.2f}")
    tail = statistics.median(p99 / p50 for p99, p50 in zip(product.p99, product.p50, strict=True))
    report.goal(f"{name} p99 / p50", tail, most=most)


def _callbacks(report: Report, database: str, made: Town, product: Server, plain_rate: float) -> None:
    report.title(f"Status callbacks, {database} (P6)")
    count = scaled(REQUESTS)
    post_all(product.port, _reports(made, 100))
    for _ in range(rounds()):
        product.measure(_reports(made, count))
    alone = statistics.median(product.rates)
    report.say(product.line())
    report.goal(f"P6 {database} of the votes' baseline", alone / plain_rate, least=0.8)
    product.rates.clear()
    requests = _reports(made, count)
    start(made, made.people)
    with carrier_double() as double, _sender(made, double.url) as sender:
        while sender.poll() is None:
            product.measure(requests[: count // 3])
            requests = requests[count // 3 :] or _reports(made, count)
    report.goal(f"P6 {database} while a broadcast runs, of alone", statistics.median(product.rates) / alone, least=0.5)


def _unhurried(report: Report, made: Town, product: Server, poll: int) -> None:
    report.title("Votes at 20 a second, sqlite")
    found = post_all(product.port, _texts(made, poll, scaled(300)), per_second=20)
    report.say(f"p50 {found['p50']:.0f} ms, p95 {found['p95']:.0f} ms")
    report.goal("p95 at 20 requests/s, ms", found["p95"], most=1000)


def _texts(made: Town, poll: int, count: int) -> list[str]:
    """Votes of people in turn, each a new message."""
    people = [made.people[next(_voter) % len(made.people)] for _ in range(count)]
    return [
        signed(
            "/twilio/sms",
            {
                "MessageSid": f"SM{next(_serial):032x}", "AccountSid": ACCOUNT, "From": number_of(one), "To": LINE.e164,
                "Body": f"投{poll} {one % 2 + 1}", "NumMedia": "0", "NumSegments": "1", "SmsStatus": "received",
                "ApiVersion": "2010-04-01", "FromCountry": "CN", "ToCountry": "CN",
            },
        )
        for one in people
    ]  # fmt: skip


def _reports(made: Town, count: int) -> list[str]:
    """Three callbacks for each of as many texts as are needed: sent, delivered, and delivered once more."""
    ids = accepted_attempts(made, made.people[: max(1, count // 3)])
    return [one for word in ("sent", "delivered", "delivered") for one in reports_of(ids, word)]


def accepted_attempts(made: Town, people: list[int]) -> list[int]:
    """Attempts of a broadcast to `people` that the carrier has taken."""
    start(made, people)
    named = literal("SM").concat(cast(literal(10_000_000) + outbox.c.id, String))
    new = outbox.c.state == AttemptState.READY
    accepted = update(outbox).where(new).values(state=AttemptState.ACCEPTED, carrier_id=named, started_at=NOON)
    with made.engine.begin() as connection:
        return list(connection.execute(accepted.returning(outbox.c.id)).scalars())


def reports_of(ids: Sequence[int], word: str) -> list[str]:
    """A callback for each attempt that says `word`."""
    return [
        signed(
            f"/twilio/status/message?a={one}",
            {
                "MessageSid": f"SM{10_000_000 + one}", "AccountSid": ACCOUNT, "MessageStatus": word, "SmsStatus": word,
                "From": LINE.e164, "To": "+8613000000001", "ApiVersion": "2010-04-01",
            },
        )
        for one in ids
    ]  # fmt: skip


def _open_poll(made: Town) -> int:
    closes_at = max(NOON, datetime.now(UTC)) + timedelta(days=2)
    draft = PollDraft(
        community_id=made.community_id,
        method=Method.YESNO,
        wording={"": PollWording("修村口的路吗?", ())},
        closes_at=closes_at,
        threshold=Threshold(ThresholdBase.PARTICIPANTS, Fraction(1, 2)),
    )
    with made.ports.db.work() as tx:
        number = polls.create_poll(tx, draft, at=made.ports.clock.now())
        polls.open_poll(tx, number, ports=made.ports, wording=load_wording())
        tx.commit()
    return number


@contextmanager
def running_server(app: str, made: Town, redis_url: str) -> Iterator[Server]:
    """granian with `app` over the town, as `xiangyin run` starts it."""
    port = free_port()
    command = [
        sys.executable, "-m", "granian", "--interface", "wsgi", "--factory", app, "--host", "127.0.0.1", "--port", str(port),
        "--workers", "2", "--blocking-threads", "4", "--no-ws", "--log-level", "warning", "--workers-kill-timeout", "5",
    ]  # fmt: skip
    environment = {
        **os.environ, "DATABASE_URL": made.url, "REDIS_URL": redis_url, "DATA_DIR": str(made.folder / "data"),
        "VAULT_DIR": str(made.folder / "vault"), "SECRET_KEY": SECRET, "CARRIER": "twilio", "TWILIO_ACCOUNT_SID": ACCOUNT,
        "TWILIO_AUTH_TOKEN": TOKEN, "PUBLIC_URL": PUBLIC_URL, "LOG_LEVEL": "WARNING",
    }  # fmt: skip
    child = subprocess.Popen(command, cwd=ROOT, env=environment)
    try:
        _await(port, child)
        yield Server(port, child, [], [], [], [])
    finally:
        end(child)


def _await(port: int, child: subprocess.Popen[bytes]) -> None:
    for _ in range(600):
        assert child.poll() is None, "the server ended"
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz").close()
        except urllib.error.HTTPError:
            return
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise AssertionError("the server does not answer")


@contextmanager
def _sender(made: Town, carrier_url: str) -> Iterator[subprocess.Popen[bytes]]:
    command = [sys.executable, "-m", "tests.benchmarks.sender_process", made.url, str(made.folder), carrier_url]
    child = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL)
    try:
        yield child
    finally:
        if child.poll() is None:
            child.kill()
        child.wait()
