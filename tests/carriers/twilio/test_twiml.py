"""Steps in, the carrier's markup out."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from gateway.carriers.port import CallStep, Conference, Gather, Hangup, Pause, Play, Record, Redirect, Reject, Say
from gateway.carriers.twilio.carrier import TwilioCarrier
from gateway.carriers.twilio.twiml import LANGUAGES, LONGEST_SAY
from tests.carriers.twilio.twiml_rules import check_twiml
from tests.fakes import TEST_ACCOUNT

CARRIER = TwilioCarrier(TEST_ACCOUNT)
NEXT = "https://village.example/twilio/voice/step?t=20261124.a_-b"
HEAD = '<?xml version="1.0" encoding="UTF-8"?><Response>'
AND_THEN = f'<Redirect method="POST">{NEXT}</Redirect>'
ZH = '<Say language="cmn-CN" voice="Polly.Zhiyu"><prosody rate="85%">{}</prosody></Say>'

STEPS: list[tuple[CallStep, str]] = [
    (Say("您好", "zh"), ZH.format("您好")),
    (Say("Hello", "en"), '<Say language="en-GB" voice="Polly.Amy"><prosody rate="90%">Hello</prosody></Say>'),
    (Say("你好", "yue"), '<Say language="yue-HK" voice="Google.yue-HK-Standard-A">你好</Say>'),
    (Say("您好", "xx"), ZH.format("您好")),
    (Play("https://village.example/hello.wav?a=1&b=2"), "<Play>https://village.example/hello.wav?a=1&amp;b=2</Play>"),
    (Pause(2), '<Pause length="2" />'),
    (Redirect(NEXT), AND_THEN),
    (Reject(), '<Reject reason="busy" />'),
    (Hangup(), "<Hangup />"),
    (
        Conference("xiangyin-4f2a", NEXT),
        (
            f'<Dial action="{NEXT}" hangupOnStar="true" method="POST"><Conference beep="false" endConferenceOnExit="false" '
            'muted="true" startConferenceOnEnter="true" waitUrl="">xiangyin-4f2a</Conference></Dial>'
        ),
    ),
    (
        Record(NEXT, max_seconds=45, silence_seconds=4),
        (
            f'<Record action="{NEXT}" finishOnKey="0123456789*#" maxLength="45" method="POST" playBeep="true" timeout="4" '
            f'trim="trim-silence" />{AND_THEN}'
        ),
    ),
    (
        Gather(
            (Say("请按键", "zh"), Pause(1), Play("https://village.example/a.wav")), NEXT, digits=1, timeout_seconds=10
        ),
        (
            f'<Gather action="{NEXT}" actionOnEmptyResult="true" finishOnKey="" input="dtmf" method="POST" numDigits="1" '
            f'timeout="10">{ZH.format("请按键")}<Pause length="1" /><Play>https://village.example/a.wav</Play></Gather>{AND_THEN}'
        ),
    ),
    (
        Gather((), NEXT, finish_key="#", timeout_seconds=4),
        (
            f'<Gather action="{NEXT}" actionOnEmptyResult="true" finishOnKey="#" input="dtmf" method="POST" timeout="4" />'
            f"{AND_THEN}"
        ),
    ),
]


@pytest.mark.parametrize(("step", "expected"), STEPS)
def test_step_is_rendered(step: CallStep, expected: str) -> None:
    assert CARRIER.render_call([step]) == f"{HEAD}{expected}</Response>"


@pytest.mark.parametrize("step", [step for step, _ in STEPS])
def test_steps_obey_the_carriers_lists(step: CallStep, shared_data: Path) -> None:
    check_twiml(CARRIER.render_call([step]), "voice", shared_data)


def test_voices_obey_the_carriers_lists(shared_data: Path) -> None:
    for language in LANGUAGES:
        check_twiml(CARRIER.render_call([Say("1 2 3", language)]), "voice", shared_data)


def test_silence_never_falls_through() -> None:
    for step in (Gather((), NEXT), Record(NEXT)):
        verbs = list(ET.fromstring(CARRIER.render_call([step])))
        assert [verbs[-1].tag, verbs[-1].text] == ["Redirect", NEXT]


def test_long_words_are_spoken_in_pieces(shared_data: Path) -> None:
    words = "路灯" * LONGEST_SAY
    root = check_twiml(CARRIER.render_call([Say(words, "zh")]), "voice", shared_data)
    spoken = ["".join(say.itertext()) for say in root]
    assert "".join(spoken) == words
    assert max(map(len, spoken)) <= LONGEST_SAY


def test_nothing_to_say_is_no_verb() -> None:
    for words in ("", " \n", "\x00"):
        assert list(ET.fromstring(CARRIER.render_call([Say(words, "zh")]))) == []


def test_reply_is_rendered(shared_data: Path) -> None:
    text = CARRIER.render_reply(["【石滩村】议题收到了", "a < b & c"])
    assert [message.text for message in check_twiml(text, "messaging", shared_data)] == [
        "【石滩村】议题收到了",
        "a < b & c",
    ]


@pytest.mark.parametrize("texts", [[], [""], [" "]])
def test_no_reply_is_an_empty_answer(texts: list[str]) -> None:
    assert list(ET.fromstring(CARRIER.render_reply(texts))) == []


def test_markup_in_words_stays_words(shared_data: Path) -> None:
    trick = "</Message><Redirect>http://evil.example</Redirect>"
    assert [m.text for m in check_twiml(CARRIER.render_reply([trick]), "messaging", shared_data)] == [trick]
    root = check_twiml(CARRIER.render_call([Say("<Hangup/>", "zh")]), "voice", shared_data)
    assert "".join(root.itertext()) == "<Hangup/>"


def test_what_xml_cannot_hold_is_left_out() -> None:
    answer = ET.fromstring(CARRIER.render_reply(["\x00好\x0b\ud800的😀\ufffe"]))
    assert "".join(answer.itertext()) == "好的😀"


def test_replies_are_ten_at_most() -> None:
    assert len(ET.fromstring(CARRIER.render_reply(["好"] * 12))) == 10
