"""A text before a call: to whom it goes, when, what it costs, and that it is nothing but an announcement."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

import pytest

from gateway.carriers.port import OutgoingCall, OutgoingText, ReportedStatus
from gateway.kernel.errors import Rejected
from gateway.kernel.ports import Ports
from gateway.messaging import actions, calendars, spending, views
from gateway.messaging.beforehand import LEAD, words_before_call
from gateway.messaging.model import BroadcastDraft, Rates
from gateway.messaging.money import UNIT, Terms
from gateway.roll import store as roll_store
from gateway.roll.model import Channel
from gateway.wording.catalogue import Wording
from tests.fakes import ScriptedCarrier, StillClock
from tests.messaging.village import (
    CALLS,
    TEXTS,
    add_people,
    add_village,
    attempts,
    counts,
    hear,
    outcomes,
    report,
    send,
    start,
)

READERS = {"channel": Channel.CALL, "reads_texts": True}
# Whoever wants calls and of whom nobody said that they read.
OTHERS = {"channel": Channel.CALL, "reads_texts": None}


def announced(
    ports: Ports, wording: Wording, village: int, people: Sequence[int], *, texts: dict[str, str] | None = None
) -> int:
    """A notice to people; its calls are announced."""
    with ports.db.read() as conn:
        notes = words_before_call(conn, village, wording=wording)
    more = {} if texts is None else {"texts": texts}
    return start(ports, village, people, before_call=notes, **more)


def went(carrier: ScriptedCarrier) -> list[str]:
    return ["text" if isinstance(item, OutgoingText) else "call" for item in carrier.sent]


def test_call_is_announced_to_those_who_read_and_to_nobody_else(
    ports: Ports, carrier: ScriptedCarrier, wording: Wording, clock: StillClock
) -> None:
    village = add_village(ports)
    readers, others = add_people(ports, village, 2, **READERS), add_people(ports, village, 1, **OTHERS)
    landline = add_people(ports, village, 1, phones=0, **READERS)
    with ports.db.work() as tx:
        roll_store.insert_phones(tx, [{"resident_id": landline[0], "number": "+8657112340000", "position": 0}])
        tx.commit()
    key = announced(ports, wording, village, [*readers, *others, *landline])
    send(ports, carrier)
    assert sorted(went(carrier)) == ["call", "call", "text", "text"]
    note = next(item for item in carrier.sent if isinstance(item, OutgoingText))
    assert note.body == wording.say("broadcast.call_soon", "zh", village="青山村", line="0571 0000 0001")
    clock.at += LEAD
    send(ports, carrier)
    assert [item.to for item in carrier.sent if isinstance(item, OutgoingCall)][2:] == [
        item.to for item in carrier.sent if isinstance(item, OutgoingText)
    ]
    assert counts(ports, key) == (0, 4, 0, 0)


def test_person_reached_by_text_first_gets_no_second_text(
    ports: Ports, carrier: ScriptedCarrier, wording: Wording
) -> None:
    village = add_village(ports)
    announced(ports, wording, village, add_people(ports, village, 1))
    send(ports, carrier)
    # The text fails, and the call that follows it is not announced by another text.
    report(ports, carrier, 0, ReportedStatus.FAILED, Rejected("rejected"))
    send(ports, carrier)
    assert went(carrier) == ["text", "call"]


def test_message_by_call_alone_is_announced_to_whoever_usually_gets_texts(
    ports: Ports, carrier: ScriptedCarrier, wording: Wording
) -> None:
    village = add_village(ports)
    announced(ports, wording, village, add_people(ports, village, 1), texts={})
    send(ports, carrier)
    assert went(carrier) == ["text"]


def test_shared_telephone_gets_one_text_and_its_call_waits_for_it(
    ports: Ports, carrier: ScriptedCarrier, wording: Wording, clock: StillClock
) -> None:
    village = add_village(ports)
    family = add_people(ports, village, 2, phones=0, **READERS) + add_people(ports, village, 1, phones=0, **OTHERS)
    with ports.db.work() as tx:
        phones = [{"resident_id": one, "number": "+8613800000077", "position": 0} for one in family]
        roll_store.insert_phones(tx, phones)
        tx.commit()
    announced(ports, wording, village, family)
    send(ports, carrier)
    assert went(carrier) == ["text"]
    clock.at += LEAD
    send(ports, carrier)
    assert went(carrier) == ["text", "call"]


@pytest.mark.parametrize("status", [ReportedStatus.DELIVERED, ReportedStatus.FAILED, ReportedStatus.SENT])
def test_text_before_a_call_delivers_nothing_and_leads_to_nothing(
    ports: Ports, carrier: ScriptedCarrier, wording: Wording, clock: StillClock, status: ReportedStatus
) -> None:
    village = add_village(ports)
    key = announced(ports, wording, village, add_people(ports, village, 1, **READERS))
    send(ports, carrier)
    report(ports, carrier, 0, status, Rejected("rejected") if status is ReportedStatus.FAILED else None)
    assert counts(ports, key) == (0, 1, 0, 0)
    clock.at += LEAD
    send(ports, carrier)
    # What follows the call is decided as if there had been no text: the same way again, later.
    report(ports, carrier, 1, ReportedStatus.NO_ANSWER)
    clock.at += timedelta(hours=2)
    send(ports, carrier)
    assert went(carrier) == ["text", "call", "call"]
    hear(ports, carrier.sent[2])
    assert counts(ports, key) == (1, 0, 0, 0)
    assert [outcomes(ports)[index] for index in (0, 2)] == ["no_answer", ""]


def test_text_before_a_call_is_withdrawn_with_it(ports: Ports, carrier: ScriptedCarrier, wording: Wording) -> None:
    village = add_village(ports)
    key = announced(ports, wording, village, add_people(ports, village, 1, **READERS))
    with ports.db.work() as tx:
        actions.abort(tx, key)
        tx.commit()
    assert send(ports, carrier) == 0
    assert attempts(ports) == [("call", "canceled"), ("text", "canceled")]


def test_night_holds_back_both_and_the_text_still_comes_first(
    ports: Ports, carrier: ScriptedCarrier, wording: Wording, clock: StillClock
) -> None:
    """Texts from 7:00, calls from 8:00, local time: the text comes five minutes before."""
    village = add_village(ports)
    clock.advance(hours=12)
    announced(ports, wording, village, add_people(ports, village, 1, **READERS))
    clock.advance(hours=7, minutes=54)
    assert send(ports, carrier) == 0
    clock.advance(minutes=1)
    assert send(ports, carrier) == 1
    clock.advance(minutes=5)
    assert send(ports, carrier) == 1
    assert went(carrier) == ["text", "call"]


def test_text_before_a_call_is_in_the_preview_and_paid(
    ports: Ports, carrier: ScriptedCarrier, wording: Wording
) -> None:
    village = add_village(ports)
    people = add_people(ports, village, 2, **READERS) + add_people(ports, village, 1, **OTHERS)
    with ports.db.work() as tx:
        spending.set_terms(tx, village, Terms("CNY", segment_price=UNIT // 10, minute_price=UNIT))
        tx.commit()
    with ports.db.read() as conn:
        notes = words_before_call(conn, village, wording=wording)
        draft = BroadcastDraft(village, "notice", "", TEXTS, CALLS, people, before_call=notes)
        found = views.preview(conn, draft, at=ports.clock.now(), usual=Rates(1, 1, 1))
    assert (found.texts, found.calls, found.announced, found.segments) == (0, 3, 2, 2)
    assert found.price == 3 * UNIT + 2 * UNIT // 10
    key = announced(ports, wording, village, people)
    with ports.db.read() as conn:
        assert views.spent(conn, village, ports.clock.now()) == found.price
    send(ports, carrier)
    with ports.db.read() as conn:
        told = views.report(conn, key)
    assert told.attempts["note", "accepted"] == 2
    assert told.price == UNIT + 2 * UNIT // 10
    with ports.db.work() as tx:
        actions.abort(tx, key)
        tx.commit()
    with ports.db.read() as conn:
        assert views.spent(conn, village, ports.clock.now()) == UNIT + 2 * UNIT // 10


def test_community_may_do_without(ports: Ports, carrier: ScriptedCarrier, wording: Wording) -> None:
    village = add_village(ports)
    with ports.db.work() as tx:
        calendars.announce_calls(tx, village, on=False)
        tx.commit()
    announced(ports, wording, village, add_people(ports, village, 1, **READERS))
    send(ports, carrier)
    assert went(carrier) == ["call"]


def test_answer_to_the_text_is_no_answer_to_what_the_call_asks(
    ports: Ports, carrier: ScriptedCarrier, wording: Wording
) -> None:
    village = add_village(ports)
    (person,) = add_people(ports, village, 1, **READERS)
    with ports.db.read() as conn:
        notes = words_before_call(conn, village, wording=wording)
    start(ports, village, [person], kind="poll", subject="poll:3", before_call=notes)
    send(ports, carrier)
    with ports.db.read() as conn:
        told = views.last_told(conn, person)
    assert told
    assert (told.kind, told.subject) == ("note", "")
