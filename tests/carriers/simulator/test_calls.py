"""Calls that the gateway places, and their status callbacks."""

from __future__ import annotations

import asyncio

import pytest
import requests
from twilio.base.exceptions import TwilioRestException
from twilio.rest import Client

from gateway.carriers.simulator.driver import AsyncTelephones, CallTranscript, SimulatorError, Telephones
from gateway.carriers.simulator.speech import make_tone
from tests.carriers.simulator.running import ACCOUNT, FakeGateway, running_simulator

PHONE, LINE = "+8613800000001", "+8657188880001"
STATUS, ANSWER = "/twilio/status/call", "/twilio/voice/outbound"
ALL = ["initiated", "ringing", "answered", "completed"]


def place(client: Client, gateway: FakeGateway, events: list[str] | None = None, **more: object) -> str:
    call = client.calls.create(
        to=PHONE,
        from_=LINE,
        url=f"{gateway.url}{ANSWER}?a=5",
        status_callback=f"{gateway.url}{STATUS}?a=5",
        status_callback_event=ALL if events is None else events,
        **more,
    )
    assert call.sid
    return call.sid


def statuses(gateway: FakeGateway) -> list[str]:
    return [form["CallStatus"] for form in gateway.forms(STATUS)]


def test_outbound_call_is_answered_and_reported(client: Client, gateway: FakeGateway, telephones: Telephones) -> None:
    gateway.answers[ANSWER] = "<Gather action='/step' numDigits='1'><Say>result: press 1</Say></Gather>"
    gateway.answers["/step"] = "<Say>thank you</Say>"
    telephones.set_answers(PHONE, [("press 1", "1")])
    sid = place(client, gateway)
    telephones.wait_until_idle()
    [call] = telephones.transcripts(PHONE)
    assert (call.sid, call.pressed, call.text) == (sid, ["1"], "result: press 1\nthank you")
    assert statuses(gateway) == ["initiated", "ringing", "in-progress", "completed"]
    forms = gateway.forms(STATUS)
    assert [form["SequenceNumber"] for form in forms] == ["0", "1", "2", "3"]
    assert forms[-1]["CallDuration"] == str(call.seconds) and forms[-1]["Direction"] == "outbound-api"
    [answered] = gateway.forms(ANSWER)
    assert (answered["To"], answered["From"], answered["CallStatus"]) == (PHONE, LINE, "in-progress")
    assert all(w.signed for w in gateway.webhooks)
    assert telephones.warnings() == []


@pytest.mark.parametrize(
    ("behaviour", "status", "before"),
    [
        ("busy", "busy", ["initiated"]),
        ("no_answer", "no-answer", ["initiated", "ringing"]),
        ("switched_off", "no-answer", ["initiated", "ringing"]),
    ],
)
def test_outbound_call_to_a_troubled_telephone_fails(
    client: Client, gateway: FakeGateway, telephones: Telephones, behaviour: str, status: str, before: list[str]
) -> None:
    telephones.add(PHONE, behaviour=behaviour)
    sid = place(client, gateway)
    telephones.wait_until_idle()
    assert statuses(gateway) == [*before, status]
    assert gateway.forms(STATUS)[-1]["CallDuration"] == "0"
    assert gateway.forms(ANSWER) == []
    assert client.calls(sid).fetch().status == status


def test_outbound_call_to_a_landline_is_answered(client: Client, gateway: FakeGateway, telephones: Telephones) -> None:
    telephones.add(PHONE, behaviour="landline")
    gateway.answers[ANSWER] = "<Say>hello</Say>"
    place(client, gateway)
    telephones.wait_until_idle()
    assert statuses(gateway)[-1] == "completed"


@pytest.mark.parametrize(("events", "expected"), [([], ["completed"]), (["answered"], ["in-progress"])])
def test_outbound_call_reports_what_was_asked_for(
    client: Client, gateway: FakeGateway, telephones: Telephones, events: list[str], expected: list[str]
) -> None:
    gateway.answers[ANSWER] = "<Say>hello</Say>"
    place(client, gateway, events)
    telephones.wait_until_idle()
    assert statuses(gateway) == expected


def test_outbound_call_performs_a_document_given_with_it(
    client: Client, gateway: FakeGateway, telephones: Telephones
) -> None:
    client.calls.create(to=PHONE, from_=LINE, twiml="<Response><Say>inline</Say></Response>")
    telephones.wait_until_idle()
    assert telephones.transcripts(PHONE)[0].text == "inline"
    assert gateway.webhooks == []


