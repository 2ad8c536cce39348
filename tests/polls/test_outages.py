"""Whoever was turned away by an outage is counted without a name, and the result says when it could have mattered."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from sqlalchemy import select

from gateway.carriers.port import IncomingText, ReceivedCall, ReceivedText
from gateway.conversation import missed
from gateway.conversation.texts import claim_key
from gateway.kernel.db import metadata
from gateway.kernel.errors import Unreachable
from gateway.kernel.phones import PhoneNumber
from gateway.kernel.ports import Ports
from gateway.kernel.spool import FileSpool
from gateway.messaging import outages as log
from gateway.messaging.outages import Kind, What
from gateway.messaging.segments import count_segments
from gateway.polls import announcing, turned_away, views
from gateway.polls.auditing import audit
from gateway.polls.closing import close_poll
from gateway.polls.model import Outages, Result
from gateway.polls.publishing import published_poll
from gateway.roll import views as roll
from gateway.wording.catalogue import Wording
from tests.fakes import ScriptedCarrier, StillClock
from tests.polls.village import Village, a_village, an_open_poll, vote


@pytest.fixture
def village(ports: Ports) -> Village:
    return a_village(ports, 30)


@pytest.fixture
def line(ports: Ports, village: Village) -> PhoneNumber:
    with ports.db.read() as conn:
        found = roll.community(conn, village.id).line
    assert found
    return found


def _decided(ports: Ports, village: Village, wording: Wording, yes: int, no: int) -> int:
    """An open poll with so many votes."""
    poll = an_open_poll(ports, village)
    for place, resident in enumerate(village.people[: yes + no]):
        vote(ports, poll, resident, "yes" if place < yes else "no")
    return poll


def _turn_away(ports: Ports, line: PhoneNumber, texts: int = 0, calls: int = 0) -> None:
    for one in range(texts):
        log.turn_away(ports, Kind.TEXT, claim_key(ports, "simulator", f"SM{one}"), line)
    for one in range(calls):
        log.turn_away(ports, Kind.CALL, log.call_key(ports, f"CA{one}"), line)


def _close(ports: Ports, poll: int, wording: Wording) -> tuple[Result, Outages]:
    result = close_poll(poll, ports=ports, wording=wording)
    assert result.outages is not None
    return result, result.outages


@pytest.mark.parametrize(("turned_away_people", "doubt"), [(2, False), (3, True)])
def test_result_says_when_those_turned_away_reach_the_margin(
    ports: Ports, village: Village, line: PhoneNumber, wording: Wording, turned_away_people: int, doubt: bool
) -> None:
    poll = _decided(ports, village, wording, yes=15, no=10)
    _turn_away(ports, line, texts=1, calls=turned_away_people - 1)
    _turn_away(ports, line, texts=1)  # the carrier brings it once more
    result, found = _close(ports, poll, wording)
    assert result.margin == 3
    assert (found.texts, found.calls, found.at_most, found.doubt) == (
        1, turned_away_people - 1, turned_away_people, doubt)  # fmt: skip
    assert list(found.by_hour.values()) == [turned_away_people]
    with ports.db.read() as conn:
        told = views.poll(conn, poll)
        file = json.dumps(published_poll(conn, poll))
    for language in wording.languages:
        text = announcing.result_text(told, result, "石滩村", language, wording=wording)
        call = announcing.result_call(told, result, "石滩村", language, wording=wording)
        page = announcing.outages_in_words(told, result, language, wording=wording)
        proposals = ("重投", "重新表决", "重新表決", "vote again")
        assert [any(word in said for word in proposals) for said in (text, call, page)] == [doubt] * 3
        assert count_segments(text).segments <= 2
    assert audit(file).holds


def test_text_that_was_taken_in_after_all_was_not_turned_away(
    ports: Ports, village: Village, line: PhoneNumber, carrier: ScriptedCarrier, wording: Wording, clock: StillClock
) -> None:
    poll = an_open_poll(ports, village)
    sender = PhoneNumber(f"+86138{village.people[0]:08}")
    for name in ("SMfetched", "SMlost"):
        log.turn_away(ports, Kind.TEXT, claim_key(ports, carrier.name, name), line)
    carrier.received = [ReceivedText(IncomingText("SMfetched", sender, line, f"投{poll} 1"), clock.now())]
    clock.advance(minutes=3)
    missed.fetch_missed(ports, carrier=carrier, wording=wording)
    result, found = _close(ports, poll, wording)
    assert result.participants == 1
    assert found.texts == 1


def test_vote_that_came_too_late_is_counted_as_turned_away_whatever_is_asked_afterwards(
    ports: Ports, village: Village, line: PhoneNumber, carrier: ScriptedCarrier, wording: Wording, clock: StillClock
) -> None:
    poll = an_open_poll(ports, village)
    clock.advance(minutes=1)
    sender = PhoneNumber(f"+86138{village.people[0]:08}")
    carrier.received = [ReceivedText(IncomingText("SMlate", sender, line, f"投{poll} 1"), clock.now())]
    clock.advance(minutes=5)
    _, found = _close(ports, poll, wording)
    assert found.people == 0
    for _ in range(2):
        missed.fetch_missed(ports, carrier=carrier, wording=wording)
    with ports.db.read() as conn:
        known = turned_away.outages_of(conn, views.poll(conn, poll), clock.now())
    assert known.texts == 1


def test_calls_while_we_were_down_are_asked_of_the_carrier(
    ports: Ports, village: Village, line: PhoneNumber, carrier: ScriptedCarrier, wording: Wording, clock: StillClock
) -> None:
    poll = an_open_poll(ports, village)
    log.give_sign(ports, [What.GATEWAY, What.WEB])
    clock.advance(minutes=20)
    carrier.called = [(line, ReceivedCall(f"CA{one}", clock.now() - timedelta(minutes=one))) for one in range(4)]
    carrier.called.append((line, ReceivedCall("CAbefore", clock.now() - timedelta(minutes=40))))
    log.give_sign(ports, [What.GATEWAY])
    with ports.db.read() as conn:
        assert turned_away.outages_of(conn, views.poll(conn, poll), clock.now()).uncounted
    for _ in range(2):
        missed.fetch_missed(ports, carrier=carrier, wording=wording)
    carrier.called.append((line, ReceivedCall("CAserved", clock.now() + timedelta(minutes=1))))
    clock.advance(minutes=2)
    missed.fetch_missed(ports, carrier=carrier, wording=wording)
    _, found = _close(ports, poll, wording)
    assert (found.calls, found.uncounted, [one.what for one in found.down]) == (4, False, ["gateway"])


def test_carrier_that_was_silent_leaves_everybody_in_doubt_who_did_not_vote(
    ports: Ports, village: Village, line: PhoneNumber, carrier: ScriptedCarrier, wording: Wording, clock: StillClock
) -> None:
    poll = _decided(ports, village, wording, yes=20, no=4)

    def down(*_: object) -> list[ReceivedText]:
        raise Unreachable("carrier_unreachable")

    listing, carrier.list_received = carrier.list_received, down  # type: ignore[method-assign]
    missed.fetch_missed(ports, carrier=carrier, wording=wording)
    clock.advance(minutes=30)
    carrier.list_received = listing  # type: ignore[method-assign]
    missed.fetch_missed(ports, carrier=carrier, wording=wording)
    clock.advance(minutes=80)
    result, found = _close(ports, poll, wording)
    assert (result.margin, found.uncounted, found.at_most, found.doubt) == (8, True, 6, False)
    assert [(one.what, one.counted) for one in found.down] == [("carrier", False)]


def test_few_voters_and_any_turned_away_is_doubt_without_a_margin_that_would_tell(
    ports: Ports, village: Village, line: PhoneNumber, wording: Wording
) -> None:
    poll = _decided(ports, village, wording, yes=8, no=0)
    _turn_away(ports, line, calls=1)
    result, found = _close(ports, poll, wording)
    assert result.withheld
    assert result.margin is None
    assert found.doubt


def test_log_of_outages_holds_no_number_no_name_and_no_time_but_the_hour(
    ports: Ports, village: Village, line: PhoneNumber, clock: StillClock
) -> None:
    clock.advance(minutes=17, seconds=3)
    _turn_away(ports, line, texts=1, calls=1)
    waiting = "\n".join(ports.turned_away.take())
    log.take_in(ports)
    with ports.db.read() as conn:
        rows = conn.execute(select(metadata.tables["turned_away"])).all()
    assert len(rows) == 2
    for row in rows:
        assert (row.hour.minute, row.hour.second) == (0, 0)
        assert row.community_id == village.id
    for shown in (waiting, str(rows)):
        assert line.e164.lstrip("+") not in shown
        assert "SM0" not in shown
        assert "CA0" not in shown


def test_spool_keeps_what_is_added_while_it_is_taken_and_what_a_killed_taker_left(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    folder = tmp_path_factory.mktemp("spool") / "outages"
    spool, other = FileSpool(folder), FileSpool(folder)
    assert spool.take() == []
    spool.add("a")
    assert spool.take() == ["a"]
    other.add("b")
    assert other.take() == ["a"]  # the first taker died
    other.forget()
    assert spool.take() == ["b"]
    spool.forget()
    assert spool.take() == []
