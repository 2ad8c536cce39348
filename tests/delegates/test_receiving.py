"""Reception days: announced, booked by one person each, moved, given back, reminded of, called off."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest

from gateway.delegates import receiving, views
from gateway.delegates.model import DayDraft, DayState, Slot
from gateway.kernel.errors import GatewayError
from gateway.kernel.ports import Ports
from gateway.wording.catalogue import Wording
from tests.delegates.office import a_guest
from tests.fakes import StillClock
from tests.followup.promising import told
from tests.meetings.gathering import work
from tests.polls.village import Village, a_village


@pytest.fixture
def village(ports: Ports) -> Village:
    return a_village(ports, 6)


@pytest.fixture
def day(ports: Ports, village: Village, wording: Wording) -> int:
    """Three times of twenty minutes, in three days, announced to everybody."""
    now = ports.clock.now()
    draft = DayDraft(village.id, a_guest(ports, village), "村委会", now + timedelta(days=3), 20, 3)
    number: int = work(ports, lambda tx: receiving.plan_day(tx, draft, at=now)).number
    work(ports, lambda tx: receiving.announce(tx, number, village.people, at=now, wording=wording))
    return number


def book(ports: Ports, day: int, person: int, slot: int | None = None) -> Slot:
    taken: Slot = work(ports, lambda tx: receiving.book(tx, day, person, slot, at=ports.clock.now()))
    return taken


def taken(ports: Ports, day: int) -> list[int | None]:
    with ports.db.read() as conn:
        return [one.resident_id for one in views.slots(conn, day)]


def test_day_is_announced_once_to_each_and_booked_in_order(
    ports: Ports, village: Village, wording: Wording, day: int
) -> None:
    again = work(ports, lambda tx: receiving.announce(tx, day, village.people, at=ports.clock.now(), wording=wording))
    assert again == 0
    assert {person for person, _ in told(ports, "reception")} == set(village.people)
    first, second, third, fourth = village.people[:4]
    assert [book(ports, day, one).number for one in (first, second, first)] == [1, 2, 1]
    assert book(ports, day, third).starts_at - book(ports, day, first).starts_at == timedelta(minutes=40)
    with pytest.raises(GatewayError, match="reception_full"):
        book(ports, day, fourth)
    with ports.db.read() as conn:
        assert views.unanswered_days(conn, first, ports.clock.now()) == []


def test_time_is_moved_and_given_back(ports: Ports, village: Village, day: int) -> None:
    first, second = village.people[:2]
    book(ports, day, first)
    later = work(ports, lambda tx: receiving.book_later(tx, day, first, at=ports.clock.now()))
    assert (later.number, taken(ports, day)) == (2, [None, first, None])
    with pytest.raises(GatewayError, match="slot_taken"):
        book(ports, day, second, 2)
    assert book(ports, day, second, 3).number == 3
    with pytest.raises(GatewayError, match="reception_full"):
        work(ports, lambda tx: receiving.book_later(tx, day, first, at=ports.clock.now()))
    assert taken(ports, day) == [None, first, second]
    assert work(ports, lambda tx: receiving.leave(tx, day, first, at=ports.clock.now()))
    assert taken(ports, day) == [None, None, second]


def test_many_at_once_get_a_time_each(ports: Ports, village: Village, day: int) -> None:
    def one(person: int) -> str:
        try:
            book(ports, day, person)
        except GatewayError as error:
            return error.code
        return "booked"

    with ThreadPoolExecutor(6) as pool:
        results = list(pool.map(one, village.people[:6]))
    assert sorted(results) == ["booked"] * 3 + ["reception_full"] * 3
    assert len(set(taken(ports, day))) == 3


def test_whoever_has_a_time_is_reminded_once_a_day_ahead(
    ports: Ports, clock: StillClock, village: Village, wording: Wording, day: int
) -> None:
    book(ports, day, village.people[0])
    clock.advance(hours=47)
    assert receiving.remind_due(ports, wording=wording) == 0
    clock.advance(hours=2)
    assert receiving.remind_due(ports, wording=wording) == 1
    assert receiving.remind_due(ports, wording=wording) == 0
    [(person, words)] = told(ports, "reception_reminder")
    assert (person, "村委会" in words) == (village.people[0], True)


def test_day_that_is_called_off_is_told_to_whoever_has_a_time(
    ports: Ports, village: Village, wording: Wording, day: int
) -> None:
    book(ports, day, village.people[0])
    assert work(ports, lambda tx: receiving.cancel_day(tx, day, at=ports.clock.now(), wording=wording)) == 1
    assert [person for person, _ in told(ports, "reception_cancelled")] == [village.people[0]]
    with ports.db.read() as conn:
        assert views.reception_day(conn, day).state is DayState.CANCELLED
    with pytest.raises(GatewayError, match="reception_over"):
        book(ports, day, village.people[1])


@pytest.mark.parametrize(
    ("terms", "code"),
    [({"place": " "}, "reception_place_wrong"), ({"slots": 0}, "reception_slots_wrong"),
     ({"minutes": 1}, "reception_slots_wrong"), ({"starts_at": None}, "reception_time_past")],
)  # fmt: skip
def test_day_must_be_whole(ports: Ports, village: Village, terms: dict[str, Any], code: str) -> None:
    now = ports.clock.now()
    usual = {"place": "村委会", "starts_at": now + timedelta(days=1), "minutes": 20, "slots": 3}
    values = usual | {name: now if value is None else value for name, value in terms.items()}
    with pytest.raises(GatewayError, match=code):
        work(ports, lambda tx: receiving.plan_day(tx, DayDraft(village.id, village.people[0], **values), at=now))
