"""The township's month: what many spoke of, what is promised, owed and complained of; in words and for machines."""

from __future__ import annotations

import json
from datetime import timedelta

from gateway.delegates import referring
from gateway.followup import complaining
from gateway.kernel.ports import Ports
from gateway.messaging import inbox
from gateway.messaging.segments import count_segments
from gateway.roll import views as roll
from gateway.topics import actions as topics
from gateway.township import digest, views
from gateway.wording.catalogue import Wording
from tests.delegates.office import a_guest, a_township
from tests.fakes import StillClock
from tests.followup.promising import a_plan, told
from tests.meetings.gathering import an_accepted_topic, work
from tests.polls.village import a_village


def test_month_is_compiled_once_and_kept(ports: Ports, clock: StillClock, wording: Wording) -> None:
    village = a_village(ports, 6)
    above, guest = a_township(ports, village), a_guest(ports, village)
    topic = an_accepted_topic(ports, village, wording)
    a_plan(ports, topic, wording, days=(2, 60))
    now = clock.now()
    due = now + timedelta(days=2)
    work(ports, lambda tx: referring.refer(tx, topic.id, guest, due, at=now, wording=wording))
    work(
        ports,
        lambda tx: complaining.complain(tx, village.people[4], "垃圾没人收", at=now, ports=ports, wording=wording),
    )
    clock.advance(days=10)
    assert digest.make_due(ports, wording=wording) == 1
    assert digest.make_due(ports, wording=wording) == 0
    with ports.db.read() as conn:
        place = roll.community(conn, above)
        month = digest.last_month(clock.now(), place)
        found = views.digest(conn, above, month)
        assert views.digest_months(conn, above) == [month]
        [line] = inbox.waiting(conn, above)
    assert found
    data, text = found
    assert data["promises"]["shitan"] == {"kept": 0, "open": 2, "overdue": 1}
    assert data["referrals"] == {"made": 1, "answered": 0, "late": 1}
    assert data["complaints"] == {"made": 1, "answered": 0, "late": 1}
    assert (data["hot_spots"][0]["people"], data["hot_spots"][0]["topics"]) == (3, [topic.number])
    assert "石滩村：逾期 1 件" in text
    # Nobody's name, and nothing of a complaint but that there is one.
    assert not any(
        word in json.dumps([data, text], ensure_ascii=False) for word in ("村民0", "村民1", "周代表", "垃圾", "+86")
    )
    # The delegate hears of it in a text of two segments at most.
    [(who, said)] = told(ports, digest.DIGEST)
    assert who == guest
    assert "3人说了1件事" in said
    assert "承诺逾期1件，转办逾期1件" in said
    assert count_segments(said).segments <= 2
    assert month in ports.sealer.open(line.sealed_text or "").decode()


def test_month_in_short_quotes_what_was_accepted_and_nothing_that_waits(
    ports: Ports, clock: StillClock, wording: Wording
) -> None:
    village = a_village(ports, 6)
    a_township(ports, village)
    guest, topic, now = a_guest(ports, village), an_accepted_topic(ports, village, wording), clock.now()
    due = now + timedelta(days=2)
    work(ports, lambda tx: referring.refer(tx, topic.id, guest, due, at=now, wording=wording))
    for person in village.people[2:]:
        work(ports, lambda tx, one=person: topics.raise_topic(tx, village.id, one, "祠堂的屋顶漏雨了", at=now))
    clock.advance(days=10)
    digest.make_due(ports, wording=wording)
    [(_, said)] = told(ports, digest.DIGEST)
    # More people spoke of what waits than of what was accepted, and the office has not looked at it yet.
    assert "6人说了5件事" in said
    assert "，最多的是“村口的桥栏杆松了”3人。" in said and "祠堂" not in said
