"""The carrier at its worst, over real HTTP: 429, 500, resets and silence, before and after it accepted. Nobody twice, nobody lost."""

from __future__ import annotations

import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from email.utils import format_datetime

import pytest
from werkzeug.wrappers import Request, Response

from gateway.carriers.port import CarrierAccount
from gateway.carriers.twilio.carrier import TwilioCarrier
from gateway.kernel.pacing import LocalPacer
from gateway.kernel.ports import Ports
from gateway.messaging import sending
from gateway.messaging.sending import NO_LIMITS, Traffic
from tests.carriers.twilio.api_server import ApiServer, answering, api_server, created, failing, resetting
from tests.messaging.test_traffic import RunningClock, Waiting
from tests.messaging.village import URLS, add_people, add_village, outbox_rows, start

PEOPLE = 40
# How often one person's text may be asked for at most, whatever the carrier answers: three in four go wrong here.
MOST_REQUESTS = 20


class Troubled:
    """A carrier that accepts, or fails before or after it has accepted; it lists what it has."""

    def __init__(self, api: ApiServer, clock: RunningClock, faults: list[Callable[[Request], Response]]) -> None:
        self.taken: dict[str, tuple[str, str, str]] = {}
        self.accepted: Counter[str] = Counter()
        self.requests: Counter[str] = Counter()
        self._faults = faults
        self._chance = random.Random(7)
        self._clock = clock
        self._lock = threading.Lock()
        api.usual = self.answer

    def answer(self, request: Request) -> Response:
        if request.method == "GET":
            return self._listed(request.args["To"])
        with self._lock:
            address = request.form["StatusCallback"]
            self.requests[address] += 1
            fault = self._chance.choice(self._faults) if self._chance.random() < 0.6 else None
            # "Too many" is always said before; anything else may come after the text was taken.
            refused = fault in REFUSALS or (fault is not None and self._chance.random() < 0.5)
            if not refused:
                self.accepted[address] += 1
                sid = f"SM{sum(self.accepted.values()):032x}"
                self.taken[sid] = (request.form["To"], request.form["Body"], format_datetime(self._clock.now()))
        return fault(request) if fault else created(sid)

    def _listed(self, to: str) -> Response:
        rows = [
            f'{{"sid": "{sid}", "date_created": "{at}", "body": "{body}", "to": "{to}", "status": "queued"}}'
            for sid, (number, body, at) in self.taken.items()
            if number == to
        ]
        return answering(f'{{"messages": [{",".join(rows)}], "next_page_uri": null}}')(Request({}))


TOO_MANY = failing(429, 20429)
REFUSALS = (TOO_MANY,)


def silent(_request: Request) -> Response:
    """Longer than anybody waits."""
    time.sleep(1.5)  # that is what is tested
    return created()


@pytest.fixture
def api() -> Iterator[ApiServer]:
    with api_server() as server:
        yield server


@pytest.mark.one_database
@pytest.mark.parametrize(
    "faults",
    [[TOO_MANY], [failing(500)], [resetting], [TOO_MANY, failing(503, 20503), resetting, failing(500)]],
    ids=["429", "500", "resets", "all"],
)
def test_troubled_carrier_takes_each_text_once(
    ports: Ports, api: ApiServer, faults: list[Callable[[Request], Response]], figure: Callable[[str], None]
) -> None:
    troubled = _deliver_all(ports, api, faults, PEOPLE, timeout=10)
    assert len(troubled.accepted) == PEOPLE
    assert set(troubled.accepted.values()) == {1}
    assert max(troubled.requests.values()) <= MOST_REQUESTS
    figure(
        f"{PEOPLE} texts by a carrier of which 60 % of the answers fail: {len(troubled.accepted)} taken, 0 twice,"
        f" {sum(troubled.requests.values())} requests, {max(troubled.requests.values())} at most for one"
    )


@pytest.mark.one_database
def test_silent_carrier_takes_each_text_once(ports: Ports, api: ApiServer) -> None:
    troubled = _deliver_all(ports, api, [silent], 6, timeout=1)
    assert len(troubled.accepted) == 6
    assert set(troubled.accepted.values()) == {1}


def _deliver_all(
    ports: Ports, api: ApiServer, faults: list[Callable[[Request], Response]], people: int, *, timeout: int
) -> Troubled:
    """Send, sweep and settle while the time passes, until the carrier has everything and we know it."""
    clock = RunningClock()
    moving = replace(ports, clock=clock)
    village = add_village(moving)
    start(moving, village, add_people(moving, village, people), calls={})
    troubled = Troubled(api, clock, faults)
    carrier = TwilioCarrier(CarrierAccount("AC" + "1" * 32, "token", api.url, timeout_seconds=timeout, concurrency=8))
    traffic = Traffic.of(carrier, LocalPacer(clock=clock), NO_LIMITS, Waiting(clock))
    for _ in range(200):
        sending.send_due(moving, carrier=carrier, urls=URLS, queue="bulk", traffic=traffic)
        sending.sweep(moving)
        sending.settle_unknown(moving, carrier=carrier, urls=URLS)
        if {row.state for row in outbox_rows(moving)} == {"accepted"}:
            return troubled
        clock.seconds += 15
    raise AssertionError(Counter(row.state for row in outbox_rows(moving)))
