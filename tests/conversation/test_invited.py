"""`1` and `2` after an invitation to a panel: taken as the answer to it, and never as a vote."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from gateway.kernel.phones import PhoneNumber
from gateway.kernel.ports import Ports
from gateway.messaging.model import CallbackUrls
from gateway.messaging.sending import send_due
from gateway.panels import actions, inviting, views
from gateway.panels.model import LotState
from gateway.polls import views as polls
from gateway.polls.inviting import ask_for_votes
from gateway.roll.model import Community
from gateway.wording.catalogue import Wording
from tests.conversation.callers import ALONE, CODES, ENGLISH, SHARED, Telephone, a_poll, a_village
from tests.conversation.texting import Texting, resident
from tests.fakes import ScriptedCarrier, StillClock
from tests.panels.beacons import QUICKNET, ROUND, appears_at
from tests.panels.drawing import committed, day_before, planned
from tests.polls.village import Village

TITLE = "村口的路怎样修"
CODE_OF = {ALONE: "10019", ENGLISH: "30031"}


@pytest.fixture
def community(ports: Ports, clock: StillClock) -> Community:
    clock.at = day_before()
    return a_village(ports)


@pytest.fixture
def panel(ports: Ports, clock: StillClock, wording: Wording, community: Community) -> int:
    """Everybody of the village is drawn, and has the invitation as the last text."""
    number = planned(ports, Village(community.id, []), seats=5, strata=(), household_cap=0)
    committed(ports, number)
    clock.at = appears_at(ROUND)
    clock.at += timedelta(hours=(6 - clock.at.hour) % 24)
    with ports.db.work() as tx:
        actions.draw_by_beacon(tx, number, QUICKNET[ROUND], at=clock.at)
        inviting.invite(tx, number, at=clock.at, wording=wording)
        tx.commit()
    _send(ports)
    return number


def _send(ports: Ports) -> None:
    send_due(ports, carrier=ScriptedCarrier(), urls=CallbackUrls("https://x"), queue="bulk", call_prefixes=["+86"])


def phone(ports: Ports, wording: Wording, number: PhoneNumber) -> Texting:
    return Texting(ports, wording, number)


def state(ports: Ports, panel: int, community: Community, code: str) -> LotState:
    with ports.db.read() as conn:
        lot = views.lot_of(conn, panel, resident(ports, community, code).id)
    assert lot
    return lot.state


def says(wording: Wording, key: str, language: str = "zh") -> str:
    return wording.say(f"panel_invitation.{key}", language, village="石滩村", title=TITLE)


def test_one_accepts_and_two_withdraws(ports: Ports, wording: Wording, panel: int, community: Community) -> None:
    li = phone(ports, wording, ALONE)
    assert li.text("1") == says(wording, "accepted")
    assert state(ports, panel, community, "10019") is LotState.ACCEPTED
    assert li.text("１。") == says(wording, "accepted")
    assert li.text("2") == says(wording, "declined")
    assert li.text("1") == says(wording, "seat_gone")
    assert state(ports, panel, community, "10019") is LotState.DECLINED


def test_english_no_declines(ports: Ports, wording: Wording, panel: int, community: Community) -> None:
    assert phone(ports, wording, ENGLISH).text("No, thank you") == says(wording, "declined", "en")
    assert state(ports, panel, community, "30031") is LotState.DECLINED


def test_person_on_a_shared_telephone_answers_with_the_code(
    ports: Ports, wording: Wording, panel: int, community: Community
) -> None:
    wangs = phone(ports, wording, SHARED)
    assert wangs.text("1") == wangs.says("who.ask")
    assert wangs.text(f"#{CODES[1]} 1") == says(wording, "accepted")
    assert [state(ports, panel, community, code) for code in CODES].count(LotState.ACCEPTED) == 1


def test_answer_to_the_invitation_is_no_vote(ports: Ports, wording: Wording, panel: int, community: Community) -> None:
    poll = a_poll(ports, community)
    li = phone(ports, wording, ALONE)
    assert li.text("1") == says(wording, "accepted")
    with ports.db.read() as conn:
        assert polls.turnout(conn, poll).participants == 0
    assert li.text("投1 1").startswith("【石滩村】表决1已收到")


def test_invitation_that_was_overtaken_is_asked_again(
    ports: Ports, wording: Wording, panel: int, community: Community
) -> None:
    """A poll's question came after the invitation: 1 is a vote now; MINE brings the invitation back."""
    poll = a_poll(ports, community)
    with ports.db.work() as tx:
        ask_for_votes(tx, poll, at=ports.clock.now(), wording=wording)
        tx.commit()
    _send(ports)
    li = phone(ports, wording, ALONE)
    assert li.text("1").startswith("【石滩村】表决1已收到")
    assert li.text("我的").endswith(says(wording, "again"))
    assert li.text("1") == says(wording, "accepted")
    assert state(ports, panel, community, "10019") is LotState.ACCEPTED
    assert says(wording, "again") not in li.text("我的")


def test_yes_and_no_by_key_in_a_call(ports: Ports, wording: Wording, panel: int, community: Community) -> None:
    li = Telephone(ports, wording, ALONE).dial()
    assert wording.say("panel_invitation.asked.question", "zh", title=TITLE) in li.heard
    li.press("1")
    assert state(ports, panel, community, "10019") is LotState.ACCEPTED
    Telephone(ports, wording, ENGLISH).dial().press("2")
    assert state(ports, panel, community, "30031") is LotState.DECLINED


@pytest.mark.parametrize(("caller", "language"), [(ALONE, "zh"), (ENGLISH, "en")])
def test_invitation_by_key_reads_like_a_script(
    ports: Ports,
    wording: Wording,
    panel: int,
    golden: Callable[..., None],
    caller: PhoneNumber,
    language: str,
) -> None:
    """Put off until the next call, then accepted; or declined at once."""
    first = Telephone(ports, wording, caller).dial().press("3", "*")
    again = Telephone(ports, wording, caller, "CA2").dial().press("1" if language == "zh" else "2")
    golden(first, f"panel_invitation_{language}", again)


def test_other_words_are_other_words(ports: Ports, wording: Wording, panel: int, community: Community) -> None:
    li = phone(ports, wording, ALONE)
    assert "编号13" in li.text("议题 村口路灯坏了")
    assert state(ports, panel, community, "10019") is LotState.INVITED
