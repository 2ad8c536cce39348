"""A complaint has a number, is answered by staff, goes up when nobody does, and is read by nobody else."""

from __future__ import annotations

import pytest

from gateway.followup import complaining, views
from gateway.followup.complaint import Complaint
from gateway.kernel.errors import GatewayError
from gateway.kernel.ids import has_valid_check_digit
from gateway.kernel.ports import Ports
from gateway.messaging import inbox
from gateway.record import views as record
from gateway.wording.catalogue import Wording
from tests.fakes import StillClock
from tests.followup.promising import told
from tests.meetings.gathering import work
from tests.polls.village import Village, a_village


@pytest.fixture
def village(ports: Ports) -> Village:
    return a_village(ports, 3)


def complain(ports: Ports, village: Village, wording: Wording, text: str = "垃圾一直没人收") -> Complaint:
    made: Complaint = work(
        ports,
        lambda tx: complaining.complain(
            tx, village.people[0], text, at=ports.clock.now(), ports=ports, wording=wording
        ),
    )
    return made


def answer(ports: Ports, number: str, words: str, wording: Wording) -> None:
    work(ports, lambda tx: complaining.answer(tx, number, words, at=ports.clock.now(), wording=wording, by="li"))


def test_complaint_is_answered_once_and_its_author_told(
    ports: Ports, clock: StillClock, village: Village, wording: Wording
) -> None:
    made = complain(ports, village, wording)
    assert has_valid_check_digit(made.number)
    clock.advance(days=2)
    answer(ports, made.number, "以后每周二收", wording)
    [(person, words)] = told(ports, "complaint_answer")
    assert (person, made.number in words, "以后每周二收" in words) == (village.people[0], True, True)
    with pytest.raises(GatewayError, match="complaint_answered"):
        answer(ports, made.number, "又一次", wording)
    with ports.db.read() as conn:
        kept = views.complaint(conn, made.number)
        entries = record.entries_about(conn, f"complaint:{made.number}")
        statistics = views.complaint_statistics(conn, [village.id], clock.now())
    assert kept
    assert kept.answer == "以后每周二收"
    assert [(entry.kind, dict(entry.data)) for entry in entries] == [
        ("complaint.made", {}),
        ("complaint.answered", {"days": 2}),
    ]
    assert (statistics.made, statistics.answered, statistics.in_time, statistics.open) == (1, 1, 1, 0)
    assert statistics.days == 2


def test_complaint_that_nobody_answers_goes_up_once(
    ports: Ports, clock: StillClock, village: Village, wording: Wording
) -> None:
    made = complain(ports, village, wording)
    clock.advance(days=6)
    assert complaining.escalate_due(ports, wording=wording) == 0
    clock.advance(days=1)
    assert complaining.escalate_due(ports, wording=wording) == 1
    assert complaining.escalate_due(ports, wording=wording) == 0
    with ports.db.read() as conn:
        lines = [ports.sealer.open(one.sealed_text or "").decode() for one in inbox.waiting(conn, village.id)]
        statistics = views.complaint_statistics(conn, [village.id], clock.now())
    assert ["督办" in line for line in lines] == [False, True]
    assert not any("垃圾" in line for line in lines)
    assert (statistics.open, statistics.overdue, statistics.days) == (1, 1, None)
    assert made.number in lines[1]


@pytest.mark.parametrize(("text", "code"), [(" ", "complaint_too_short"), ("字" * 501, "complaint_too_long")])
def test_complaint_is_neither_empty_nor_endless(
    ports: Ports, village: Village, wording: Wording, text: str, code: str
) -> None:
    with pytest.raises(GatewayError, match=code):
        complain(ports, village, wording, text)


def test_answers_go_only_to_complaints_there_are(ports: Ports, village: Village, wording: Wording) -> None:
    assert village.people
    for number in ("12", "13", "", "x"):
        with pytest.raises(GatewayError, match="complaint_unknown"):
            answer(ports, number, "好", wording)
