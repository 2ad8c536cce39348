"""The inbox: accepted once, answered alike, kept no longer than needed."""

from __future__ import annotations

import threading
from datetime import date, timedelta

import pytest

from gateway.kernel.errors import NotFound, Rejected, Unreachable
from gateway.kernel.ports import Ports
from gateway.messaging import inbox, redacting
from gateway.messaging.inbox import InboxKind, InboxState
from gateway.messaging.leftovers import MOST_TRIES, Left
from tests.fakes import ScriptedCarrier, StillClock
from tests.messaging.village import add_people, add_village

TODAY = date(2026, 11, 24)


def _claim(
    ports: Ports, key: str = "k" * 64, *, answer: str = "sealed", state: InboxState = InboxState.DONE
) -> int | None:
    with ports.db.work() as tx:
        claimed = inbox.claim(tx, key, InboxKind.TEXT, at=ports.clock.now())
        if claimed is not None:
            inbox.settle(tx, claimed, state=state, answer=answer)
            tx.commit()
        return claimed


def test_inbox_claims_a_key_once_and_keeps_the_answer(ports: Ports) -> None:
    assert _claim(ports) is not None
    assert _claim(ports) is None
    with ports.db.read() as conn:
        assert inbox.answer_of(conn, "k" * 64) == "sealed"
        assert inbox.answer_of(conn, "other") is None


def test_inbox_forgets_a_claim_that_was_not_committed(ports: Ports) -> None:
    with ports.db.work() as tx:
        inbox.claim(tx, "key", InboxKind.TEXT, at=ports.clock.now())
    assert _claim(ports, "key") is not None


def test_inbox_makes_a_parallel_repeat_wait_and_find_the_answer(ports: Ports) -> None:
    results: list[str | None] = []

    def receive(answer: str) -> None:
        with ports.db.work() as tx:
            claimed = inbox.claim(tx, "key", InboxKind.TEXT, at=ports.clock.now())
            if claimed is None:
                results.append(inbox.answer_of(tx.connection, "key"))
                return
            inbox.settle(tx, claimed, state=InboxState.DONE, answer=answer)
            tx.commit()
            results.append(answer)

    threads = [threading.Thread(target=receive, args=(f"answer {i}",)) for i in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(results) == 8
    assert len(set(results)) == 1
    assert results[0] is not None


def test_inbox_lists_what_waits_for_a_person_until_it_is_answered(ports: Ports) -> None:
    village = add_village(ports)
    person = add_people(ports, village, 1)[0]
    with ports.db.work() as tx:
        first = inbox.claim(tx, "a", InboxKind.TEXT, at=ports.clock.now())
        assert first is not None
        inbox.settle(
            tx, first, state=InboxState.FOR_PERSON, sealed_text="sealed", community_id=village, resident_id=person
        )
        tx.commit()
    with ports.db.read() as conn:
        found = inbox.waiting(conn, village)
        assert [(w.id, w.resident_id, w.received_on, w.sealed_text) for w in found] == [
            (first, person, TODAY, "sealed")
        ]
        assert "sealed_text" not in repr(found)
        assert inbox.waiting(conn, village + 1) == []
    with ports.db.work() as tx:
        inbox.answer_waiting(tx, first)
        tx.commit()
    with ports.db.work() as tx, pytest.raises(NotFound):
        inbox.answer_waiting(tx, first)


def test_once_a_day_is_once_a_day(ports: Ports) -> None:
    with ports.db.work() as tx:
        assert inbox.once_a_day(tx, "key", TODAY)
        assert not inbox.once_a_day(tx, "key", TODAY)
        assert inbox.once_a_day(tx, "key", TODAY + timedelta(days=1))
        assert inbox.once_a_day(tx, "other", TODAY)


def test_inbox_forgets_texts_and_answers_but_never_a_claim(ports: Ports) -> None:
    _claim(ports)
    with ports.db.work() as tx:
        inbox.forget_before(tx, TODAY)
        assert inbox.answer_of(tx.connection, "k" * 64) == "sealed"
        inbox.forget_before(tx, TODAY + timedelta(days=1))
        assert inbox.answer_of(tx.connection, "k" * 64) == ""
        assert inbox.claim(tx, "k" * 64, InboxKind.TEXT, at=ports.clock.now()) is None


def _ask_redaction(ports: Ports, *carrier_ids: str) -> None:
    with ports.db.work() as tx:
        for carrier_id in carrier_ids:
            inbox.redact_later(tx, carrier_id, at=ports.clock.now())
        tx.commit()


def test_texts_are_emptied_at_the_carrier_once_it_lets_us(
    ports: Ports, carrier: ScriptedCarrier, clock: StillClock
) -> None:
    _ask_redaction(ports, "SM1", "SM1", "SM2")
    assert redacting.redact_texts(ports, carrier=carrier) == 0
    clock.advance(hours=2)
    assert redacting.redact_texts(ports, carrier=carrier) == 2
    assert redacting.redact_texts(ports, carrier=carrier) == 0
    assert carrier.redacted == ["SM1", "SM2"]


def test_texts_the_carrier_refuses_to_empty_are_asked_again_and_given_up_in_the_end(
    ports: Ports, clock: StillClock
) -> None:
    class Refusing(ScriptedCarrier):
        asked = 0
        error: type[Exception] = Rejected

        def redact_text(self, carrier_id):  # type: ignore[no-untyped-def]
            self.asked += 1
            raise self.error("refused")

    carrier = Refusing()
    _ask_redaction(ports, "SM1")
    for _ in range(100):
        clock.advance(hours=1)
        redacting.redact_texts(ports, carrier=carrier)
    assert carrier.asked == MOST_TRIES
    with ports.db.read() as conn:
        assert redacting.not_emptied(conn) == Left(0, ("SM1",))
    carrier.error = Unreachable
    _ask_redaction(ports, "SM2", "SM3")
    clock.advance(hours=2)
    redacting.redact_texts(ports, carrier=carrier)
    assert carrier.asked == MOST_TRIES + 1
