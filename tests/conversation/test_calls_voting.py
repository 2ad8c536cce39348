"""Voting by call: read back, confirmed, counted once, and nothing that was not confirmed."""

from __future__ import annotations

from datetime import timedelta

import pytest

from gateway.kernel.ports import Ports
from gateway.polls import views as polls
from gateway.polls.closing import close_poll
from gateway.roll.model import Community
from gateway.wording.catalogue import Wording
from tests.conversation.callers import ALONE, CODES, SHARED, Telephone, a_poll, a_village
from tests.fakes import StillClock
from tests.polls.village import even_few_are_published

OPTIONS = ("修路", "打井", "装路灯", "修水渠", "建凉亭", "通网络", "种树", "修祠堂", "养鱼")


@pytest.fixture
def community(ports: Ports) -> Community:
    return a_village(ports)


@pytest.fixture
def phone(ports: Ports, wording: Wording, community: Community) -> Telephone:
    """Li's phone; nobody else uses it."""
    return Telephone(ports, wording, ALONE)


def _counts(ports: Ports, wording: Wording, clock: StillClock, number: int) -> dict[str, int]:
    clock.advance(days=7)
    with even_few_are_published():
        result = close_poll(number, ports=ports, wording=wording)
    return {choice: votes for choice, votes in result.counts.items() if votes}


def _turnout(ports: Ports, number: int) -> int:
    with ports.db.read() as conn:
        return polls.turnout(conn, number).participants


def test_vote_takes_two_keys(
    ports: Ports, wording: Wording, clock: StillClock, phone: Telephone, community: Community
) -> None:
    number = a_poll(ports, community)
    phone.dial().press("1")
    assert "您选的是：赞成。" in phone.heard
    assert _turnout(ports, number) == 0
    phone.press("1")
    assert phone.says("call.receipt.number")
    assert phone.says("call.receipt.what_for")
    assert "11月30号晚上6点" in phone.heard
    assert _counts(ports, wording, clock, number) == {"yes": 1}


def test_choice_is_forgotten_by_whoever_goes_back_to_another_poll(
    ports: Ports, wording: Wording, phone: Telephone, community: Community
) -> None:
    road, place = a_poll(ports, community), a_poll(ports, community, options=OPTIONS[:3])
    phone.dial().press("1", "1")
    assert "您选的是：赞成。" in phone.heard
    phone.press("*", "*", "2")
    assert "打井" in phone.heard
    phone.press("2")
    assert "您选的是：打井。" in phone.heard
    phone.press("1")
    assert [_turnout(ports, number) for number in (road, place)] == [0, 1]


def test_choice_is_read_back_again_to_whoever_asked_for_a_person_and_comes_back(
    ports: Ports, wording: Wording, clock: StillClock, phone: Telephone, community: Community
) -> None:
    clock.advance(hours=10)
    number = a_poll(ports, community)
    phone.dial().press("1", "0")
    assert phone.says("call.person.closed")
    phone.press("*")
    assert "您选的是：赞成。" in phone.heard
    phone.press("1")
    assert _turnout(ports, number) == 1


def test_receipt_is_said_twice_and_in_the_published_list(
    ports: Ports, wording: Wording, clock: StillClock, phone: Telephone, community: Community
) -> None:
    number = a_poll(ports, community)
    phone.dial().press("1", "1")
    said = wording.sentences["zh"]["call.receipt.number"].split("{")[0]
    receipt = phone.heard.split(said)[1].split("。")[0]
    assert phone.heard.count(receipt) == 2
    _counts(ports, wording, clock, number)
    with ports.db.read() as conn:
        assert polls.receipt_counted(conn, number, receipt.replace(", ", ""))


def test_receipt_never_says_the_choice(ports: Ports, wording: Wording, community: Community) -> None:
    """The same words for yes, no and abstention."""
    a_poll(ports, community)
    heard = []
    Telephone(ports, wording, ALONE).dial().press("1", "1")
    for key in ("1", "2", "3"):
        # Whoever has voted finds the poll in the menu.
        phone = Telephone(ports, wording, ALONE, carrier_id=f"CA{key}").dial().press("1", key, "1")
        heard.append(phone.heard)
    assert heard[0] == heard[1] == heard[2]


def test_token_has_one_length_whatever_was_chosen(ports: Ports, phone: Telephone, community: Community) -> None:
    a_poll(ports, community, options=OPTIONS)
    lengths = set()
    for key in ("1", "2", "8", "9#", "10"):
        phone.dial().press(key)
        lengths.add(len(phone.token or ""))
    assert len(lengths) == 1


def test_any_other_key_does_not_cast(ports: Ports, phone: Telephone, community: Community) -> None:
    number = a_poll(ports, community)
    for key in ("2", "7", "#", "*", "9", "0"):
        phone.dial().press("1", key)
        assert not phone.says("call.receipt.number")
    assert _turnout(ports, number) == 0
    phone.dial().press("1", "5")
    assert phone.says("call.poll.not_cast")
    phone.press("2", "1")
    assert _turnout(ports, number) == 1


