"""Callers who press anything, say anything, stay silent and hang up anywhere: nobody is lost, nothing is cast unasked."""

from __future__ import annotations

import random
from collections.abc import Callable

from gateway.carriers.port import Gather, Hangup, Record
from gateway.kernel.ports import Ports
from gateway.polls import views as polls
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
)

CALLS = 320
MOST_PROMPTS = 40
LI = "10019"


def _wander(phone: Telephone, dice: random.Random) -> tuple[int, set[str]]:
    """One call to its end; how many receipts were heard, and at which places it went wrong."""
    phone.dial()
    receipts, confirming, faults = 0, False, set()
    while not phone.is_over and dice.random() > 0.03:
        before = phone.heard
        step = phone.steps[-1]
        assert isinstance(step, Gather | Record)
        if isinstance(step, Record):
            phone.speak(dice.choice([0, 1, 12, 60]))
        elif dice.random() < 0.12:
            phone.stay_silent()
        else:
            phone.press(_keys(dice, step))
        confirming = any(word in before for word in ("确定投这一票", "To cast this vote"))
        pressed = phone.requests[-1][0].digits or ""
        if any(word in phone.heard for word in ("投好了", "Your vote is in")):
            receipts += 1
            if not (confirming and pressed.startswith("1")):
                faults.add("cast without confirmation")
        if any(word in phone.heard for word in ("出了一点毛病", "something went wrong")):
            faults.add("fault")
        if not phone.heard or not isinstance(phone.steps[-1], Gather | Record | Hangup):
            faults.add("dead end")
    return receipts, faults


def _keys(dice: random.Random, step: Gather) -> str:
    if step.digits is not None and step.digits >= 4:
        return dice.choice([LI, PIN, *CODES, CODES[0], "", "0", "9", "*", "12", str(dice.randrange(10**6))])
    return dice.choice("111222333456789*0#") if dice.random() < 0.95 else dice.choice(["11", "1#", "9#", "321", "****"])


def test_wandering_callers_are_never_lost(ports: Ports, wording: Wording, figure: Callable[[str], None]) -> None:
    community = a_village(ports)
    numbers = [a_poll(ports, community), a_poll(ports, community, options=("修路", "打井", "装灯", "种树", "养鱼"))]
    dice, longest, votes, faults = random.Random(20261124), 0, 0, set()
    for call in range(CALLS):
        caller = dice.choice([ALONE, SHARED, ENGLISH, UNKNOWN, None])
        phone = Telephone(ports, wording, caller, carrier_id=f"CA{call}")
        receipts, wrong = _wander(phone, dice)
        votes += receipts
        faults |= wrong
        longest = max(longest, phone.prompts)
    with ports.db.read() as conn:
        participants = [polls.turnout(conn, number).participants for number in numbers]
    assert not faults
    assert longest <= MOST_PROMPTS
    assert votes > CALLS / 20
    assert sum(participants) <= votes
    assert all(count > 0 for count in participants)
    figure(
        f"{CALLS} wandering calls ({'SQLite' if ports.db.is_sqlite else 'PostgreSQL'}): 0 exceptions, 0 dead ends,"
        f" 0 ballots without confirmation, longest {longest} prompts, {votes} votes"
    )
