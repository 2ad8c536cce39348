"""What is not a good request of our carrier changes nothing, says nothing, and leaves one line in the log."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NoReturn
from urllib.parse import urlencode

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select
from sqlalchemy.exc import OperationalError
from werkzeug.test import EnvironBuilder, run_wsgi_app

from gateway.bootstrap import Gateway
from gateway.kernel.db import metadata
from gateway.kernel.errors import RuleError
from gateway.web.hooks import routes
from gateway.web.hooks.answering import Answering
from gateway.web.hooks.requests import LARGEST_BODY, MOST_FIELDS, address_as_sent
from tests.carriers.twilio.requests_in import THEIRS, call_fields, status_fields, text_fields
from tests.web.signing import FORM, post, sign, signed_post

SECRET_WORDS = ("路灯", THEIRS, THEIRS[1:], "SM1111")
GOOD = {
    "/twilio/sms": dict(text_fields()),
    "/twilio/voice": dict(call_fields()),
    "/twilio/voice/step?t=20261124.abc": dict(call_fields(Digits="1")),
    "/twilio/voice/outbound?a=1": dict(call_fields(Direction="outbound-api")),
    "/twilio/status/message?a=1": dict(status_fields()),
    "/twilio/status/call?a=1": dict(call_fields(CallStatus="completed")),
}
HOOKS = list(GOOD)


def _rows(gateway: Gateway) -> dict[str, int]:
    with gateway.db.read() as conn:
        return {t.name: conn.execute(select(func.count()).select_from(t)).scalar_one() for t in metadata.sorted_tables}


@pytest.fixture
def nothing_happens(gateway: Gateway, village: int, caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """No row changes, one line is logged, and no content in it."""
    before = _rows(gateway)
    yield
    assert _rows(gateway) == before
    records = caplog.get_records("call")
    assert [record.getMessage() for record in records] == ["webhook refused"]
    shown = repr(vars(records[0]))
    assert not [word for word in SECRET_WORDS if word in shown]


@pytest.mark.parametrize("hook", HOOKS)
@pytest.mark.usefixtures("nothing_happens")
def test_unsigned_request_is_refused(client: FlaskClient, hook: str) -> None:
    assert post(client, hook, urlencode(GOOD[hook]).encode(), None).status_code == 403


@pytest.mark.parametrize("hook", HOOKS)
@pytest.mark.usefixtures("nothing_happens")
def test_forged_request_is_refused(client: FlaskClient, hook: str) -> None:
    assert signed_post(client, hook, GOOD[hook], token="guessed").status_code == 403


@pytest.mark.parametrize("hook", HOOKS)
@pytest.mark.usefixtures("nothing_happens")
def test_tampered_request_is_refused(client: FlaskClient, hook: str) -> None:
    signature = sign(hook, GOOD[hook])
    tampered = GOOD[hook] | {"From": "+8613900000009", "Body": "投3 1"}
    assert post(client, hook, urlencode(tampered).encode(), signature).status_code == 403


@pytest.mark.usefixtures("nothing_happens")
def test_signature_of_another_address_is_refused(client: FlaskClient) -> None:
    signature = sign("/twilio/voice/step?t=20261124.abc", GOOD["/twilio/voice"])
    body = urlencode(GOOD["/twilio/voice"]).encode()
    assert post(client, "/twilio/voice/step?t=20261124.abd", body, signature).status_code == 403


@pytest.mark.parametrize("hook", HOOKS)
@pytest.mark.usefixtures("nothing_happens")
def test_other_method_is_refused(client: FlaskClient, hook: str) -> None:
    signature = sign(hook, {})
    answer = client.get(hook, headers={"X-Twilio-Signature": signature})
    assert answer.status_code == 405
    assert "POST" in answer.headers["Allow"]


@pytest.mark.parametrize("hook", HOOKS)
@pytest.mark.usefixtures("nothing_happens")
def test_oversized_request_is_refused(client: FlaskClient, hook: str) -> None:
    form = GOOD[hook] | {"Body": "路" * LARGEST_BODY}
    assert signed_post(client, hook, form).status_code == 413


@pytest.mark.usefixtures("nothing_happens")
def test_oversized_request_without_a_length_is_refused(client: FlaskClient) -> None:
    body = urlencode(GOOD["/twilio/sms"] | {"Body": "x" * (LARGEST_BODY + 1)}).encode()
    assert _raw(client, body, length=None) == 413


@pytest.mark.usefixtures("nothing_happens")
def test_request_of_too_many_fields_is_refused(client: FlaskClient) -> None:
    form = GOOD["/twilio/sms"] | {f"Extra{n}": "路灯" for n in range(MOST_FIELDS)}
    assert signed_post(client, "/twilio/sms", form).status_code == 413


@pytest.mark.parametrize("body", [b"Body=%FF%FE&From=%2B8613812340001", b"Body=\xff\xfe", b"Body=%ED%A0%80"])
@pytest.mark.usefixtures("nothing_happens")
def test_request_that_is_not_utf8_is_refused(client: FlaskClient, body: bytes) -> None:
    assert post(client, "/twilio/sms", body, "any").status_code == 400


@pytest.mark.usefixtures("nothing_happens")
def test_truncated_request_is_refused(client: FlaskClient) -> None:
    body = urlencode(GOOD["/twilio/sms"]).encode()
    assert _raw(client, body[:-20], length=len(body)) == 400


@pytest.mark.parametrize(
    ("hook", "field"),
    [
        ("/twilio/sms", "Body"),
        ("/twilio/sms", "From"),
        ("/twilio/voice", "CallSid"),
        ("/twilio/voice/step?t=20261124.abc", "To"),
        ("/twilio/status/call?a=1", "CallStatus"),
    ],
)
@pytest.mark.usefixtures("nothing_happens")
def test_signed_request_without_a_field_is_refused(client: FlaskClient, hook: str, field: str) -> None:
    form = {name: value for name, value in GOOD[hook].items() if name != field}
    assert signed_post(client, hook, form).status_code == 400


@pytest.mark.parametrize("query", ["", "?a=", "?a=x", "?a=-1", "?a=" + "9" * 30])
@pytest.mark.usefixtures("nothing_happens")
def test_answered_call_without_its_attempt_is_refused(client: FlaskClient, query: str) -> None:
    assert signed_post(client, f"/twilio/voice/outbound{query}", dict(call_fields())).status_code == 400


def _raw(client: FlaskClient, body: bytes, *, length: int | None) -> int:
    """The status for a request whose declared length is a lie, or missing as in one that comes in chunks."""
    headers = [("X-Twilio-Signature", sign("/twilio/sms", GOOD["/twilio/sms"]))]
    builder = EnvironBuilder(path="/twilio/sms", method="POST", data=body, content_type=FORM, headers=headers)
    environ = builder.get_environ() | {"wsgi.input_terminated": True}
    environ.pop("CONTENT_LENGTH")
    if length is not None:
        environ["CONTENT_LENGTH"] = str(length)
    _, status, _ = run_wsgi_app(client.application, environ)
    return int(status[:3])


# --- our own trouble ---------------------------------------------------------------------------------------------


@pytest.fixture
def failing(monkeypatch: pytest.MonkeyPatch) -> Callable[[Exception], None]:
    """Let what hooks answer by fail, at the door and behind it."""

    def failing_with(error: Exception) -> None:
        def fail(*_values: object, **_named: object) -> NoReturn:
            raise error

        for name in ("text", "call_step", "report"):
            monkeypatch.setattr(Answering, name, fail)
        monkeypatch.setattr(routes, "receive_answered_call", fail)

    return failing_with


@pytest.mark.parametrize("hook", HOOKS)
def test_database_that_is_down_asks_the_carrier_to_come_again(
    client: FlaskClient, hook: str, failing: Callable[[Exception], None], caplog: pytest.LogCaptureFixture
) -> None:
    failing(OperationalError("INSERT 路灯", {"text": "路灯"}, Exception(THEIRS)))
    assert signed_post(client, hook, GOOD[hook]).status_code == 503
    assert len(caplog.records) == 1
    assert not [word for word in SECRET_WORDS if word in caplog.text]


@pytest.mark.parametrize("error", [ValueError("bug"), KeyError("bug"), RuleError("poll_not_open", poll=3)])
def test_bug_is_answered_in_words_and_logged_with_an_id(
    client: FlaskClient, error: Exception, failing: Callable[[Exception], None], caplog: pytest.LogCaptureFixture
) -> None:
    failing(error)
    for hook in HOOKS:
        caplog.clear()
        answer = signed_post(client, hook, GOOD[hook])
        assert answer.status_code == (204 if "status" in hook else 200)
        assert ("没有办成" in answer.text or "打来" in answer.text) == ("status" not in hook)
        assert [len(vars(record)["incident"]) for record in caplog.records] == [8]
        assert "<Hangup" in answer.text or "voice" not in hook


# --- the address that was signed ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("environ", "expected"),
    [
        ({"PATH_INFO": "/twilio/sms", "QUERY_STRING": ""}, "/twilio/sms"),
        (
            {"PATH_INFO": "/twilio/voice/step", "QUERY_STRING": "t=%E4%BD%A0%2F+a"},
            "/twilio/voice/step?t=%E4%BD%A0%2F+a",
        ),
        ({"PATH_INFO": "/a b/\xe4\xbd\xa0", "QUERY_STRING": "x"}, "/a%20b/%E4%BD%A0?x"),
        ({"RAW_URI": "/a%2Fb?c=%64", "PATH_INFO": "/a/b", "QUERY_STRING": "c=d"}, "/a%2Fb?c=%64"),
        ({"REQUEST_URI": "/x?y", "PATH_INFO": "/z"}, "/x?y"),
        ({"RAW_URI": "http://evil.example/x", "PATH_INFO": "/twilio/sms"}, "/twilio/sms"),
    ],
)
def test_address_is_put_together_as_it_was_sent(environ: dict[str, str], expected: str) -> None:
    assert address_as_sent(environ) == expected


def test_signature_is_checked_against_the_public_address_alone(client: FlaskClient, village: int) -> None:
    form = GOOD["/twilio/status/message?a=1"]
    for host in ("evil.example", "127.0.0.1:8000"):
        headers = {
            "X-Twilio-Signature": sign("/twilio/status/message?a=1", form),
            "Host": host,
            "X-Forwarded-Host": host,
        }
        answer = client.post("/twilio/status/message?a=1", data=urlencode(form), content_type=FORM, headers=headers)
        assert answer.status_code == 204
    forged = sign("/twilio/status/message?a=1", form, public_url="https://evil.example")
    body = urlencode(form).encode()
    assert post(client, "/twilio/status/message?a=1", body, forged).status_code == 403
