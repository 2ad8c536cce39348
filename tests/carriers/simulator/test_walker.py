"""TwiML performed as Twilio does, rule by rule."""

from __future__ import annotations

import threading

import pytest
from twilio.rest import Client

from gateway.carriers.simulator.driver import Keys, Telephones
from tests.carriers.simulator.running import FakeGateway, fake_gateway, running_simulator

PHONE, LINE = "+8613800000001", "+8657188880001"
VOICE, STEP = "/twilio/voice", "/step"
DONE = "<Say>done</Say>"


def gather(attributes: str = "numDigits='1'", words: str = "press one", then: str = "<Say>nothing came</Say>") -> str:
    return f"<Gather action='{STEP}?t=a%2Fb' {attributes}><Say>{words}</Say></Gather>{then}"


@pytest.fixture
def told(gateway: FakeGateway) -> FakeGateway:
    gateway.answers[STEP] = DONE
    return gateway


def digits(gateway: FakeGateway) -> list[str]:
    return [form["Digits"] for form in gateway.forms(STEP)]


def test_call_asks_the_gateway_signed_with_all_usual_fields(telephones: Telephones, told: FakeGateway) -> None:
    told.answers[VOICE] = gather()
    telephones.call(PHONE, LINE, ["1"])
    first, second = told.webhooks
    assert first.signed and second.signed
    assert second.path == f"{STEP}?t=a%2Fb"
    assert first.form["CallStatus"] == "ringing" and second.form["CallStatus"] == "in-progress"
    for form in (first.form, second.form):
        assert form["From"] == form["Caller"] == PHONE and form["To"] == form["Called"] == LINE
        assert form["Direction"] == "inbound" and form["CallSid"].startswith("CA") and form["CallerCountry"] == "CN"
    assert second.form["Digits"] == "1" and second.form["msg"] == "Gather End" and second.form["FinishedOnKey"] == ""


def test_call_reads_as_prose(telephones: Telephones, told: FakeGateway) -> None:
    told.answers[VOICE] = "<Say language='cmn-CN'>您好</Say><Pause/>" + gather(words="请按 1")
    call = telephones.call(PHONE, LINE, ["1"])
    assert str(call) == "  您好\n  请按 1\n> 1\n  done\n= completed, ended by gateway"
    assert [heard.language for heard in call.heard] == ["cmn-CN", "", ""]
    assert call.seconds >= 2


@pytest.mark.parametrize(
    ("attributes", "keys", "received", "finished"),
    [
        ("numDigits='1'", "1", ["1"], ""),
        ("numDigits='1'", "12", ["1"], ""),
        ("numDigits='5'", "12345", ["12345"], ""),
        ("", "123#", ["123"], "#"),
        ("", "123", ["123"], ""),
        ("finishOnKey='*'", "1#2*", ["1#2"], "*"),
        ("finishOnKey=''", "1#2*", ["1#2*"], ""),
        ("numDigits='3'", "1#", ["1"], "#"),
        ("", "#", [], ""),
        ("", "", [], ""),
        ("actionOnEmptyResult='true'", "", [""], ""),
        ("actionOnEmptyResult='true'", "#", [""], "#"),
        ("actionOnEmptyResult='false'", "", [], ""),
    ],
)
def test_gather_takes_keys(
    telephones: Telephones, told: FakeGateway, attributes: str, keys: str, received: list[str], finished: str
) -> None:
    told.answers[VOICE] = gather(attributes)
    call = telephones.call(PHONE, LINE, [keys])
    assert digits(told) == received
    assert [form["FinishedOnKey"] for form in told.forms(STEP)] == [finished] * len(received)
    assert ("nothing came" in call.text) is (not received)


def test_gather_without_action_asks_the_same_address(telephones: Telephones, told: FakeGateway) -> None:
    told.answers[VOICE] = ["<Gather numDigits='1'/>", DONE]
    telephones.call(PHONE, LINE, ["7"])
    assert [form.get("Digits") for form in told.forms(VOICE)] == [None, "7"]


def test_gather_is_silenced_by_the_first_key(telephones: Telephones, told: FakeGateway) -> None:
    told.answers[VOICE] = (
        f"<Gather action='{STEP}' numDigits='2'><Say>first</Say><Say>second</Say><Play>/a.wav</Play></Gather>"
    )
    call = telephones.call(PHONE, LINE, ["!12"])
    assert digits(told) == ["12"]
    assert [heard.text for heard in call.heard] == ["first", "done"]


def test_gather_loses_keys_pressed_before_it(gateway: FakeGateway) -> None:
    gateway.answers[VOICE] = "<Say>" + "word " * 40 + "</Say>" + gather("numDigits='1' timeout='1'")
    with running_simulator(gateway.url, pace=0.02) as url:
        telephones = Telephones(url)
        telephones.dial(PHONE, LINE)
        telephones.press(PHONE, "5")
        [call] = telephones.transcripts(PHONE, count=1, seconds=20)
    assert gateway.forms(STEP) == []
    assert "nothing came" in call.text


