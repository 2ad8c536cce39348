"""Texts between a telephone and the gateway."""

from __future__ import annotations

import pytest
from twilio.base.exceptions import TwilioRestException
from twilio.rest import Client

from gateway.carriers.simulator.driver import Telephones
from tests.carriers.simulator.running import FakeGateway

PHONE, LINE = "+8613800000001", "+8657188880001"
STATUS = "/twilio/status/message"


def send(client: Client, gateway: FakeGateway, body: str = "你好", to: str = PHONE) -> str:
    made = client.messages.create(to=to, from_=LINE, body=body, status_callback=f"{gateway.url}{STATUS}?a=7")
    assert made.sid
    return made.sid


def test_text_reaches_the_gateway_signed_with_all_usual_fields(telephones: Telephones, gateway: FakeGateway) -> None:
    telephones.text(PHONE, LINE, "议题 村口路灯坏了 & <b>")
    [webhook] = gateway.webhooks
    assert webhook.signed
    assert webhook.path == "/twilio/sms"
    form = webhook.form
    assert form["From"] == PHONE and form["To"] == LINE and form["Body"] == "议题 村口路灯坏了 & <b>"
    assert form["MessageSid"] == form["SmsSid"] == form["SmsMessageSid"] and form["MessageSid"].startswith("SM")
    assert form["SmsStatus"] == "received" and form["NumMedia"] == "0" and form["NumSegments"] == "1"
    assert form["FromCountry"] == "CN" and form["ToCountry"] == "CN" and form["FromCity"] == ""


def test_text_gets_every_reply_of_the_answer(telephones: Telephones, gateway: FakeGateway) -> None:
    gateway.answers["/twilio/sms"] = "<Message>收到。</Message><Message><Body>第二条</Body></Message>"
    assert telephones.text(PHONE, LINE, "帮助") == ["收到。", "第二条"]
    telephones.wait_until_idle()
    assert sorted(telephones.messages(PHONE)) == ["收到。", "第二条"]
    assert telephones.warnings() == []


def test_text_follows_a_redirect(telephones: Telephones, gateway: FakeGateway) -> None:
    gateway.answers["/twilio/sms"] = "<Redirect>/other</Redirect>"
    gateway.answers["/other"] = "<Message>ok</Message>"
    assert telephones.text(PHONE, LINE, "x") == ["ok"]


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (503, 11200),
        ((200, "text/html", "<Response/>"), 12300),
        ((200, "text/xml", "<Response>"), 12100),
        ((200, "text/xml", "<Reply/>"), 12102),
        ((200, "text/xml", '<!DOCTYPE r [<!ENTITY a SYSTEM "file:///etc/passwd">]><Response>&a;</Response>'), 12100),
        ("<Message>" + "x" * 70_000 + "</Message>", 11750),
        ("<Say>no</Say>", 12200),
        ("<Message colour='red'>x</Message>", 12200),
        ("<Message>x</Message>" * 11, 14109),
    ],
)
def test_text_answer_that_is_wrong_is_complained_of(
    telephones: Telephones, gateway: FakeGateway, answer: object, code: int
) -> None:
    gateway.answers["/twilio/sms"] = answer
    telephones.text(PHONE, LINE, "x")
    assert code in [warning["code"] for warning in telephones.warnings()]


def test_text_is_delivered_and_reported(client: Client, gateway: FakeGateway, telephones: Telephones) -> None:
    sid = send(client, gateway)
    assert telephones.messages(PHONE, containing="你好", seconds=10) == ["你好"]
    telephones.wait_until_idle()
    assert [(f["MessageStatus"], f["MessageSid"]) for f in gateway.forms(STATUS)] == [("sent", sid), ("delivered", sid)]
    assert all(w.signed and w.path.endswith("?a=7") for w in gateway.webhooks)
    assert client.messages(sid).fetch().status == "delivered"


