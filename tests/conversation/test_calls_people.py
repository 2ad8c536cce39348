"""Who is calling: codes, PINs, borrowed telephones, strangers; and key 0, a person."""

from __future__ import annotations

from datetime import time

import pytest
from sqlalchemy import func, select

from gateway.kernel.db import metadata
from gateway.kernel.ids import with_check_digit
from gateway.kernel.phones import PhoneNumber
from gateway.kernel.ports import Ports
from gateway.messaging import calendars, inbox
from gateway.messaging.windows import Hours
from gateway.roll import views as roll
from gateway.roll.model import Channel, Community
from gateway.topics import views as topics
from gateway.wording.catalogue import Wording
from tests.conversation.callers import (
    ALONE,
    CODES,
    ENGLISH,
    PIN,
    SHARED,
    UNKNOWN,
    Telephone,
    a_poll,
    a_village,
    resident_id,
)
from tests.fakes import RecordingQueue, StillClock

LI = "10019"


@pytest.fixture
def community(ports: Ports) -> Community:
    return a_village(ports)


def _rows(ports: Ports) -> dict[str, int]:
    """How many rows each table has."""
    with ports.db.read() as conn:
        return {
            name: conn.execute(select(func.count()).select_from(table)).scalar_one()
            for name, table in metadata.tables.items()
        }


def _waiting(ports: Ports, community: Community) -> list[tuple[int | None, str]]:
    with ports.db.read() as conn:
        return [
            (text.resident_id, ports.sealer.open(text.sealed_text or "").decode())
            for text in inbox.waiting(conn, community.id)
        ]


def test_number_of_no_community_says_so_and_hangs_up(ports: Ports, wording: Wording, community: Community) -> None:
    phone = Telephone(ports, wording, ALONE, line=PhoneNumber("+8657199999999")).dial()
    assert phone.says("call.not_in_use")
    assert phone.is_over


def test_only_resident_of_a_phone_is_known_and_not_named(ports: Ports, wording: Wording, community: Community) -> None:
    phone = Telephone(ports, wording, ALONE).dial()
    assert phone.says("call.menu.title")
    assert "李桂兰" not in phone.heard


def test_resident_is_spoken_to_in_their_language(ports: Ports, wording: Wording, community: Community) -> None:
    phone = Telephone(ports, wording, ENGLISH).dial()
    assert phone.says("call.menu.title", "en")
    assert "recorded voice" in phone.heard


def test_code_of_somebody_on_this_phone_is_enough(ports: Ports, wording: Wording, community: Community) -> None:
    assert Telephone(ports, wording, SHARED).dial().press(CODES[1]).says("call.menu.title")


def test_slip_in_a_code_is_told_from_a_wrong_one(ports: Ports, wording: Wording, community: Community) -> None:
    assert Telephone(ports, wording, SHARED).dial().press("20024").says("call.code.slip")


def test_code_of_another_phone_needs_its_pin(ports: Ports, wording: Wording, community: Community) -> None:
    phone = Telephone(ports, wording, SHARED).dial().press(LI)
    assert phone.says("call.pin.ask")
    assert phone.press("1357").says("call.pin.wrong")
    assert phone.press(LI, PIN).says("call.menu.title")


def test_borrowed_phone_serves_with_code_and_pin(ports: Ports, wording: Wording, community: Community) -> None:
    a_poll(ports, community)
    for caller, carrier_id in ((UNKNOWN, "CA1"), (None, "CA2")):
        phone = Telephone(ports, wording, caller, carrier_id=carrier_id).dial()
        assert phone.says("call.stranger.hello")
        # The second time the poll is in the menu: it has been voted on.
        keys = ("1", "1") if carrier_id == "CA1" else ("1", "1", "1")
        assert phone.press(LI, PIN, *keys).says("call.receipt.number")


def test_unknown_code_sounds_like_a_wrong_pin(ports: Ports, wording: Wording, community: Community) -> None:
    phone = Telephone(ports, wording, UNKNOWN).dial().press(with_check_digit("7777"), PIN)
    known = Telephone(ports, wording, UNKNOWN, carrier_id="CA2").dial().press(LI, "1357")
    assert phone.heard == known.heard


def test_fifth_wrong_pin_locks_and_the_right_one_no_longer_opens(
    ports: Ports, wording: Wording, community: Community
) -> None:
    for number in range(4):
        phone = Telephone(ports, wording, UNKNOWN, carrier_id=f"CA{number}").dial().press(LI, "1357")
        assert phone.says("call.pin.wrong")
    phone = Telephone(ports, wording, UNKNOWN, carrier_id="CA5").dial().press(LI, "1357")
    assert phone.says("call.pin.locked")
    assert phone.is_over
    phone = Telephone(ports, wording, UNKNOWN, carrier_id="CA6").dial().press(LI, PIN)
    assert phone.says("call.pin.locked")


def test_pin_travels_in_no_token(ports: Ports, wording: Wording, community: Community) -> None:
    phone = Telephone(ports, wording, UNKNOWN).dial().press(LI, PIN)
    assert PIN not in ports.call_sealer.open(phone.token or "").decode()