def test_gather_times_out_between_keys_of_a_slow_typist(telephones: Telephones, told: FakeGateway) -> None:
    telephones.add(PHONE, behaviour="slow_typist")
    told.answers[VOICE] = gather("timeout='10'")
    told.answers[STEP] = [gather("timeout='10'", "again"), gather("timeout='10'", "once more"), DONE]
    call = telephones.call(PHONE, LINE, ["12345#"])
    assert digits(told) == ["123", "45", "12345"]
    assert call.ended_by == "gateway"


def test_gather_answers_by_what_is_heard(telephones: Telephones, told: FakeGateway) -> None:
    told.answers[VOICE] = gather(words="your code please")
    told.answers[STEP] = [gather(words="poll 3: to agree, press 1"), gather(words="to confirm, press 2"), DONE]
    rules: Keys = [("code", "8"), ("re:poll [0-9]+", "1"), ("confirm", "2")]
    assert telephones.call(PHONE, LINE, rules).pressed == ["8", "1", "2"]


def test_script_that_has_ended_hangs_up(telephones: Telephones, told: FakeGateway) -> None:
    told.answers[VOICE] = told.answers[STEP] = gather(words="more?")
    call = telephones.call(PHONE, LINE, ["1"])
    assert (call.status, call.ended_by, call.pressed) == ("completed", "caller", ["1"])
    assert len(told.webhooks) == 2


def test_caller_hangs_up_when_told_and_the_gateway_hears_no_more(telephones: Telephones, told: FakeGateway) -> None:
    told.answers[VOICE] = gather()
    call = telephones.call(PHONE, LINE, ["hangup"])
    assert call.ended_by == "caller" and told.forms(STEP) == []


@pytest.mark.parametrize("prompts", [1, 2, 3])
def test_caller_hangs_up_after_some_prompts(telephones: Telephones, told: FakeGateway, prompts: int) -> None:
    telephones.add(PHONE, behaviour=f"hang_up_after:{prompts}")
    told.answers[VOICE] = "<Say>a</Say><Pause length='2'/><Say>b</Say><Gather><Say>c</Say></Gather><Say>d</Say>"
    call = telephones.call(PHONE, LINE, ["1"])
    assert len(call.heard) == prompts and call.ended_by == "caller"


def record(attributes: str = "") -> str:
    return f"<Say>speak</Say><Record action='{STEP}' {attributes}/><Say>nothing recorded</Say>"


@pytest.mark.parametrize(
    ("attributes", "keys", "seconds", "ended_with"),
    [
        ("", "record:3", "3", ""),
        ("", "record:3#", "3", "#"),
        ("maxLength='10'", "record:30", "10", ""),
        ("timeout='2' playBeep='false'", "record:1", "1", ""),
    ],
)
def test_record_gives_the_recording_to_its_action(
    telephones: Telephones, told: FakeGateway, client: Client, attributes: str, keys: str, seconds: str, ended_with: str
) -> None:
    told.answers[VOICE] = record(attributes)
    call = telephones.call(PHONE, LINE, [keys])
    [form] = told.forms(STEP)
    assert form["RecordingDuration"] == seconds and form["Digits"] == ended_with
    assert form["RecordingUrl"].endswith(f"/Recordings/{form['RecordingSid']}")
    assert client.recordings(form["RecordingSid"]).fetch().call_sid == call.sid
    assert ("beep" in [heard.kind for heard in call.heard]) is ("playBeep" not in attributes)


@pytest.mark.parametrize("keys", ["", "#", "record:0"])
def test_record_of_nothing_falls_through(telephones: Telephones, told: FakeGateway, keys: str) -> None:
    told.answers[VOICE] = record()
    call = telephones.call(PHONE, LINE, [keys])
    assert told.forms(STEP) == [] and "nothing recorded" in call.text


def test_record_ended_by_hanging_up_still_reaches_its_action(telephones: Telephones, told: FakeGateway) -> None:
    told.answers[VOICE] = record()
    call = telephones.call(PHONE, LINE, ["record:4hangup"])
    [form] = told.forms(STEP)
    assert form["Digits"] == "hangup" and form["RecordingDuration"] == "4" and form["CallStatus"] == "completed"
    assert call.ended_by == "caller" and "done" not in call.text


def test_record_reports_to_its_callback(telephones: Telephones, told: FakeGateway) -> None:
    told.answers[VOICE] = record("recordingStatusCallback='/recorded'")
    telephones.call(PHONE, LINE, ["record:2"])
    telephones.wait_until_idle()
    [form] = told.forms("/recorded")
    assert form["RecordingStatus"] == "completed" and form["RecordingDuration"] == "2"


def test_redirect_asks_another_address_by_its_method(telephones: Telephones, told: FakeGateway) -> None:
    told.answers[VOICE] = "<Redirect method='GET'>next?x=1</Redirect>"
    told.answers["/twilio/next"] = DONE
    assert telephones.call(PHONE, LINE, []).text == "done"
    second = told.webhooks[1]
    assert second.method == "GET" and second.signed and "x=1&CallSid=CA" in second.path