@pytest.mark.parametrize(
    ("behaviour", "statuses", "code"),
    [
        ("switched_off", ["sent", "undelivered"], "30003"),
        ("landline", ["sent", "undelivered"], "30006"),
        ("text_fails", ["sent", "undelivered"], "30008"),
        ("text_fails:30001", ["failed"], "30001"),
    ],
)
def test_text_to_a_troubled_telephone_fails_with_the_carriers_code(
    client: Client, gateway: FakeGateway, telephones: Telephones, behaviour: str, statuses: list[str], code: str
) -> None:
    telephones.add(PHONE, behaviour=behaviour)
    send(client, gateway)
    telephones.wait_until_idle()
    forms = gateway.forms(STATUS)
    assert [f["MessageStatus"] for f in forms] == statuses
    assert [f.get("ErrorCode") for f in forms] == [None] * (len(statuses) - 1) + [code]
    assert telephones.messages(PHONE) == []


def test_text_to_somebody_opted_out_is_refused(client: Client, gateway: FakeGateway, telephones: Telephones) -> None:
    telephones.add(PHONE, behaviour="opted_out")
    with pytest.raises(TwilioRestException) as refused:
        send(client, gateway)
    assert (refused.value.code, refused.value.status) == (21610, 400)
    assert telephones.accepted() == []


def test_text_stop_word_opts_out_where_the_carrier_acts_on_it(
    client: Client, gateway: FakeGateway, telephones: Telephones
) -> None:
    gateway.answers["/twilio/sms"] = "<Message>stopped</Message>"
    telephones.set_conditions(handles_stop=True)
    assert telephones.text(PHONE, LINE, " stop ") == []
    with pytest.raises(TwilioRestException):
        send(client, gateway)
    assert telephones.text(PHONE, LINE, "START") == ["stopped"]
    send(client, gateway)


def test_text_webhook_delivered_twice_has_the_same_name_and_one_reply(
    telephones: Telephones, gateway: FakeGateway
) -> None:
    telephones.add(PHONE, behaviour="deliver_twice")
    gateway.answers["/twilio/sms"] = "<Message>once</Message>"
    assert telephones.text(PHONE, LINE, "x") == ["once"]
    forms = gateway.forms("/twilio/sms")
    assert len(forms) == 2 and forms[0] == forms[1]
    assert telephones.warnings() == []


def test_text_webhook_copies_answered_differently_are_complained_of(
    telephones: Telephones, gateway: FakeGateway
) -> None:
    telephones.add(PHONE, behaviour="deliver_twice")
    gateway.answers["/twilio/sms"] = ["<Message>one</Message>", "<Message>two</Message>"]
    telephones.text(PHONE, LINE, "x")
    assert [w["what"] for w in telephones.warnings()] == ["two copies of one webhook were answered differently"]


def test_text_delivered_late_comes_after_a_later_one(telephones: Telephones, gateway: FakeGateway) -> None:
    late, other = PHONE, "+8613800000002"
    telephones.add(late, behaviour="deliver_late")
    import threading

    thread = threading.Thread(target=telephones.text, args=(late, LINE, "late"))
    thread.start()
    telephones.text(other, LINE, "early")
    thread.join()
    assert [f["Body"] for f in gateway.forms("/twilio/sms")] == ["early", "late"]


def test_text_from_a_withheld_number_says_anonymous(telephones: Telephones, gateway: FakeGateway) -> None:
    telephones.add(PHONE, behaviour="withheld")
    telephones.text(PHONE, LINE, "x")
    assert gateway.forms("/twilio/sms")[0]["From"] == "anonymous"


def test_texts_accepted_twice_are_listed(client: Client, gateway: FakeGateway, telephones: Telephones) -> None:
    for body in ("same", "other", "same"):
        send(client, gateway, body)
    assert [a["content"] for a in telephones.accepted()] == ["same", "other", "same"]
    assert telephones.duplicates() == [{"to": PHONE, "content": "same", "times": 2}]


def test_reply_with_an_action_is_reported_there(telephones: Telephones, gateway: FakeGateway) -> None:
    gateway.answers["/twilio/sms"] = '<Message action="/twilio/status/message?r=1">ok</Message>'
    telephones.text(PHONE, LINE, "x")
    telephones.wait_until_idle()
    assert [f["MessageStatus"] for f in gateway.forms(STATUS)] == ["sent", "delivered"]
