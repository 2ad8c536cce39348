"""Whole calls as golden transcripts, to be read as prose: what the caller pressed (>) and what they heard.

`--update-transcripts` writes them anew.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from gateway.kernel.phones import PhoneNumber
from gateway.kernel.ports import Ports
from gateway.roll.model import Community
from gateway.wording.catalogue import Wording
from tests.conversation.callers import ALONE, CODES, ENGLISH, PIN, SHARED, UNKNOWN, Telephone, a_poll, a_village

FOLDER = Path(__file__).parent.parent / "ivr_flows" / "transcripts"
Dial = Callable[[PhoneNumber | None], Telephone]


@pytest.fixture
def community(ports: Ports) -> Community:
    return a_village(ports)


@pytest.fixture
def dial(ports: Ports, wording: Wording, community: Community) -> Dial:
    return lambda caller: Telephone(ports, wording, caller).dial()


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> Iterator[Callable[[Telephone], None]]:
    """Compare a call with its transcript, which is named as the test."""
    name = request.node.originalname.removeprefix("test_")

    def compare(phone: Telephone) -> None:
        path = FOLDER / f"{name}.txt"
        text = "\n".join(phone.transcript) + "\n"
        if request.config.getoption("--update-transcripts"):
            path.write_text(text, encoding="utf-8")
        assert path.read_text(encoding="utf-8") == text

    return compare


Golden = Callable[[Telephone], None]


def test_vote_zh(ports: Ports, community: Community, dial: Dial, golden: Golden) -> None:
    a_poll(ports, community)
    golden(dial(ALONE).press("1", "5", "1", "1", "3"))


def test_vote_en(ports: Ports, community: Community, dial: Dial, golden: Golden) -> None:
    a_poll(ports, community)
    golden(dial(ENGLISH).press("1", "5", "1", "1", "3"))


def test_vote_on_a_long_list_zh(ports: Ports, community: Community, dial: Dial, golden: Golden) -> None:
    a_poll(ports, community, options=("修路", "打井", "装路灯", "修水渠", "建凉亭", "通网络", "种树", "修祠堂", "养鱼"))
    golden(dial(ALONE).press("#", "#", "9#", "1", "3"))


def test_several_polls_en(ports: Ports, community: Community, dial: Dial, golden: Golden) -> None:
    a_poll(ports, community)
    a_poll(ports, community, options=("修路", "打井"), english=("the road", "a well"))
    golden(dial(ENGLISH).press("2", "2", "1", "1", "1", "3"))


def test_household_of_three_zh(ports: Ports, community: Community, dial: Dial, golden: Golden) -> None:
    a_poll(ports, community)
    phone = dial(SHARED).press(CODES[0], "1", "1", "1", CODES[1], "2", "1", "1", CODES[2], "3", "1")
    golden(phone.press("3"))


def test_borrowed_phone_zh(ports: Ports, community: Community, dial: Dial, golden: Golden) -> None:
    a_poll(ports, community)
    golden(dial(UNKNOWN).press("10018", "10019", "1357", "10019", PIN, "1", "1", "3"))


def test_borrowed_phone_en(ports: Ports, community: Community, dial: Dial, golden: Golden) -> None:
    a_poll(ports, community)
    golden(dial(UNKNOWN).press("30031", PIN, "1", "1", "3"))


def test_silent_stranger_zh(dial: Dial, golden: Golden) -> None:
    golden(dial(None).stay_silent(4))


def test_silent_resident_zh(dial: Dial, golden: Golden) -> None:
    golden(dial(ALONE).stay_silent(6))


def test_silent_resident_en(dial: Dial, golden: Golden) -> None:
    golden(dial(ENGLISH).stay_silent(6))


def test_topic_by_recording_zh(dial: Dial, golden: Golden) -> None:
    golden(dial(ALONE).press("2").speak(1).speak(14).press("2").speak(22).press("1", "3"))


def test_topic_by_recording_en(dial: Dial, golden: Golden) -> None:
    golden(dial(ENGLISH).press("2").speak(14).press("1", "2", "3", "13", "3"))


def test_person_zh(dial: Dial, golden: Golden) -> None:
    golden(dial(ALONE).press("9", "0", "3"))


def test_language_from_zh_to_en(dial: Dial, golden: Golden) -> None:
    golden(dial(ALONE).press("4", "1", "2", "0", "3"))