@pytest.mark.parametrize(("reason", "status"), [("", "no-answer"), ("reason='busy'", "busy")])
def test_reject_ends_the_call_unanswered(telephones: Telephones, told: FakeGateway, reason: str, status: str) -> None:
    told.answers[VOICE] = f"<Reject {reason}/>"
    call = telephones.call(PHONE, LINE, [])
    assert (call.status, call.ended_by, call.seconds) == (status, "gateway", 0)


def test_hangup_ends_the_call(telephones: Telephones, told: FakeGateway) -> None:
    told.answers[VOICE] = "<Say>bye</Say><Hangup/>"
    call = telephones.call(PHONE, LINE, [])
    assert (call.status, call.ended_by, call.text) == ("completed", "gateway", "bye")
    assert telephones.warnings() == []


def test_call_ends_in_an_error_when_the_gateway_fails(telephones: Telephones, told: FakeGateway) -> None:
    told.answers[VOICE] = 500
    call = telephones.call(PHONE, LINE, [])
    assert call.ended_by == "error" and [w["code"] for w in telephones.warnings()] == [11200]


def test_call_that_never_ends_is_ended(telephones: Telephones, told: FakeGateway) -> None:
    told.answers[VOICE] = f"<Redirect>{VOICE}</Redirect>"
    telephones.call(PHONE, LINE, [])
    assert [w["what"] for w in telephones.warnings()] == ["a call of more than 200 steps"]


@pytest.mark.parametrize(
    ("twiml", "what"),
    [
        ("<Shout>x</Shout>", "Shout inside Response"),
        ("<say>x</say>", "say inside Response"),
        ("<Enqueue>1</Enqueue>", "Enqueue inside Response"),
        ("<Say voise='x'>x</Say>", "attribute voise of Say"),
        ("<Say language='Chinese'>x</Say>", "value of language of Say"),
        ("<Say></Say>", "Say without text"),
        ("<Say>x<blink>y</blink></Say>", "blink inside Say"),
        ("<Gather numDigits='0'/>", "value of numDigits of Gather"),
        ("<Gather timeout='soon'/>", "value of timeout of Gather"),
        ("<Gather finishOnKey='##'/>", "value of finishOnKey of Gather"),
        ("<Gather><Record/></Gather>", "Record inside Gather"),
        ("<Gather><Redirect>x</Redirect></Gather>", "Redirect inside Gather"),
        ("<Hangup/><Say>x</Say>", "Say after Hangup is never reached"),
        ("<Say>x</Say><Reject/>", "Reject is not the first verb"),
    ],
)
def test_twiml_that_is_wrong_is_complained_of(telephones: Telephones, told: FakeGateway, twiml: str, what: str) -> None:
    told.answers[VOICE] = twiml
    telephones.call(PHONE, LINE, [""])
    assert {"code", "where", "what"} == set(telephones.warnings()[0])
    assert what in [w["what"] for w in telephones.warnings()]
    assert telephones.warnings()[0]["where"] == VOICE


def test_twiml_unknown_verb_is_skipped(telephones: Telephones, told: FakeGateway) -> None:
    told.answers[VOICE] = "<Shout>x</Shout><Say>y</Say>"
    assert telephones.call(PHONE, LINE, []).text == "y"


def test_twiml_with_ssml_is_spoken_whole(telephones: Telephones, told: FakeGateway) -> None:
    told.answers[VOICE] = "<Say language='cmn-CN'><prosody rate='85%'>您好,<break/>请按 1</prosody></Say>"
    assert telephones.call(PHONE, LINE, []).text == "您好,请按 1"
    assert telephones.warnings() == []


def test_webhook_is_tried_once_more_only_when_the_connection_fails() -> None:
    with fake_gateway() as gone:
        pass
    with running_simulator(gone.url) as url:
        telephones = Telephones(url)
        assert telephones.call(PHONE, LINE, []).ended_by == "error"
        assert [w["code"] for w in telephones.warnings()] == [11205]
    with fake_gateway() as failing, running_simulator(failing.url) as url:
        failing.answers[VOICE] = 503
        Telephones(url).call(PHONE, LINE, [])
        assert len(failing.webhooks) == 1


def test_call_webhooks_delivered_twice_do_not_disturb_the_call(telephones: Telephones, told: FakeGateway) -> None:
    telephones.add(PHONE, behaviour="deliver_twice")
    told.answers[VOICE] = gather()
    call = telephones.call(PHONE, LINE, ["1"])
    assert call.text == "press one\ndone"
    assert len(told.forms(VOICE)) == 2 and digits(told) == ["1", "1"]
    assert len({w.token for w in told.webhooks}) == 2
    assert telephones.warnings() == []


def test_telephone_takes_one_call_after_the_other(telephones: Telephones, told: FakeGateway) -> None:
    told.answers[VOICE] = gather()
    threads = [threading.Thread(target=telephones.call, args=(PHONE, LINE, ["1"])) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [call.pressed for call in telephones.transcripts(PHONE)] == [["1"]] * 5
