"""P4, P5, P13 and P9: a broadcast from its decision until the carrier has taken the last of it, outbox and leases included.

The carrier is a double on loopback in a process of its own (`carrier_double.py`). The baseline of P4 is the SDK's own
asynchronous client with 64 requests in flight over a plain list, with no database at all; beside it stands what one message
for each job of an RQ worker that forks would do.
"""

from __future__ import annotations

import asyncio
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

from gateway.carriers.port import CarrierAccount
from gateway.carriers.simulator.carrier import SimulatorCarrier
from gateway.carriers.twilio.client import open_client
from gateway.kernel.pacing import LocalPacer
from gateway.messaging import sending
from gateway.messaging.model import CallbackUrls
from gateway.messaging.sending import NO_LIMITS, Traffic
from tests.benchmarks.carrier_double import ROOT, Double, carrier_double
from tests.benchmarks.measuring import Report, rate, rounds, scaled, side_by_side
from tests.benchmarks.town import LINE, WORDS, Town, number_of, start, town
from tests.servers import redis_server

PEOPLE = 20_000
SLOW_PEOPLE = 6_400
LATENCY = 0.1
IN_FLIGHT = 64
FORKED = 15
URLS = CallbackUrls("https://village.example")


def run(report: Report) -> None:
    """Print the ratios."""
    people = scaled(PEOPLE)
    with town("sqlite", people * 5) as made:
        report.title(f"A broadcast to {people:,}, carrier without latency, SQLite (P4, P9)")
        _without_latency(report, made, people)
        report.title(f"A broadcast at {LATENCY * 1000:.0f} ms carrier latency (P5, P13)")
        _with_latency(report, made, scaled(SLOW_PEOPLE))


def _without_latency(report: Report, made: Town, people: int) -> None:
    with carrier_double() as double:
        pair = side_by_side(
            rate(partial(broadcast, made, double, people)),
            rate(partial(_plain_list, double.url, made.people[:people])),
            rounds=rounds(),
        )
        report.say(f"{pair.subject:,.0f} messages/s; the SDK over a plain list {pair.baseline:,.0f}")
        report.goal("P4 of the SDK's client over a plain list", pair.ratio, least=0.7)
        forked = _one_a_job(double.url)
        report.say(f"one message a job, RQ's forking worker: {forked:,.1f} messages/s")
        report.goal("P4 times one message a job", pair.subject / forked, least=300)
        few, many = people // 2, people * 5
        short, long = (_seconds(partial(broadcast, made, double, count)) for count in (few, many))
        report.goal(f"P9 sending: t({many:,}) / t({few:,})", long / short, most=11)


def _with_latency(report: Report, made: Town, people: int) -> None:
    bound = IN_FLIGHT / LATENCY
    with carrier_double(latency=LATENCY) as double:
        found = statistics.median(rate(partial(broadcast, made, double, people))() for _ in range(rounds()))
        report.say(f"{found:,.0f} messages/s of {bound:,.0f}")
        report.goal("P5 of 64 / latency", found / bound, least=0.85)
    with carrier_double(latency=LATENCY, throttled=0.05) as double:
        found = statistics.median(rate(partial(broadcast, made, double, people))() for _ in range(rounds()))
        report.say(f"{found:,.0f} messages/s while 5 % are answered with 429")
        report.goal("P13 of 64 / latency", found / bound, least=0.8)
        counts = double.counts()
        sent = rounds() * people
        report.goal("P13 lost or sent twice", abs(sent - counts["taken"]) + counts["most"] - 1, most=0)


def broadcast(made: Town, double: Double, people: int) -> int:
    """Decide a broadcast and send it until nothing is left; each has attempts of its own, so the double can count them."""
    start(made, made.people[:people])
    carrier = SimulatorCarrier(account(double.url))
    # Never set: a run may wait for what the carrier refused as too fast.
    traffic = Traffic.of(carrier, LocalPacer(), NO_LIMITS, threading.Event())
    accepted = 0
    while accepted < people:
        accepted += sending.send_due(made.ports, carrier=carrier, urls=URLS, queue="bulk", traffic=traffic)
    return people


def account(url: str) -> CarrierAccount:
    """The account at the double."""
    return CarrierAccount("AC" + "0" * 32, "token", url, concurrency=IN_FLIGHT)


def _seconds(work: Callable[[], int]) -> float:
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun


def _plain_list(url: str, people: list[int]) -> int:
    asyncio.run(_drain(url, [number_of(one) for one in people]))
    return len(people)


async def _drain(url: str, numbers: list[str]) -> None:
    waiting = iter(numbers)
    async with open_client(account(url)) as client:

        async def lane() -> None:
            for number in waiting:
                await client.messages.create_async(
                    to=number, from_=LINE.e164, body=WORDS, status_callback="https://village.example/s?a=1"
                )

        await asyncio.gather(*(lane() for _ in range(IN_FLIGHT)))


def _one_a_job(url: str) -> float:
    """Messages a second of RQ's usual worker, which forks for each job and imports the SDK there."""
    with tempfile.TemporaryDirectory() as folder, redis_server(Path(folder)) as redis_url:
        command = [sys.executable, "-m", "tests.benchmarks.one_a_job", redis_url, url, str(FORKED)]
        done = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True)
    return FORKED / float(done.stdout)
