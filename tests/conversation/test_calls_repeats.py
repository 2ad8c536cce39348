"""The same request again, at once, too late, from another call; and faults in the middle of a call."""

from __future__ import annotations

import logging
from dataclasses import replace

import pytest
from sqlalchemy import func, select, text

from gateway.carriers.port import IncomingCall
from gateway.kernel.db import metadata
from gateway.kernel.ports import Ports
from gateway.messaging import inbox
from gateway.polls import views as polls
from gateway.polls.closing import close_poll
from gateway.roll.model import Community
from gateway.topics import views as topics
from gateway.wording.catalogue import Wording
from tests.conversation.callers import ALONE, CODES, LINE, PIN, SHARED, UNKNOWN, Telephone, a_poll, a_village
from tests.fakes import StillClock
from tests.polls.village import even_few_are_published


@pytest.fixture
def community(ports: Ports) -> Community:
    return a_village(ports)


@pytest.fixture
def phone(ports: Ports, wording: Wording, community: Community) -> Telephone:
    return Telephone(ports, wording, ALONE)


def _counts(ports: Ports, wording: Wording, clock: StillClock, number: int) -> dict[str, int]:
    clock.advance(days=7)
    with even_few_are_published():
        result = close_poll(number, ports=ports, wording=wording)
    return {choice: votes for choice, votes in result.counts.items() if votes}


def _claims(ports: Ports) -> int:
    with ports.db.read() as conn:
        return conn.execute(select(func.count()).select_from(metadata.tables["inbox"])).scalar_one()


def test_repeat_of_each_request_changes_nothing_and_gets_the_first_words(
    ports: Ports, wording: Wording, clock: StillClock, phone: Telephone, community: Community
) -> None:
    number = a_poll(ports, community)
    phone.dial()
    for key in ("1", "1", "2", "2", "1"):
        phone.press(key)
        heard, answer = phone.heard, phone.steps
        repeated = phone.repeat()
        other = replace(phone, steps=repeated)
        assert other.heard == heard
        if heard.startswith("投好了"):
            assert repeated == answer
    phone.speak(12).press("1")
    for index in range(len(phone.requests)):
        phone.repeat(index)
    with ports.db.read() as conn:
        assert len(topics.topics(conn, community.id)) == 1
    assert _counts(ports, wording, clock, number) == {"yes": 1}


def test_same_request_from_five_threads_has_one_effect_and_one_answer(
    ports: Ports, phone: Telephone, community: Community
) -> None:
    phone.dial().press("2", "1").speak(12)
    answers = phone.press_five_times_at_once("1")
    assert all(answer == answers[0] for answer in answers)
    with ports.db.read() as conn:
        assert len(topics.topics(conn, community.id)) == 1


def test_ballot_from_five_threads_is_one_ballot_with_one_receipt(
    ports: Ports, wording: Wording, clock: StillClock, phone: Telephone, community: Community
) -> None:
    number = a_poll(ports, community)
    answers = phone.dial().press("1").press_five_times_at_once("1")
    assert phone.says("call.receipt.number")
    assert all(answer == answers[0] for answer in answers)
    assert _claims(ports) == 1
    assert _counts(ports, wording, clock, number) == {"yes": 1}


def test_late_repeat_of_an_earlier_ballot_does_not_revert_a_later_one(
    ports: Ports, wording: Wording, clock: StillClock, phone: Telephone, community: Community
) -> None:
    number = a_poll(ports, community)
    phone.dial().press("1", "1")
    first = len(phone.requests) - 1
    phone.press("2", "1", "2", "1")
    assert phone.says("call.receipt.number")
    for index in range(first + 1):
        phone.repeat(index)
    assert _counts(ports, wording, clock, number) == {"no": 1}


def test_old_step_with_another_key_cannot_cast_again(
    ports: Ports, wording: Wording, clock: StillClock, phone: Telephone, community: Community
) -> None:
    number = a_poll(ports, community)
    phone.dial().press("1", "1", "2", "1", "2", "1")
    # Step 1 chose; with another key it leads to a confirmation whose step was claimed long ago.
    fork = replace(phone, steps=phone.repeat(1, digits="3"), requests=list(phone.requests))
    assert "弃权" in fork.heard
    fork.press("1")
    assert _counts(ports, wording, clock, number) == {"no": 1}


