"""Requests as a carrier makes them: form-encoded and really signed over the public address."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlencode

from flask.testing import FlaskClient
from twilio.request_validator import RequestValidator
from werkzeug.test import TestResponse

from tests.fakes import TEST_ACCOUNT

PUBLIC_URL = "https://village.example"
FORM = "application/x-www-form-urlencoded"


def signed_post(
    client: FlaskClient,
    path_with_query: str,
    form: Mapping[str, str],
    *,
    token: str = TEST_ACCOUNT.auth_token,
    public_url: str = PUBLIC_URL,
) -> TestResponse:
    """Post `form` to a hook with the carrier's signature."""
    signature = sign(path_with_query, form, token=token, public_url=public_url)
    return post(client, path_with_query, urlencode(form).encode(), signature)


def sign(
    path_with_query: str,
    form: Mapping[str, str],
    *,
    token: str = TEST_ACCOUNT.auth_token,
    public_url: str = PUBLIC_URL,
) -> str:
    """The signature the carrier gives a request."""
    return str(RequestValidator(token).compute_signature(public_url + path_with_query, dict(form)))


def post(client: FlaskClient, path_with_query: str, body: bytes, signature: str | None) -> TestResponse:
    """Post any bytes with any signature, or none."""
    headers = {} if signature is None else {"X-Twilio-Signature": signature}
    return client.post(path_with_query, data=body, content_type=FORM, headers=headers)
