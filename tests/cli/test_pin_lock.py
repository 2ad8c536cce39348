"""Five wrong PINs on the telephone lock one person; the clerk's command gives a new PIN, and the call goes through."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from gateway.bootstrap import build_gateway
from gateway.cli import roll
from gateway.kernel.ports import Ports
from gateway.settings import load_settings
from gateway.wording.catalogue import Wording
from tests.conversation.callers import CODES, PIN, UNKNOWN, Telephone, a_village

LI, WRONG = "10019", "1357"


@pytest.fixture
def environment(database_url: str, tmp_path: Path) -> dict[str, str]:
    return {"DATABASE_URL": database_url, "DATA_DIR": str(tmp_path / "data"), "SECRET_KEY": "k" * 40, "LANGUAGE": "en"}


@pytest.fixture
def own_ports(environment: dict[str, str]) -> Iterator[Ports]:
    """The ports over the settings that the command reads; the command's own way of logging goes again."""
    logger = logging.getLogger()
    handlers, level = logger.handlers[:], logger.level
    gateway = build_gateway(load_settings(environment))
    yield gateway.ports
    gateway.db.engine.dispose()
    logger.handlers[:] = handlers
    logger.setLevel(level)


def test_locked_person_gets_a_new_pin_from_the_clerk_and_calls_again(
    environment: dict[str, str], own_ports: Ports, wording: Wording
) -> None:
    a_village(own_ports)

    def call(code: str, pin: str, carrier_id: str) -> Telephone:
        return Telephone(own_ports, wording, UNKNOWN, carrier_id).dial().press(code, pin)

    def clerk(*words: str) -> dict[str, object]:
        done = CliRunner(env=environment).invoke(roll.group, [*words, "--community", "shitan", "--json"])
        assert done.exit_code == 0, done.output
        answer: dict[str, object] = json.loads(done.stdout)
        return answer

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