@pytest.mark.parametrize("token", ["nonsense", "20261124.AAAA", "", "20200101." + "A" * 1400])
def test_broken_token_begins_again_politely(ports: Ports, wording: Wording, community: Community, token: str) -> None:
    phone = Telephone(ports, wording, ALONE).dial()
    phone.requests[0] = (phone.requests[0][0], token)
    phone.steps = phone.repeat(0)
    assert phone.says("call.welcome")
    assert phone.says("call.restart") == bool(token)
    assert _claims(ports) == 0


def test_token_of_another_call_is_worth_nothing(ports: Ports, wording: Wording, community: Community) -> None:
    number = a_poll(ports, community)
    mine = Telephone(ports, wording, ALONE).dial().press("1")
    thief = Telephone(ports, wording, UNKNOWN, carrier_id="CA2").dial()
    thief.steps = mine.steps
    assert thief.press("1").says("call.stranger.hello")
    with ports.db.read() as conn:
        assert polls.turnout(conn, number).participants == 0


def test_call_that_began_again_can_vote_again(
    ports: Ports, wording: Wording, clock: StillClock, phone: Telephone, community: Community
) -> None:
    """Its steps have the same numbers as before, and are not taken for repeats of those."""
    number = a_poll(ports, community)
    phone.dial().press("1", "1")
    phone.dial().press("1", "2", "1")
    assert phone.says("call.receipt.number")
    assert _claims(ports) == 2
    assert _counts(ports, wording, clock, number) == {"no": 1}


def test_steps_without_consequence_write_nothing(ports: Ports, wording: Wording, community: Community) -> None:
    a_poll(ports, community)
    phone = Telephone(ports, wording, SHARED).dial().press(CODES[0], "1", "5", "*", "3", "9").stay_silent(2)
    assert phone.prompts == 9
    assert _claims(ports) == 0


def test_fault_in_an_effect_is_answered_with_an_apology_and_a_way_on(
    ports: Ports, phone: Telephone, community: Community, caplog: pytest.LogCaptureFixture
) -> None:
    number = a_poll(ports, community)
    phone.dial().press("2")
    with ports.db.work() as tx:
        tx.execute(text("ALTER TABLE participation RENAME TO lost"))
        tx.commit()
    with caplog.at_level(logging.ERROR):
        phone.press("1")
    assert phone.says("call.trouble.sorry")
    assert not phone.is_over
    (record,) = [record for record in caplog.records if "call" in record.name]
    assert record.problem  # type: ignore[attr-defined]
    assert "反对" not in caplog.text
    assert ALONE.e164 not in caplog.text
    phone.press("1")
    assert phone.says("call.person.noted")
    with ports.db.work() as tx:
        tx.execute(text("ALTER TABLE lost RENAME TO participation"))
        tx.commit()
    with ports.db.read() as conn:
        assert len(inbox.waiting(conn, community.id)) == 1
        assert polls.turnout(conn, number).participants == 0


def test_database_that_is_down_is_told_in_plain_words(ports: Ports, wording: Wording, community: Community) -> None:
    phone = Telephone(ports, wording, ALONE).dial()
    with ports.db.work() as tx:
        for table in ("inbox", "resident"):
            tx.execute(text(f"ALTER TABLE {table} RENAME TO gone_{table}"))
        tx.commit()
    phone.press("0")
    assert phone.says("call.trouble.sorry")
    phone.press("1")
    assert phone.says("call.trouble.end")
    assert phone.is_over


def test_sealed_state_shows_no_choice_number_or_code(ports: Ports, wording: Wording, community: Community) -> None:
    a_poll(ports, community)
    phone = Telephone(ports, wording, UNKNOWN).dial().press("10019", PIN, "2")
    token = phone.token or ""
    for secret in ("10019", PIN, UNKNOWN.e164, "choice"):
        assert secret not in token


def test_requests_show_no_keys_when_printed() -> None:
    assert "2580" not in repr(IncomingCall("CA1", ALONE, LINE, digits="2580"))
