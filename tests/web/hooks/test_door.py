"""The door before the framework says what the views behind it say, and reads forms as the standard library does."""

from __future__ import annotations

from urllib.parse import parse_qsl

import pytest
from flask import Flask
from flask.testing import FlaskClient

from gateway.web.hooks.door import Door
from gateway.web.hooks.requests import fields_of
from tests.carriers.twilio.requests_in import call_fields, status_fields, text_fields
from tests.web.signing import signed_post

USUAL = {
    "/twilio/sms": dict(text_fields()),
    "/twilio/voice/step?t=20261124.abc": dict(call_fields(Digits="1")),
    "/twilio/status/message?a=1": dict(status_fields()),
    "/twilio/status/call?a=1": dict(call_fields(CallStatus="completed")),
}


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize("hook", list(USUAL))
def test_door_answers_as_the_view_behind_it(app: Flask, client: FlaskClient, village: int, hook: str) -> None:
    door = app.wsgi_app
    assert isinstance(door, Door)
    at_the_door = signed_post(client, hook, USUAL[hook])
    app.wsgi_app = door.inside  # type: ignore[method-assign]
    inside = signed_post(client, hook, USUAL[hook])
    assert at_the_door.status == inside.status
    assert {name.lower(): value for name, value in at_the_door.headers} == {
        name.lower(): value for name, value in inside.headers
    }
    assert (at_the_door.text == inside.text) or "voice/step" in hook


@pytest.mark.parametrize(
    "form", ["", "&", "a", "a=", "=b", "a=b=c", "a=1&&a=2", "a+b=%E4%BD%A0+%2B", "你=好&a=%zz", "a=%", "a;b=1;c=2"]
)
def test_form_is_read_as_the_standard_library_reads_it(form: str) -> None:
    assert fields_of(form) == parse_qsl(form, keep_blank_values=True, errors="strict")


def test_form_of_broken_escapes_is_no_form() -> None:
    with pytest.raises(UnicodeDecodeError):
        fields_of("a=%E4%BD")