@pytest.fixture
def by_hand(gateway: FakeGateway) -> Telephones:
    """A telephone that somebody holds; its calls run in quick real time."""
    with running_simulator(gateway.url, pace=0.05) as url:
        telephones = Telephones(url)
        telephones.add(PHONE, "Hand", by_hand=True)
        yield telephones


@pytest.fixture
def hand_client(by_hand: Telephones, client: Client) -> Client:
    client.api.base_url = by_hand._url.removesuffix("/simulator")
    return client


def wait_for(telephones: Telephones, **wanted: object) -> dict[str, object]:
    for _ in range(2000):
        call = telephones.show(PHONE)["call"]
        if call and all(call[name] == value for name, value in wanted.items()):
            return dict(call)
    raise AssertionError(f"{wanted} did not come about: {call}")


def test_call_by_hand_rings_until_it_is_answered_and_takes_keys(
    by_hand: Telephones, hand_client: Client, gateway: FakeGateway
) -> None:
    gateway.answers[ANSWER] = "<Gather action='/step' numDigits='2' timeout='60'><Say>keys</Say></Gather>"
    gateway.answers["/step"] = "<Say>done</Say>"
    place(hand_client, gateway)
    wait_for(by_hand, status="ringing")
    by_hand.answer(PHONE)
    wait_for(by_hand, waiting_for="keys")
    by_hand.press(PHONE, "4")
    by_hand.press(PHONE, "2")
    [call] = by_hand.transcripts(PHONE, count=1, seconds=20)
    assert call.pressed == ["42"] and call.text == "keys\ndone"


def test_call_by_hand_refused_is_busy(by_hand: Telephones, hand_client: Client, gateway: FakeGateway) -> None:
    place(hand_client, gateway)
    wait_for(by_hand, status="ringing")
    by_hand.hang_up(PHONE)
    by_hand.wait_until_idle()
    assert statuses(gateway)[-1] == "busy"


def test_call_by_hand_nobody_answers(by_hand: Telephones, hand_client: Client, gateway: FakeGateway) -> None:
    place(hand_client, gateway, timeout=5)
    by_hand.wait_until_idle()
    assert statuses(gateway)[-1] == "no-answer"


def test_call_by_hand_records_until_a_key(by_hand: Telephones, gateway: FakeGateway) -> None:
    gateway.answers["/twilio/voice"] = "<Record action='/step' maxLength='60'/>"
    by_hand.dial(PHONE, LINE)
    wait_for(by_hand, waiting_for="recording")
    import time

    time.sleep(0.12)
    by_hand.press(PHONE, "#")
    by_hand.transcripts(PHONE, count=1, seconds=20)
    [form] = gateway.forms("/step")
    assert int(form["RecordingDuration"]) >= 2 and form["Digits"] == "#"


def test_call_by_hand_keeps_what_is_spoken_into_the_microphone(
    by_hand: Telephones, hand_client: Client, gateway: FakeGateway
) -> None:
    gateway.answers["/twilio/voice"] = "<Gather/><Record action='/step' maxLength='60'/>"
    by_hand.dial(PHONE, LINE)
    wait_for(by_hand, waiting_for="keys")
    with pytest.raises(SimulatorError, match="nothing is being recorded"):
        by_hand.speak(PHONE, make_tone(3))
    by_hand.press(PHONE, "#")
    wait_for(by_hand, waiting_for="recording")
    with pytest.raises(SimulatorError, match="not a WAV file"):
        by_hand.speak(PHONE, b"RIFF")
    spoken = make_tone(3)[:-2] + b"\x01\x02"
    by_hand.speak(PHONE, spoken)
    by_hand.press(PHONE, "#")
    by_hand.transcripts(PHONE, count=1, seconds=20)
    [form] = gateway.forms("/step")
    assert form["RecordingDuration"] == "3"
    url = f"{form['RecordingUrl']}.wav"
    assert requests.get(url, auth=(ACCOUNT.account_sid, ACCOUNT.auth_token), timeout=5).content == spoken


def test_call_by_hand_second_call_is_refused(by_hand: Telephones, gateway: FakeGateway) -> None:
    gateway.answers["/twilio/voice"] = "<Pause length='600'/>"
    by_hand.dial(PHONE, LINE)
    with pytest.raises(SimulatorError):
        by_hand.dial(PHONE, LINE)
    by_hand.hang_up(PHONE)


