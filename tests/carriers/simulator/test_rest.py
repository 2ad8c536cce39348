"""The REST interface, asked by Twilio's own library and held against Twilio's OpenAPI document."""

from __future__ import annotations

import io
import wave
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import requests
from twilio.base.exceptions import TwilioRestException
from twilio.rest import Client

from gateway.carriers.simulator.driver import Telephones
from gateway.carriers.simulator.segments import count_segments
from tests.carriers.simulator import openapi
from tests.carriers.simulator.running import ACCOUNT, FakeGateway, running_simulator

PHONE, LINE = "+8613800000001", "+8657188880001"
TO = {"to": PHONE, "from_": LINE}


def refusal(action: Callable[[], object]) -> tuple[int, int | None]:
    with pytest.raises(TwilioRestException) as refused:
        action()
    assert refused.value.msg
    return refused.value.status, refused.value.code


def test_text_created_is_queued_with_every_field(client: Client) -> None:
    made = client.messages.create(**TO, body="您" * 71)
    assert (made.status, made.direction, made.to, made.from_) == ("queued", "outbound-api", PHONE, LINE)
    assert (made.num_segments, made.body, made.error_code) == ("2", "您" * 71, None)
    assert made.date_created is not None and abs(made.date_created - datetime.now(UTC)) < timedelta(seconds=5)


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"to": "12", "from_": LINE, "body": "x"}, 21211),
        ({"to": "", "from_": LINE, "body": "x"}, 21604),
        ({"to": PHONE, "body": "x"}, 21603),
        ({"to": PHONE, "from_": "abc", "body": "x"}, 21212),
        ({"to": PHONE, "from_": PHONE, "body": "x"}, 21266),
        ({**TO}, 21602),
        ({**TO, "body": "x" * 1601}, 21617),
        ({**TO, "body": "x", "status_callback": "/relative"}, 21609),
        ({**TO, "body": "x", "status_callback": "http://a_b.example/x"}, 21609),
        ({**TO, "body": "x", "validity_period": 40_000}, 20001),
    ],
)
def test_text_that_is_wrong_is_refused(client: Client, telephones: Telephones, given: Any, code: int) -> None:
    assert refusal(lambda: client.messages.create(**given)) == (400, code)
    assert telephones.accepted() == []


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"to": "12", "from_": LINE, "url": "http://x.example/"}, 21211),
        ({"to": "", "from_": LINE, "url": "http://x.example/"}, 21201),
        ({"to": PHONE, "from_": "", "url": "http://x.example/"}, 21213),
        ({**TO}, 21205),
        ({**TO, "url": "nowhere"}, 21205),
        ({**TO, "url": "http://x.example/", "timeout": 601}, 20001),
        ({**TO, "twiml": "x" * 4001}, 20001),
    ],
)
def test_call_that_is_wrong_is_refused(client: Client, telephones: Telephones, given: Any, code: int) -> None:
    assert refusal(lambda: client.calls.create(**given)) == (400, code)
    assert telephones.accepted() == []


def test_texts_are_listed_by_recipient_and_time(client: Client, telephones: Telephones) -> None:
    before = datetime.now(UTC)
    for number in range(3):
        client.messages.create(to=f"+861380000000{number}", from_=LINE, body=f"text {number}")
    telephones.wait_until_idle()
    assert [m.body for m in client.messages.list()] == ["text 2", "text 1", "text 0"]
    assert [m.body for m in client.messages.list(to=PHONE)] == ["text 1"]
    assert [m.body for m in client.messages.list(to=PHONE, from_=LINE, date_sent_after=before)] == ["text 1"]
    assert client.messages.list(from_=PHONE) == []
    assert client.messages.list(date_sent_after=before + timedelta(hours=1)) == []
    assert client.messages.list(date_sent_before=before - timedelta(hours=1)) == []
    assert len(client.messages.list(date_sent=before)) == 3


def test_texts_are_listed_page_by_page(client: Client) -> None:
    for number in range(7):
        client.messages.create(**TO, body=str(number))
    assert [m.body for m in client.messages.list(page_size=3)] == ["6", "5", "4", "3", "2", "1", "0"]
    assert len(client.messages.list(limit=2)) == 2


def test_text_is_redacted_once_it_is_final(client: Client, gateway: FakeGateway) -> None:
    with running_simulator(gateway.url, pace=0.3) as url:
        client.api.base_url = url
        sid = client.messages.create(**TO, body="secret").sid or ""
        assert refusal(lambda: client.messages(sid).update(body="")) == (409, 20009)
        assert refusal(lambda: client.messages(sid).delete()) == (409, 20009)
        Telephones(url).wait_until_idle()
        assert refusal(lambda: client.messages(sid).update(body="new")) == (400, 20001)
        assert client.messages(sid).update(body="").body == ""
        assert client.messages(sid).fetch().body == ""
        assert client.messages(sid).delete()
        assert refusal(lambda: client.messages(sid).fetch()) == (404, 20404)


def test_inbound_text_can_be_found_and_redacted(client: Client, telephones: Telephones) -> None:
    telephones.text(PHONE, LINE, "secret")
    [text] = client.messages.list(to=LINE)
    assert (text.direction, text.status, text.body) == ("inbound", "received", "secret")
    assert text.update(body="").body == ""


