"""Texts that the carrier has and we have not: each acted on once, answered by a text of its own; votes too late say so."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from gateway.carriers.port import Accepted, IncomingText, OutgoingText, ReceivedText, SentItem
from gateway.conversation import missed
from gateway.conversation.texts import receive_text
from gateway.kernel.errors import CarrierError, Unreachable
from gateway.kernel.phones import PhoneNumber
from gateway.kernel.ports import Ports
from gateway.messaging.actions import MOST_IDENTICAL
from gateway.messaging.model import CallbackUrls
from gateway.polls import views as polls
from gateway.polls.closing import close_poll
from gateway.roll import views as roll
from gateway.wording.catalogue import Wording
from tests.conversation.texting import Texting, rows
from tests.fakes import ScriptedCarrier, StillClock
from tests.polls.village import Village, a_village, an_open_poll

URLS = CallbackUrls("https://gateway.example")


@pytest.fixture
def village(ports: Ports) -> Village:
    return a_village(ports)


@pytest.fixture
def line(ports: Ports, village: Village) -> PhoneNumber:
    with ports.db.read() as conn:
        found = roll.community(conn, village.id).line
    assert found
    return found


def _sent(ports: Ports, line: PhoneNumber, resident_id: int, body: str, name: str) -> ReceivedText:
    incoming = IncomingText(f"SM{name}", PhoneNumber(f"+86138{resident_id:08}"), line, body)
    return ReceivedText(incoming, ports.clock.now())


def _fetch(ports: Ports, carrier: ScriptedCarrier, wording: Wording) -> int:
    return missed.fetch_missed(ports, carrier=carrier, wording=wording)


def test_missed_texts_are_taken_in_once_however_often_and_however_they_come(
    ports: Ports, village: Village, line: PhoneNumber, carrier: ScriptedCarrier, wording: Wording, clock: StillClock,
    figure: Callable[[str], None],
) -> None:  # fmt: skip
    poll = an_open_poll(ports, village)
    carrier.received = [_sent(ports, line, one, f"投{poll} 1", f"vote{one}") for one in village.people[:6]]
    carrier.received += [_sent(ports, line, village.people[6], "议题 村口的路灯坏了", "topic")]
    assert _fetch(ports, carrier, wording) == 0  # the carrier may still bring them itself
    clock.advance(minutes=3)
    brought = carrier.received[:3]
    with ThreadPoolExecutor(4) as pool:
        fetched = [pool.submit(_fetch, ports, carrier, wording) for _ in range(2)]
        for one in brought:
            pool.submit(receive_text, one.text, ports=ports, wording=wording, carrier_name=carrier.name).result()
    assert _fetch(ports, carrier, wording) == 0
    with ports.db.read() as conn:
        assert polls.turnout(conn, poll).participants == 6
    assert len(rows(ports, "topic")) == 1
    assert len(rows(ports, "inbox")) == 7
    figure(
        f"missed texts on {ports.db.engine.dialect.name}: 7 of 7 taken in once, by {len(fetched)} jobs and 3 webhooks at once"
    )


def test_missed_text_is_answered_by_a_text_once_even_when_the_carrier_is_silent(
    ports: Ports, village: Village, line: PhoneNumber, carrier: ScriptedCarrier, wording: Wording, clock: StillClock
) -> None:
    poll = an_open_poll(ports, village)
    carrier.received = [_sent(ports, line, village.people[0], f"投{poll} 1", "vote")]
    clock.advance(minutes=3)
    _fetch(ports, carrier, wording)
    carrier.outcomes = [Unreachable("carrier_unreachable")]
    assert missed.send_late_replies(ports, carrier=carrier, urls=URLS) == 0
    clock.advance(minutes=3)
    assert missed.send_late_replies(ports, carrier=carrier, urls=URLS) == 1
    reply = carrier.sent[0]
    assert isinstance(reply, OutgoingText)
    assert (reply.to, reply.sender) == (carrier.received[0].text.sender, line)
    assert "回执" in reply.body
    assert missed.send_late_replies(ports, carrier=carrier, urls=URLS) == 0
    assert rows(ports, "late_reply") == []


def test_missed_text_whose_answer_the_carrier_has_is_not_answered_again(
    ports: Ports, village: Village, line: PhoneNumber, carrier: ScriptedCarrier, wording: Wording, clock: StillClock
) -> None:
    carrier.received = [_sent(ports, line, village.people[0], "帮助", "help")]
    clock.advance(minutes=3)
    _fetch(ports, carrier, wording)
    bodies: list[str] = []

    def take_and_break(batch: list[OutgoingText]) -> list[Accepted | CarrierError]:
        bodies.extend(item.body for item in batch)
        return [Unreachable("carrier_unreachable") for _ in batch]

    carrier.send = take_and_break  # type: ignore[assignment, method-assign]
    missed.send_late_replies(ports, carrier=carrier, urls=URLS)
    carrier.listed = [SentItem("SMx", "", body) for body in bodies]
    clock.advance(minutes=3)
    missed.send_late_replies(ports, carrier=carrier, urls=URLS)
    assert len(bodies) == 1
    assert rows(ports, "late_reply") == []


@pytest.mark.parametrize("body", ["1", "投{poll} 1", "赞成"])
def test_missed_vote_that_comes_after_closing_is_not_counted_and_says_so(
    ports: Ports, village: Village, line: PhoneNumber, carrier: ScriptedCarrier, wording: Wording, clock: StillClock, body: str
) -> None:  # fmt: skip
    poll = an_open_poll(ports, village)
    carrier.received = [_sent(ports, line, village.people[0], body.format(poll=poll), "vote")]
    clock.advance(minutes=5)
    close_poll(poll, ports=ports, wording=wording)
    assert _fetch(ports, carrier, wording) == 1
    missed.send_late_replies(ports, carrier=carrier, urls=URLS)
    reply = carrier.sent[-1]
    assert isinstance(reply, OutgoingText)
    assert reply.body == wording.say("text.vote.too_late", "zh", village="石滩村", poll=poll)
    with ports.db.read() as conn:
        assert polls.result(conn, poll).participants == 0


def test_line_that_cannot_be_asked_about_loses_nothing(
    ports: Ports, village: Village, line: PhoneNumber, carrier: ScriptedCarrier, wording: Wording, clock: StillClock
) -> None:
    carrier.received = [_sent(ports, line, village.people[0], "帮助", "help")]
    clock.advance(minutes=3)

    def down(*_: object) -> list[ReceivedText]:
        raise Unreachable("carrier_unreachable")

    listing, carrier.list_received = carrier.list_received, down  # type: ignore[method-assign]
    assert _fetch(ports, carrier, wording) == 0
    carrier.list_received = listing  # type: ignore[method-assign]
    clock.advance(hours=5)
    assert _fetch(ports, carrier, wording) == 1


def test_text_that_was_emptied_at_the_carrier_is_left_alone(
    ports: Ports, village: Village, line: PhoneNumber, carrier: ScriptedCarrier, wording: Wording, clock: StillClock
) -> None:
    carrier.received = [_sent(ports, line, village.people[0], "", "emptied")]
    clock.advance(hours=3)
    assert _fetch(ports, carrier, wording) == 0


def test_machine_that_answers_our_answers_is_not_answered_for_ever(
    ports: Ports, village: Village, line: PhoneNumber, wording: Wording, figure: Callable[[str], None]
) -> None:
    machine = Texting(ports, wording, PhoneNumber(f"+86138{village.people[0]:08}"), line)
    answers = [machine.text("帮助") for _ in range(MOST_IDENTICAL + 10)]
    assert all(answers[:MOST_IDENTICAL])
    assert not any(answers[MOST_IDENTICAL:])
    assert machine.text("我的")
    figure(f"identical answers to one telephone: {MOST_IDENTICAL} of {len(answers)} given, then silence")


def test_lookback_is_longer_than_any_outage_that_goes_unnoticed() -> None:
    assert timedelta(days=2) <= missed.LOOK_BACK
