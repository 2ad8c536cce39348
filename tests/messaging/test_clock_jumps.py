"""The machine's clock jumps back and forth in the middle of a broadcast: nobody is lost, nobody is sent the same twice."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

from gateway.carriers.port import ReportedStatus
from gateway.kernel.ports import Ports
from gateway.messaging import sending
from tests.fakes import ScriptedCarrier, StillClock
from tests.messaging.village import URLS, add_people, add_village, attempts, counts, report, send, start

JUMPS = (-7200, 3600, -86_400, 90_000, 600, -300)


def test_clock_that_jumps_loses_nobody_and_sends_nothing_twice(
    ports: Ports, carrier: ScriptedCarrier, clock: StillClock, figure: Callable[[str], None]
) -> None:
    village = add_village(ports)
    people = add_people(ports, village, 20)
    noon = clock.at
    key = start(ports, village, people, calls={})
    for jump in JUMPS:
        clock.advance(seconds=jump)
        send(ports, carrier)
        sending.sweep(ports)
        sending.settle_unknown(ports, carrier=carrier, urls=URLS)
    clock.at = noon
    send(ports, carrier)
    assert Counter(item.to for item in carrier.sent).most_common(1)[0][1] == 1
    assert len(carrier.sent) == len(people)
    for index in range(len(carrier.sent)):
        report(ports, carrier, index, ReportedStatus.DELIVERED)
    assert counts(ports, key) == (len(people), 0, 0, 0)
    assert set(attempts(ports)) == {("text", "delivered")}
    kind = ports.db.engine.dialect.name
    figure(f"clock jumps on {kind}: {len(JUMPS)} jumps of up to a day, 0 of {len(people)} lost, 0 twice")