def test_hanging_up_before_confirming_casts_nothing(ports: Ports, phone: Telephone, community: Community) -> None:
    number = a_poll(ports, community)
    phone.dial().press("2")
    assert _turnout(ports, number) == 0


def test_wrong_keys_and_silence_are_forgiven(
    ports: Ports, wording: Wording, clock: StillClock, phone: Telephone, community: Community
) -> None:
    number = a_poll(ports, community)
    phone.dial().press("8").stay_silent().press("7")
    assert phone.says("call.again.third")
    phone.press("2").stay_silent()
    assert "反对" not in phone.heard, "a re-prompt must not say the choice again"
    phone.press("1")
    assert _counts(ports, wording, clock, number) == {"no": 1}


def test_silence_at_the_confirmation_casts_nothing_and_offers_a_person(
    ports: Ports, phone: Telephone, community: Community
) -> None:
    number = a_poll(ports, community)
    phone.dial().press("1").stay_silent(4)
    assert phone.says("call.poll.not_confirmed")
    assert phone.says("call.person.offer")
    assert not phone.is_over
    assert _turnout(ports, number) == 0


def test_star_after_the_confirmation_was_missed_does_not_lead_back_to_it(
    ports: Ports, phone: Telephone, community: Community
) -> None:
    """Nothing is left there to confirm."""
    number = a_poll(ports, community)
    phone.dial().press("1").stay_silent(4).press("*")
    assert phone.says("call.person.offer")
    assert phone.knows("ballot") is None
    assert _turnout(ports, number) == 0


def test_last_confirmed_vote_counts(
    ports: Ports, wording: Wording, clock: StillClock, phone: Telephone, community: Community
) -> None:
    number = a_poll(ports, community)
    phone.dial().press("1", "1", "2", "1", "2", "1")
    assert phone.says("call.receipt.number")
    assert _counts(ports, wording, clock, number) == {"no": 1}


def test_nine_options_and_abstention_keep_their_numbers(
    ports: Ports, wording: Wording, clock: StillClock, phone: Telephone, community: Community
) -> None:
    number = a_poll(ports, community, options=OPTIONS)
    phone.dial()
    assert "修路，请按1，再按井号键。" in phone.heard
    assert "修水渠" not in phone.heard
    phone.press("#")
    assert "修水渠，请按4，再按井号键。" in phone.heard
    phone.press("9#")
    assert "您选的是：养鱼。" in phone.heard
    phone.press("*", "10")
    assert "您选的是：弃权。" in phone.heard
    phone.press("*", "9#", "1")
    assert _counts(ports, wording, clock, number) == {"9": 1}


def test_several_polls_are_offered_one_after_the_other(
    ports: Ports, wording: Wording, phone: Telephone, community: Community
) -> None:
    numbers = [a_poll(ports, community), a_poll(ports, community), a_poll(ports, community)]
    phone.dial()
    assert phone.says("call.polls.several")
    phone.press("2", "1", "1")
    assert phone.says("call.polls.several_more")
    phone.press("1", "1", "1")
    assert phone.says("call.polls.one_more")
    phone.press("1", "1")
    assert phone.says("call.after.title")
    assert [_turnout(ports, number) for number in numbers] == [1, 1, 1]


def test_poll_that_closed_during_the_call_says_so(
    ports: Ports, clock: StillClock, phone: Telephone, community: Community
) -> None:
    number = a_poll(ports, community)
    phone.dial().press("1")
    clock.advance(days=1, hours=23)
    clock.at += timedelta(days=5)
    # The state of a call lives as long as its day key, which nobody destroyed here.
    phone.press("1")
    assert phone.says("call.poll.closed")
    assert _turnout(ports, number) == 0


def test_household_of_three_votes_in_one_call(
    ports: Ports, wording: Wording, clock: StillClock, community: Community
) -> None:
    number = a_poll(ports, community)
    phone = Telephone(ports, wording, SHARED).dial()
    assert phone.says("call.household")
    for code, key in zip(CODES, ("1", "1", "2"), strict=True):
        phone.press(code, key, "1")
        assert phone.says("call.receipt.number")
        phone.press("1")
        assert phone.says("call.next_person")
    assert _counts(ports, wording, clock, number) == {"yes": 2, "no": 1}


def test_next_person_knows_nothing_of_the_one_before(ports: Ports, wording: Wording, community: Community) -> None:
    a_poll(ports, community)
    phone = Telephone(ports, wording, SHARED).dial().press(CODES[0], "1", "1", "1")
    phone.press("*")
    assert phone.says("call.code.ask")
    phone.press("0")
    assert phone.says("call.person.noted_for_phone")
