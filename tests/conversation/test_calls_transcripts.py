"""Whole calls as golden transcripts, to be read as prose: what the caller pressed (>) and what they heard.

`--update-transcripts` writes them anew.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from gateway.kernel.phones import PhoneNumber
from gateway.kernel.ports import Ports
from gateway.polls.closing import close_poll
from gateway.polls.model import Method
from gateway.roll import actions as roll
from gateway.roll.importing import parse_roll
from gateway.roll.model import Community
from gateway.topics import actions as topics
from gateway.wording.catalogue import Wording
from tests.conversation.callers import (
    ALONE,
    CODES,
    ENGLISH,
    LINE,
    NEW,
    PIN,
    SHARED,
    STAFF,
    UNKNOWN,
    Telephone,
    a_moderator,
    a_poll,
    a_poll_by,
    a_village,
    an_english_village,
    receipt_heard,
    resident_id,
    slip_of,
    somebody_new,
    topics_of_a_village,
)
from tests.conversation.conftest import FOLDER
from tests.fakes import StillClock
from tests.polls.village import even_few_are_published

Dial = Callable[[PhoneNumber | None], Telephone]


@pytest.fixture
def community(ports: Ports) -> Community:
    return a_village(ports)


@pytest.fixture
def dial(ports: Ports, wording: Wording, community: Community) -> Dial:
    return lambda caller: Telephone(ports, wording, caller).dial()


Golden = Callable[..., None]
BOTH = [(ALONE, "zh"), (ENGLISH, "en")]


# --- voting ------------------------------------------------------------------------------------------------------


def test_vote_zh(ports: Ports, community: Community, dial: Dial, golden: Golden) -> None:
    a_poll(ports, community)
    golden(dial(ALONE).press("1", "5", "1", "1", "3"))


def test_vote_en(ports: Ports, community: Community, dial: Dial, golden: Golden) -> None:
    a_poll(ports, community)
    golden(dial(ENGLISH).press("1", "5", "1", "1", "3"))


def test_vote_on_a_long_list_zh(ports: Ports, community: Community, dial: Dial, golden: Golden) -> None:
    a_poll(ports, community, options=("修路", "打井", "装路灯", "修水渠", "建凉亭", "通网络", "种树", "修祠堂", "养鱼"))
    golden(dial(ALONE).press("#", "#", "9#", "1", "3"))


@pytest.mark.parametrize(("caller", "language"), BOTH)
@pytest.mark.parametrize("method", [Method.SINGLE, Method.APPROVAL, Method.RANKED, Method.SCORE, Method.BUDGET])
def test_vote_by(
    ports: Ports, community: Community, dial: Dial, golden: Golden, method: Method, caller: PhoneNumber, language: str
) -> None:
    keys = {
        Method.SINGLE: ["9", "3", "1"],
        Method.APPROVAL: ["1", "2", "1", "2", "1"],
        Method.RANKED: ["#", "4", "2", "1", "1"],
        Method.SCORE: ["5", "3", "#", "1", "1"],
        Method.BUDGET: ["1", "1", "2", "*", "1", "1"],
    }
    a_poll_by(ports, community, method)
    golden(dial(caller).press(*keys[method], "3"), f"vote_by_{method}_{language}")


def test_vote_on_a_long_list_en(ports: Ports, community: Community, dial: Dial, golden: Golden) -> None:
    english = ("the road", "a well", "lights", "the canal", "a pavilion", "the network", "trees", "the hall", "fish")
    a_poll(ports, community, options=english, english=english)
    golden(dial(ENGLISH).press("#", "#", "9#", "1", "3"))


@pytest.mark.parametrize(("caller", "language"), BOTH)
def test_vote_from_the_printed_sheet(
    ports: Ports, community: Community, dial: Dial, golden: Golden, caller: PhoneNumber, language: str
) -> None:
    """Thirteen options: hear the first of them, slip once, then key two."""
    options = tuple(f"第{number}组修路" for number in range(1, 14))
    english = tuple(f"the road of group {number}" for number in range(1, 14))
    a_poll_by(ports, community, Method.APPROVAL, options, english, max_choices=3)
    golden(dial(caller).press("00", "#", "1#", "0317#", "0312#", "1", "3"), f"vote_from_the_printed_sheet_{language}")


def test_several_polls_zh(ports: Ports, community: Community, dial: Dial, golden: Golden) -> None:
    a_poll(ports, community)
    a_poll(ports, community, options=("修路", "打井"))
    golden(dial(ALONE).press("2", "2", "1", "1", "1", "3"))


def test_several_polls_en(ports: Ports, community: Community, dial: Dial, golden: Golden) -> None:
    a_poll(ports, community)
    a_poll(ports, community, options=("修路", "打井"), english=("the road", "a well"))
    golden(dial(ENGLISH).press("2", "2", "1", "1", "1", "3"))


def test_household_of_three_zh(ports: Ports, community: Community, dial: Dial, golden: Golden) -> None:
    a_poll(ports, community)
    phone = dial(SHARED).press(CODES[0], "1", "1", "1", CODES[1], "2", "1", "1", CODES[2], "3", "1")
    golden(phone.press("3"))


def test_household_of_two_en(ports: Ports, wording: Wording, golden: Golden) -> None:
    village = an_english_village(ports)
    roll_file = (
        f"name,phone,code,pin,household,language\nMary,{NEW.e164},40048,{PIN},F,en\nTom,{NEW.e164},40053,{PIN},F,en\n"
    )
    with ports.db.work() as tx:
        parsed = parse_roll(roll_file.encode(), region="CN")
        roll.import_roll(tx, village.id, parsed, randomness=ports.randomness, secret=ports.secret)
        tx.commit()
    a_poll(ports, village)
    phone = Telephone(ports, wording, NEW, line=village.line or LINE).dial()
    golden(phone.press("40048", "1", "1", "1", "40053", "2", "1", "3"))


# --- who is calling ----------------------------------------------------------------------------------------------


def test_borrowed_phone_zh(ports: Ports, community: Community, dial: Dial, golden: Golden) -> None:
    a_poll(ports, community)
    golden(dial(UNKNOWN).press("10018", "10019", "1357", "10019", PIN, "1", "1", "3"))


def test_borrowed_phone_en(ports: Ports, community: Community, dial: Dial, golden: Golden) -> None:
    a_poll(ports, community)
    golden(dial(UNKNOWN).press("30031", PIN, "1", "1", "3"))


@pytest.mark.parametrize("choice", ["1", "2"])
def test_language_asked_once(ports: Ports, community: Community, dial: Dial, golden: Golden, choice: str) -> None:
    """Of somebody whose language the roll does not tell; the second call is greeted shortly, and asks no more."""
    somebody_new(ports, community)
    first = dial(NEW).press(choice, "2", "1").speak(12).press("1", "3")
    again = dial(NEW).press("0")
    golden(first, f"language_asked_once_{'zh' if choice == '1' else 'en'}", again)


def test_silent_stranger_zh(dial: Dial, golden: Golden) -> None:
    golden(dial(None).stay_silent(4))


@pytest.mark.parametrize(("caller", "language"), BOTH)
def test_silent_resident(dial: Dial, golden: Golden, caller: PhoneNumber, language: str) -> None:
    golden(dial(caller).stay_silent(6), f"silent_resident_{language}")


# --- topics ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("caller", "language"), BOTH)
def test_topic_by_recording(dial: Dial, golden: Golden, caller: PhoneNumber, language: str) -> None:
    phone = (
        dial(caller).press("2", "1").speak(1).speak(14).press("2").speak(22).press("1", "2", "2", "2", "13", "4", "3")
    )
    golden(phone, f"topic_by_recording_{language}")


@pytest.mark.parametrize(("caller", "language"), BOTH)
def test_topics_of_others(
    ports: Ports, wording: Wording, community: Community, dial: Dial, golden: Golden, caller: PhoneNumber, language: str
) -> None:
    """Hear what others raised, back one, and one by its number; a slip of the finger on the way."""
    topics_of_a_village(ports, community, wording)
    phone = dial(caller).press("2", "4", "2", "1", "2", "2", "2", "14", "21", "1", "2", "2", "3", "4", "3")
    golden(phone, f"topics_of_others_{language}")


@pytest.mark.parametrize(("caller", "language"), [(SHARED, "zh"), (ENGLISH, "en")])
def test_judging_what_was_done(
    ports: Ports, wording: Wording, community: Community, dial: Dial, golden: Golden, caller: PhoneNumber, language: str
) -> None:
    """Whoever raised or backed it is asked; by its number anybody may say so."""
    topics_of_a_village(ports, community, wording)
    phone = dial(caller)
    if caller is SHARED:
        phone.press(CODES[0], "2", "3")
    else:
        phone.press("2", "2", "37", "2", "3")
    golden(phone, f"judging_{language}")


# --- results, news, receipts -------------------------------------------------------------------------------------


@pytest.mark.parametrize(("caller", "language"), BOTH)
def test_results_and_news(
    ports: Ports,
    clock: StillClock,
    wording: Wording,
    community: Community,
    dial: Dial,
    golden: Golden,
    caller: PhoneNumber,
    language: str,
) -> None:
    number = a_poll(ports, community)
    voting = dial(ALONE).press("1", "1")
    receipt = receipt_heard(voting)
    topics_of_a_village(ports, community, wording)
    clock.advance(days=7)
    with even_few_are_published():
        close_poll(number, ports=ports, wording=wording)
    phone = dial(caller).press("3", "1", "1", "1", "2", "2", "3", "2", slip_of(receipt), receipt, "3")
    golden(phone, f"results_and_news_{language}")


# --- those who look after topics ---------------------------------------------------------------------------------


@pytest.mark.parametrize("language", ["zh", "en"])
def test_moderator(
    ports: Ports, wording: Wording, dial: Dial, golden: Golden, community: Community, language: str
) -> None:
    """A wrong PIN, then three new topics: one is accepted, one declined with a reason, one left for later."""
    village = community if language == "zh" else an_english_village(ports)
    pin = a_moderator(ports, village)
    author = resident_id(ports, village, "10019" if language == "zh" else "50018")
    with ports.db.work() as tx:
        topics.raise_spoken_topic(tx, village.id, author, "RE1", 12, at=ports.clock.now())
        topics.raise_topic(
            tx, village.id, author, "水渠堵了" if language == "zh" else "The canal is blocked", at=ports.clock.now()
        )
        topics.raise_spoken_topic(tx, village.id, author, "RE2", 30, at=ports.clock.now())
        tx.commit()
    phone = Telephone(ports, wording, STAFF, line=village.line or LINE).dial()
    golden(phone.press("1", "111111", pin, "1", "2", "2", "9", "3"), f"moderator_{language}")


@pytest.mark.parametrize("language", ["zh", "en"])
def test_title_said_aloud(
    ports: Ports, wording: Wording, dial: Dial, golden: Golden, community: Community, language: str
) -> None:
    """A moderator says a title, thinks better of it, keeps the second one and accepts; a neighbour hears it."""
    village = community if language == "zh" else an_english_village(ports)
    pin = a_moderator(ports, village)
    with ports.db.work() as tx:
        author = resident_id(ports, village, "20023" if language == "zh" else "50018")
        topics.raise_spoken_topic(tx, village.id, author, "RE1", 12, at=ports.clock.now())
        tx.commit()
    line = village.line or LINE
    working = Telephone(ports, wording, STAFF, line=line).dial().press("1", pin, "4").speak(1).speak(5, "RE2")
    working.press("2").speak(6, "RE3").press("1", "1")
    if language == "zh":
        golden(working, "title_said_aloud_zh", dial(ALONE).press("2", "4", "4", "3"))
    else:
        hearing = Telephone(ports, wording, UNKNOWN, "CA2", line=line).dial().press("50018", PIN, "2", "3", "4", "3")
        golden(working, "title_said_aloud_en", hearing)


# --- one's own settings and a person -----------------------------------------------------------------------------


@pytest.mark.parametrize(("caller", "language"), BOTH)
def test_messages_stopped_and_started(dial: Dial, golden: Golden, caller: PhoneNumber, language: str) -> None:
    golden(dial(caller).press("4", "3", "1", "2", "4", "3", "1", "3"), f"messages_{language}")


@pytest.mark.parametrize(("caller", "language"), BOTH)
def test_hours_chosen(dial: Dial, golden: Golden, caller: PhoneNumber, language: str) -> None:
    golden(dial(caller).press("4", "4", "3", "3"), f"hours_{language}")


@pytest.mark.parametrize(("caller", "language"), BOTH)
def test_person(dial: Dial, golden: Golden, caller: PhoneNumber, language: str) -> None:
    golden(dial(caller).press("9", "0", "3"), f"person_{language}")


@pytest.mark.parametrize(("caller", "language"), BOTH)
def test_person_at_night(clock: StillClock, dial: Dial, golden: Golden, caller: PhoneNumber, language: str) -> None:
    """Nobody is there: one leaves a message, another only wants to be called back."""
    clock.advance(hours=10)
    first = dial(caller).press("0", "1").speak(1).speak(20).press("3")
    golden(first, f"person_at_night_{language}", dial(caller).press("0", "2", "3"))


def test_language_from_zh_to_en(dial: Dial, golden: Golden) -> None:
    golden(dial(ALONE).press("4", "1", "2", "0", "3"))


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.txt")), ids=lambda path: path.stem)
def test_no_transcript_tells_of_a_fault(wording: Wording, path: Path) -> None:
    """A fault that the menus have would else be kept as how a call should be."""
    text = path.read_text(encoding="utf-8")
    assert not [one for one in wording.languages if wording.say("call.trouble.sorry", one) in text]