def test_call_is_ended_by_the_gateway(by_hand: Telephones, hand_client: Client, gateway: FakeGateway) -> None:
    gateway.answers["/twilio/voice"] = "<Pause length='600'/>"
    by_hand.dial(PHONE, LINE)
    sid = str(wait_for(by_hand, status="in-progress")["sid"])
    hand_client.calls(sid).update(status="completed")
    [call] = by_hand.transcripts(PHONE, count=1, seconds=20)
    assert (call.status, call.ended_by) == ("completed", "gateway")


def test_call_is_canceled_while_it_rings(by_hand: Telephones, hand_client: Client, gateway: FakeGateway) -> None:
    sid = place(hand_client, gateway)
    wait_for(by_hand, status="ringing")
    hand_client.calls(sid).update(status="canceled")
    by_hand.wait_until_idle()
    assert statuses(gateway)[-1] == "canceled"


@pytest.mark.parametrize("given", ["twiml", "url"])
def test_call_is_given_new_instructions(
    by_hand: Telephones, hand_client: Client, gateway: FakeGateway, given: str
) -> None:
    gateway.answers["/twilio/voice"] = "<Say>hello</Say><Pause length='600'/>"
    gateway.answers["/new"] = "<Say>changed</Say>"
    by_hand.dial(PHONE, LINE)
    sid = str(wait_for(by_hand, status="in-progress")["sid"])
    if given == "twiml":
        hand_client.calls(sid).update(twiml="<Response><Say>changed</Say></Response>")
    else:
        hand_client.calls(sid).update(url=f"{gateway.url}/new")
    [call] = by_hand.transcripts(PHONE, count=1, seconds=20)
    assert call.text == "hello\nchanged"


def test_call_that_is_over_cannot_be_changed(client: Client, gateway: FakeGateway, telephones: Telephones) -> None:
    sid = place(client, gateway)
    telephones.wait_until_idle()
    with pytest.raises(TwilioRestException) as refused:
        client.calls(sid).update(status="completed")
    assert refused.value.code == 21220


def test_two_hundred_calls_at_once_finish(simulator_url: str, gateway: FakeGateway, telephones: Telephones) -> None:
    gateway.answers["/twilio/voice"] = "<Gather action='/step' numDigits='5'><Say>your code</Say></Gather>"
    gateway.answers["/step"] = lambda form: f"<Say>{form['Digits']}</Say>"

    async def call_all() -> list[CallTranscript]:
        async with AsyncTelephones(simulator_url) as all_of_them:
            calls = (all_of_them.call(f"+86139{i:08d}", LINE, [f"{i:05d}"]) for i in range(200))
            return await asyncio.gather(*calls)

    calls = asyncio.run(call_all())
    assert [call.text for call in calls] == [f"your code\n{i:05d}" for i in range(200)]
    assert telephones.warnings() == []


MEETING = (
    "<Dial action='/line' hangupOnStar='true'><Conference muted='{}' beep='false' waitUrl=''>room-1</Conference></Dial>"
)


def test_caller_listens_in_a_conference_and_leaves_it_by_the_star(
    by_hand: Telephones, hand_client: Client, gateway: FakeGateway
) -> None:
    gateway.answers["/twilio/voice"] = MEETING.format("true")
    gateway.answers["/line"] = "<Say>back again</Say>"
    by_hand.dial(PHONE, LINE)
    wait_for(by_hand, status="in-progress", waiting_for="conference")
    by_hand.press(PHONE, "5*")
    [call] = by_hand.transcripts(PHONE, count=1, seconds=20)
    assert str(call).splitlines()[:3] == ["  (in the meeting, listening)", "> *", "  back again"]
    assert gateway.forms("/line")[0]["DialCallStatus"] == "completed"


def test_caller_in_a_conference_is_turned_to_another_document(
    by_hand: Telephones, hand_client: Client, gateway: FakeGateway
) -> None:
    gateway.answers["/twilio/voice"] = MEETING.format("true")
    gateway.answers["/floor"] = "<Say>you may speak</Say>" + MEETING.format("false")
    by_hand.dial(PHONE, LINE)
    sid = str(wait_for(by_hand, status="in-progress", waiting_for="conference")["sid"])
    hand_client.calls(sid).update(url=f"{gateway.url}/floor")
    for _ in range(2000):
        if "you may speak" in str(by_hand.show(PHONE)):
            break
    wait_for(by_hand, waiting_for="conference")
    by_hand.hang_up(PHONE)
    [call] = by_hand.transcripts(PHONE, count=1, seconds=20)
    assert "(in the meeting, listening)\n  you may speak\n  (in the meeting, heard by all)" in str(call)
