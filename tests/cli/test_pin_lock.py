"""Five wrong PINs on the telephone lock one person; the clerk's command gives a new PIN, and the call goes through."""

from __future__ import annotations

from typing import Any

from gateway.kernel.ports import Ports
from gateway.wording.catalogue import Wording
from tests.cli.commands import Run, answer
from tests.conversation.callers import CODES, PIN, UNKNOWN, Telephone, a_village

LI, WRONG = "10019", "1357"


def test_locked_person_gets_a_new_pin_from_the_clerk_and_calls_again(
    run: Run, own_ports: Ports, wording: Wording
) -> None:
    a_village(own_ports)

    def call(code: str, pin: str, carrier_id: str) -> Telephone:
        return Telephone(own_ports, wording, UNKNOWN, carrier_id).dial().press(code, pin)

    def clerk(*words: str) -> Any:
        return answer(run("roll", *words, "--community", "shitan", "--json"))

    for number in range(5):
        phone = call(LI, WRONG, f"CA{number}")
    assert phone.says("call.pin.locked")
    assert call(LI, PIN, "CA5").says("call.pin.locked")
    assert clerk("show", LI)["pin_locked"] is True
    # Only she is locked: her neighbour on the same borrowed telephone is not.
    assert call(CODES[0], PIN, "CA6").says("call.menu.title")

    new = str(clerk("reset-pin", LI, "--reason", "locked")["pin"])
    assert new != PIN
    assert clerk("show", LI)["pin_locked"] is False
    assert call(LI, PIN, "CA7").says("call.pin.wrong")
    assert call(LI, new, "CA8").says("call.menu.title")