def test_calls_are_listed_fetched_and_deleted(client: Client, telephones: Telephones) -> None:
    sid = client.calls.create(**TO, twiml="<Response><Say>hello</Say></Response>").sid or ""
    telephones.wait_until_idle()
    [listed] = client.calls.list(to=PHONE, status="completed", start_time_after=datetime.now(UTC) - timedelta(hours=1))
    assert listed.sid == sid and listed.direction == "outbound-api"
    assert client.calls.list(status="busy") == []
    assert client.calls(sid).delete()
    assert refusal(lambda: client.calls(sid).fetch()) == (404, 20404)


def spoken(telephones: Telephones, gateway: FakeGateway, seconds: int = 2) -> str:
    gateway.answers["/twilio/voice"] = "<Record action='/step'/>"
    telephones.call(PHONE, LINE, [f"record:{seconds}"])
    return gateway.forms("/step")[-1]["RecordingSid"]


def test_recordings_are_listed_heard_and_deleted(client: Client, telephones: Telephones, gateway: FakeGateway) -> None:
    sid = spoken(telephones, gateway, seconds=3)
    recording = client.recordings(sid).fetch()
    assert (recording.duration, recording.status, recording.source) == ("3", "completed", "RecordVerb")
    assert [r.sid for r in client.recordings.list(call_sid=recording.call_sid)] == [sid]
    assert [r.sid for r in client.calls(recording.call_sid).recordings.list()] == [sid]
    assert client.recordings.list(call_sid="CA" + "9" * 32) == []
    auth = (ACCOUNT.account_sid, ACCOUNT.auth_token)
    url = str(gateway.forms("/step")[0]["RecordingUrl"])
    assert requests.get(f"{url}.wav", timeout=5).status_code == 401
    for address in (url, f"{url}.wav"):
        answer = requests.get(address, auth=auth, timeout=5)
        assert answer.headers["Content-Type"] == "audio/x-wav"
        with wave.open(io.BytesIO(answer.content)) as sound:
            assert sound.getnframes() == 3 * sound.getframerate()
    assert client.recordings(sid).delete()
    assert refusal(lambda: client.recordings(sid).fetch()) == (404, 20404)
    assert requests.get(f"{url}.wav", auth=auth, timeout=5).status_code == 404


def test_wrong_account_or_token_is_refused(simulator_url: str) -> None:
    for sid, token in ((ACCOUNT.account_sid, "wrong"), ("AC" + "2" * 32, ACCOUNT.auth_token)):
        stranger = Client(sid, token)
        stranger.api.base_url = simulator_url
        assert refusal(lambda c=stranger: c.messages.create(**TO, body="x")) == (401, 20003)


def test_unknown_parameter_is_complained_of(simulator_url: str, telephones: Telephones) -> None:
    url = f"{simulator_url}/2010-04-01/Accounts/{ACCOUNT.account_sid}/Messages.json"
    auth = (ACCOUNT.account_sid, ACCOUNT.auth_token)
    form = {"To": PHONE, "From": LINE, "Body": "x", "Bodi": "y"}
    assert requests.post(url, data=form, auth=auth, timeout=5).status_code == 201
    assert [(w["code"], w["what"]) for w in telephones.warnings()] == [(20001, "unknown parameter Bodi")]


def test_every_answer_keeps_to_the_published_description(
    simulator_url: str, telephones: Telephones, gateway: FakeGateway, shared_data: Path
) -> None:
    api = openapi.document(shared_data / "twilio_api" / "twilio_api_v2010.trimmed.json")
    session = requests.Session()
    session.auth = (ACCOUNT.account_sid, ACCOUNT.auth_token)
    root = f"{simulator_url}/2010-04-01/Accounts/{ACCOUNT.account_sid}"

    def ask(method: str, path: str, **form: str) -> dict[str, Any]:
        answer = session.request(method, root + path, data=form or None, timeout=5)
        body = answer.json() if answer.content else None
        assert openapi.problems(api, method.lower(), answer.url, answer.status_code, body) == []
        return body or {}

    recording = spoken(telephones, gateway)
    telephones.add("+8613800000009", behaviour="switched_off")
    text = ask("POST", "/Messages.json", To=PHONE, From=LINE, Body="您好")["sid"]
    ask("POST", "/Messages.json", To="+8613800000009", From=LINE, Body="您好")
    call = ask("POST", "/Calls.json", To=PHONE, From=LINE, Url=f"{gateway.url}/out")["sid"]
    telephones.wait_until_idle()
    for path in (f"/Messages/{text}", f"/Calls/{call}", f"/Recordings/{recording}"):
        ask("GET", f"{path}.json")
    for path in ("/Messages", "/Calls", "/Recordings", f"/Calls/{call}/Recordings"):
        ask("GET", f"{path}.json?PageSize=1")
        ask("GET", f"{path}.json?PageSize=1&Page=1")
    session.post(f"{root}/Messages/{text}.json", data={"Body": ""}, timeout=5)
    assert ask("GET", f"/Messages/{text}.json")["body"] == ""
    for path in (f"/Messages/{text}", f"/Calls/{call}", f"/Recordings/{recording}"):
        ask("DELETE", f"{path}.json")


def test_segments_are_counted_as_everybody_counts_them(shared_data: Path, figure: Callable[[str], None]) -> None:
    import json

    lines = (shared_data / "sms_segments" / "vectors.jsonl").read_text(encoding="utf-8").splitlines()
    vectors = [json.loads(line) for line in lines]
    assert [v["name"] for v in vectors if count_segments(v["text"]) != v["segments"]] == []
    figure(f"simulated carrier: {len(vectors)} of {len(vectors)} texts counted in the right number of segments")
