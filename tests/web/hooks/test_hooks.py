"""From a signed request through the whole house to the answer; and the same request again."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from xml.etree import ElementTree as ET

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select

from gateway.bootstrap import Gateway
from gateway.messaging.store.tables import inbox
from gateway.topics import views as topics
from tests.carriers.twilio.requests_in import CALL, OURS, THEIRS, call_fields, status_fields, text_fields
from tests.fakes import ScriptedCarrier
from tests.messaging import village as people
from tests.web.signing import signed_post


def test_text_is_acted_on_once_and_answered_alike(client: FlaskClient, gateway: Gateway, village: int) -> None:
    answers = [signed_post(client, "/twilio/sms", dict(text_fields())) for _ in range(10)]
    assert {answer.status_code for answer in answers} == {200}
    assert {answer.content_type for answer in answers} == {"text/xml; charset=utf-8"}
    assert len({answer.text for answer in answers}) == 1
    (reply,) = ET.fromstring(answers[0].text)
    assert reply.tag == "Message"
    assert "石滩村" in (reply.text or "")
    with gateway.db.read() as conn:
        assert [topic.text for topic in topics.topics(conn, village)] == ["村口路灯坏了"]


def test_text_delivered_five_times_at_once_has_one_effect_and_one_answer(
    client: FlaskClient, gateway: Gateway, village: int
) -> None:
    with ThreadPoolExecutor(5) as pool:
        posts = [pool.submit(signed_post, client.application.test_client(), "/twilio/sms", dict(text_fields()))
                 for _ in range(5)]  # fmt: skip
        answers = [post.result() for post in posts]
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.text for answer in answers}) == 1
    with gateway.db.read() as conn:
        assert len(topics.topics(conn, village)) == 1


def test_call_is_greeted_and_each_step_leads_to_the_next(client: FlaskClient, village: int) -> None:
    answer = signed_post(client, "/twilio/voice", dict(call_fields()))
    assert answer.status_code == 200
    path, first = _next(answer.text)
    assert path.startswith("/twilio/voice/step?t=")
    assert "7351" not in path
    again = signed_post(client, path, dict(call_fields(CallStatus="in-progress", Digits="9")))
    assert again.status_code == 200
    assert _next(again.text)[0].startswith("/twilio/voice/step?t=")
    assert first


def test_step_of_a_broken_state_begins_anew(client: FlaskClient, village: int) -> None:
    for token in ("", "x", "20261124.AAAA", "20990101.%E4%BD%A0"):
        answer = signed_post(client, f"/twilio/voice/step?t={token}", dict(call_fields(Digits="1")))
        assert answer.status_code == 200
        assert _next(answer.text)


def _next(text: str) -> tuple[str, str]:
    """Where a call goes on, and what is said before."""
    root = ET.fromstring(text)
    urls = [
        element.get("action") or element.text or "" for element in root.iter() if element.tag in ("Gather", "Redirect")
    ]
    return urls[0].removeprefix("https://village.example"), "".join(root.itertext())


def test_answered_call_hears_its_message_and_reports_are_taken_once(
    client: FlaskClient, gateway: Gateway, carrier: ScriptedCarrier
) -> None:
    ports = gateway.ports
    community = people.add_village(ports)
    broadcast = people.start(ports, community, people.add_people(ports, community, 1, channel="call"))
    people.send(ports, carrier)
    attempt = people.attempt_of(carrier.sent[0])
    form = {"CallSid": f"CA{1:032x}", "Direction": "outbound-api", "From": carrier.sent[0].sender.e164,
            "To": carrier.sent[0].to.e164}  # fmt: skip
    answer = signed_post(client, f"/twilio/voice/outbound?a={attempt}", dict(call_fields(**form)))
    assert answer.status_code == 200
    assert _next(answer.text)
    for status in ("ringing", "completed", "ringing", "busy", "completed"):
        report = dict(call_fields(**form, CallStatus=status))
        assert signed_post(client, f"/twilio/status/call?a={attempt}", report).status_code == 204
    assert people.progress(ports, broadcast).total == 1
    assert _claims(gateway) == 3 + _claims(gateway, "call_step")


def test_status_of_a_text_moves_its_delivery_and_copies_change_nothing(
    client: FlaskClient, gateway: Gateway, carrier: ScriptedCarrier
) -> None:
    ports = gateway.ports
    community = people.add_village(ports)
    broadcast = people.start(ports, community, people.add_people(ports, community, 1))
    people.send(ports, carrier)
    attempt = people.attempt_of(carrier.sent[0])
    for status in ["delivered", "sent", "queued", "delivered"] * 5:
        form = dict(status_fields(MessageSid=f"SM{1:032x}", SmsSid=f"SM{1:032x}", MessageStatus=status))
        answer = signed_post(client, f"/twilio/status/message?a={attempt}", form)
        assert (answer.status_code, answer.data) == (204, b"")
    assert people.counts(ports, broadcast) == (1, 0, 0, 0)
    assert _claims(gateway) == 3


@pytest.mark.parametrize("query", ["", "?a=", "?a=999999", "?a=x", "?a=" + "9" * 40])
def test_status_of_something_unknown_is_acknowledged(client: FlaskClient, village: int, query: str) -> None:
    assert signed_post(client, f"/twilio/status/message{query}", dict(status_fields())).status_code == 204


def test_same_id_with_another_status_is_another_report(client: FlaskClient, gateway: Gateway, village: int) -> None:
    for status in ("sent", "delivered"):
        signed_post(client, "/twilio/status/message?a=1", dict(status_fields(MessageStatus=status)))
    signed_post(client, "/twilio/status/call?a=1", dict(call_fields(CallSid=CALL, CallStatus="ringing")))
    assert _claims(gateway) == 3


def test_claims_hold_no_number_and_no_carrier_id(client: FlaskClient, gateway: Gateway, village: int) -> None:
    signed_post(client, "/twilio/status/message?a=1", dict(status_fields()))
    with gateway.db.read() as conn:
        kept = str([tuple(row) for row in conn.execute(select(inbox))])
    assert not [word for word in (THEIRS, OURS, "SM1111") if word in kept]


def test_nothing_of_a_text_is_logged(client: FlaskClient, village: int, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG")
    signed_post(client, "/twilio/sms", dict(text_fields()))
    shown = caplog.text + repr([vars(record) for record in caplog.records])
    assert not [word for word in (THEIRS, THEIRS[1:], OURS, "路灯") if word in shown]


def test_hooks_keep_no_cookies_and_forbid_storing(client: FlaskClient, village: int) -> None:
    headers = signed_post(client, "/twilio/sms", dict(text_fields())).headers
    assert "Set-Cookie" not in headers
    assert headers["Cache-Control"] == "no-store"
    assert headers["X-Content-Type-Options"] == "nosniff"


def _claims(gateway: Gateway, kind: str | None = None) -> int:
    wanted = select(func.count()).select_from(inbox)
    with gateway.db.read() as conn:
        return int(conn.execute(wanted if kind is None else wanted.where(inbox.c.kind == kind)).scalar_one())
