"""P14: what exists already, doing the same job on the same machine in the same run: RapidSMS 2.2, and Kannel 1.4.5 with Flask.

RapidSMS is installed from the package index into a virtual environment that is thrown away; Kannel is Debian's package. What is not
there is left out with a reason.
"""

from __future__ import annotations

import statistics
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from tests.benchmarks.bench_sending import broadcast
from tests.benchmarks.bench_webhooks import PRODUCT, Server, _await, _open_poll, _texts, running_server
from tests.benchmarks.carrier_double import carrier_double
from tests.benchmarks.kannel_gateway import kannel_rate, kannel_reason
from tests.benchmarks.measuring import Report, rate, rounds, scaled
from tests.benchmarks.rapidsms_site import CannotBeInstalledError, RapidSms
from tests.benchmarks.town import Town, end, town
from tests.benchmarks.webhook_load import post_all, signed
from tests.servers import free_port, redis_server

REQUESTS = 2_000
OUTBOUND = 2_000


def run(report: Report) -> None:
    """Print how many times as fast we are."""
    report.title("Peers on the same job, SQLite (P14)")
    with (
        town("sqlite", OUTBOUND) as made,
        tempfile.TemporaryDirectory(prefix="xiangyin-bench-") as folder,
        tempfile.TemporaryDirectory() as queue,
        redis_server(Path(queue)) as redis_url,
    ):
        poll = _open_poll(made)
        with running_server(PRODUCT, made, redis_url) as product:
            post_all(product.port, _texts(made, poll, 200))
            _beside_kannel(report, made, product, poll)
            try:
                site = RapidSms(Path(folder), OUTBOUND)
            except CannotBeInstalledError:
                report.skipped("P14 RapidSMS", "it could not be installed from the package index")
                return
            _inbound(report, made, product, poll, site)
        _outbound(report, made, site)


def _inbound(report: Report, made: Town, product: Server, poll: int, site: RapidSms) -> None:
    count = scaled(REQUESTS)
    with _rapidsms(site) as peer:
        post_all(peer.port, _for_rapidsms(200))
        for _ in range(rounds(3)):
            product.measure(_texts(made, poll, count))
            peer.measure(_for_rapidsms(count // 4))
    report.say(f"product: {product.line()}")
    report.say(f"RapidSMS, its reply dropped: {peer.line()}")
    report.goal(
        "P14 inbound, times RapidSMS", statistics.median(product.rates) / statistics.median(peer.rates), least=4
    )
    report.say(f"the same by processor time: {statistics.median(peer.micros) / statistics.median(product.micros):.2f}")


def _outbound(report: Report, made: Town, site: RapidSms) -> None:
    people = scaled(OUTBOUND)
    ours, theirs = [], []
    with carrier_double() as double:
        for _ in range(rounds(3)):
            ours.append(rate(partial(broadcast, made, double, people))())
            theirs.append(float(site.run("outbound.py", str(people // 4), CARRIER_URL=f"{double.url}/Messages.json")))
    found, other = statistics.median(ours), statistics.median(theirs)
    report.say(f"outbound: {found:,.0f} messages/s; RapidSMS {other:,.0f}")
    report.goal("P14 outbound, times RapidSMS", found / other, least=3)


def _beside_kannel(report: Report, made: Town, product: Server, poll: int) -> None:
    if reason := kannel_reason():
        report.skipped("P14 Kannel", reason)
        return
    count, ours, theirs = scaled(REQUESTS), [], []
    for _ in range(rounds(3)):
        ours.append(post_all(product.port, _texts(made, poll, count))["rate"])
        theirs.append(kannel_rate(count))
    report.say(f"Kannel in front of Flask with two statements: {statistics.median(theirs):,.0f} texts/s")
    report.goal("P14 inbound, times Kannel with Flask", statistics.median(ours) / statistics.median(theirs), least=1)


def _for_rapidsms(count: int) -> list[str]:
    return [
        signed("/sms/", {"identity": f"+861{i % OUTBOUND:010d}", "text": f"VOTE 1 {i % 2 + 1}"}) for i in range(count)
    ]


@contextmanager
def _rapidsms(site: RapidSms) -> Iterator[Server]:
    port = free_port()
    command = [
        str(site.python), "-m", "granian", "--interface", "wsgi", "site_wsgi:application", "--host", "127.0.0.1",
        "--port", str(port), "--workers", "2", "--blocking-threads", "4", "--no-ws", "--log-level", "warning",
    ]  # fmt: skip
    child = subprocess.Popen(command, cwd=site.folder, env=site.environment())
    try:
        _await(port, child)
        yield Server(port, child, [], [], [], [])
    finally:
        end(child)
