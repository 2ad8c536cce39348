"""The control interface: who may use it, and what does not work with it."""

from __future__ import annotations

from pathlib import Path

import pytest
import requests

from gateway.carriers.simulator.driver import SimulatorError, Telephones
from gateway.carriers.simulator.phones import Behaviour, Card, PhoneSpec, parse_behaviours
from gateway.carriers.simulator.server import Contact, Handsets
from gateway.cli.simulator import read_cards
from gateway.wording.catalogue import load_wording
from tests.carriers.simulator.running import FakeGateway, running_simulator

PHONE, LINE = "+8613800000001", "+8657188880001"
PAGE = Path(__file__).parent.parent.parent.parent / "gateway" / "web" / "handset"


def test_control_refuses_another_host_name(simulator_url: str) -> None:
    """A name that a stranger's page points at this machine (DNS rebinding) opens nothing."""
    answer = requests.get(f"{simulator_url}/simulator/phones", headers={"Host": "evil.example"}, timeout=5)
    assert answer.status_code == 403


def test_control_refuses_a_form_of_another_page(simulator_url: str) -> None:
    answer = requests.post(f"{simulator_url}/simulator/phones", data={"number": PHONE}, timeout=5)
    assert answer.status_code == 415


@pytest.mark.parametrize("number", ["12", "abc"])
def test_control_refuses_what_is_no_number(telephones: Telephones, number: str) -> None:
    with pytest.raises(SimulatorError, match="not a telephone number"):
        telephones.add(number)


def test_control_refuses_an_unknown_behaviour(telephones: Telephones) -> None:
    with pytest.raises(SimulatorError, match="rude"):
        telephones.add(PHONE, behaviour="rude")


def test_control_refuses_keys_that_are_none(telephones: Telephones, gateway: FakeGateway) -> None:
    gateway.answers["/twilio/voice"] = "<Gather/>"
    with pytest.raises(SimulatorError, match="not in a call"):
        telephones.press(PHONE, "1")


def test_control_refuses_a_script_that_is_none(simulator_url: str) -> None:
    url = f"{simulator_url}/simulator/phones/%2B8613800000001/calls"
    answer = requests.post(url, json={"to": LINE, "keys": [1, 2]}, timeout=5)
    assert answer.status_code == 400


def test_behaviours_are_read_with_their_numbers() -> None:
    assert parse_behaviours("slow_typist, hang_up_after:3,deliver_late") == {
        Behaviour.SLOW_TYPIST: 0,
        Behaviour.HANG_UP_AFTER: 3,
        Behaviour.DELIVER_LATE: 60,
    }
    assert parse_behaviours("") == parse_behaviours("answer") == {}


def test_cards_of_one_number_share_a_telephone(tmp_path: Path) -> None:
    path = tmp_path / "cards.json"
    path.write_text(
        '[{"name": "A", "phone": "+8613800000001", "code": "11", "pin": "22", "language": "zh"},'
        ' {"name": "B", "phone": "+8613800000001", "code": "33", "pin": "44", "language": "zh"}]',
        encoding="utf-8",
    )
    [spec] = read_cards(path)
    assert spec == PhoneSpec(PHONE, "A · B", cards=(Card("A", "11", "22"), Card("B", "33", "44")), by_hand=True)


def test_page_has_everything_it_needs(gateway: FakeGateway) -> None:
    handsets = Handsets(PAGE, load_wording(), lambda: [Contact("Village", LINE)])
    phones = [PhoneSpec(PHONE, "A", cards=(Card("A", "11", "22"),), by_hand=True)]
    with running_simulator(gateway.url, phones=phones, handsets=handsets) as url:
        page = requests.get(url, timeout=5)
        assert page.status_code == 200 and "default-src 'self'" in page.headers["Content-Security-Policy"]
        for name in ("handset.css", "page.js"):
            assert f"/handset/{name}" in page.text
            assert requests.get(f"{url}/handset/{name}", timeout=5).status_code == 200
        wording = requests.get(f"{url}/simulator/wording?language=en", timeout=5).json()
        assert wording["language"] == "en" and wording["sentences"]["title"]
        assert requests.get(f"{url}/simulator/contacts", timeout=5).json() == [{"name": "Village", "number": LINE}]
        events = requests.get(f"{url}/simulator/events?since=0", timeout=5).json()
        assert [phone["cards"] for phone in events["phones"]] == [[{"name": "A", "code": "11", "pin": "22"}]]


def test_events_tell_what_is_new(gateway: FakeGateway) -> None:
    with running_simulator(gateway.url, phones=[PhoneSpec(PHONE, by_hand=True)]) as url:
        telephones = Telephones(url)
        version = requests.get(f"{url}/simulator/events", timeout=5).json()["version"]
        nothing = requests.get(f"{url}/simulator/events?since={version}", timeout=5).json()
        assert nothing["phones"] == []
        telephones.text(PHONE, LINE, "hello")
        news = requests.get(f"{url}/simulator/events?since={version}&seconds=5", timeout=5).json()
        assert [m["body"] for m in news["phones"][0]["messages"]] == ["hello"]


def test_simulator_comes_back_on_the_same_port_and_remembers_nothing(gateway: FakeGateway) -> None:
    with running_simulator(gateway.url) as url:
        Telephones(url).text(PHONE, LINE, "hello")
    with running_simulator(gateway.url, port=int(url.rpartition(":")[2])) as again:
        assert again == url
        assert Telephones(url).show(PHONE)["messages"] == []