def test_stranger_without_a_code_gets_an_explanation_and_changes_nothing(
    ports: Ports, wording: Wording, community: Community
) -> None:
    before = _rows(ports)
    for number, ways in enumerate((["0"], ["", "", "", ""], ["1", "*", "0"])):
        phone = Telephone(ports, wording, UNKNOWN, carrier_id=f"CA{number}").dial()
        for keys in ways:
            phone.press(keys)
        assert phone.says("call.stranger.end")
        assert phone.is_over
    assert _rows(ports) == before


def test_chosen_hours_are_those_at_which_calls_are_placed(ports: Ports, wording: Wording, community: Community) -> None:
    me = resident_id(ports, community, LI)
    for key, hours in (("3", Hours(time(17), time(20))), ("1", Hours(time(8), time(11, 30)))):
        Telephone(ports, wording, ALONE, carrier_id=f"CA{key}").dial().press("4", "4", key)
        with ports.db.read() as conn:
            assert calendars.own_hours(conn, [me]) == {me: hours}
    Telephone(ports, wording, ALONE, carrier_id="CA4").dial().press("4", "4", "4")
    with ports.db.read() as conn:
        assert calendars.own_hours(conn, [me]) == {}


def test_hours_at_which_the_village_never_calls_are_refused(
    ports: Ports, wording: Wording, community: Community
) -> None:
    with ports.db.work() as tx:
        calendars.set_hours(tx, community.id, Channel.CALL, Hours(time(8), time(12)))
        tx.commit()
    phone = Telephone(ports, wording, ALONE).dial().press("4", "4", "3")
    assert phone.says("call.hours.outside")
    assert phone.press("1").says("call.hours.set")


def test_zero_puts_a_call_back_on_the_clerks_list_once_a_day(
    ports: Ports, wording: Wording, community: Community
) -> None:
    phone = Telephone(ports, wording, ALONE).dial().press("0")
    assert phone.says("call.person.noted")
    phone.press("2", "0")
    assert phone.says("call.person.noted")
    text = wording.say("call.clerk.callback", "zh")
    assert _waiting(ports, community) == [(resident_id(ports, community, LI), text)]


def test_zero_on_a_shared_phone_names_its_codes_to_the_clerk(
    ports: Ports, wording: Wording, community: Community
) -> None:
    Telephone(ports, wording, SHARED).dial().press("0")
    ((resident, text),) = _waiting(ports, community)
    assert resident is None
    assert ", ".join(CODES) in text


def test_message_at_night_lies_on_the_clerks_list_with_its_sound(
    ports: Ports, clock: StillClock, queue: RecordingQueue, wording: Wording, community: Community
) -> None:
    clock.advance(hours=10)
    phone = Telephone(ports, wording, ALONE).dial().press("0")
    assert phone.says("call.person.closed")
    assert _waiting(ports, community) == []
    phone.press("1").speak(9, "RE5")
    assert phone.says("call.person.message_noted")
    phone.repeat()
    text = wording.say("call.clerk.message", "zh")
    assert _waiting(ports, community) == [(resident_id(ports, community, LI), text)]
    with ports.db.read() as conn:
        (waiting,) = inbox.waiting(conn, community.id)
        message = topics.message(conn, waiting.id)
    assert message
    assert (message.carrier_recording_id, message.seconds) == ("RE5", 9)
    assert queue.calls.count(("upkeep", "fetch_recording", (message.id,))) == 1


def test_message_from_a_shared_phone_names_its_codes_and_ends_the_call(
    ports: Ports, clock: StillClock, wording: Wording, community: Community
) -> None:
    clock.advance(hours=10)
    phone = Telephone(ports, wording, SHARED).dial().press("0", "1").speak(9)
    assert phone.is_over
    ((resident, text),) = _waiting(ports, community)
    assert resident is None
    assert ", ".join(CODES) in text


def test_nobody_is_there_on_a_day_that_the_village_keeps_free(
    ports: Ports, wording: Wording, community: Community
) -> None:
    today = ports.clock.now().date()
    with ports.db.work() as tx:
        calendars.add_holidays(tx, community.id, today, today, "集日")
        tx.commit()
    phone = Telephone(ports, wording, ALONE).dial().press("0")
    assert phone.says("call.person.closed")
    # Silence after key 0 still means that somebody is wanted.
    assert phone.stay_silent(4).says("call.person.noted")
    assert len(_waiting(ports, community)) == 1


def test_silence_leads_to_the_offer_of_a_call_back(ports: Ports, wording: Wording, community: Community) -> None:
    phone = Telephone(ports, wording, ALONE).dial().stay_silent(4)
    assert phone.says("call.person.offer")
    assert phone.press("1").says("call.person.noted")
    assert len(_waiting(ports, community)) == 1


def test_language_is_kept_for_the_next_call(ports: Ports, wording: Wording, community: Community) -> None:
    phone = Telephone(ports, wording, ALONE).dial().press("4", "1")
    assert "For English, press 2." in phone.heard
    assert phone.press("2").says("call.language.set", "en")
    with ports.db.read() as conn:
        assert roll.resident(conn, resident_id(ports, community, LI)).language == "en"
    assert Telephone(ports, wording, ALONE, carrier_id="CA2").dial().says("call.menu.title", "en")
