"""A receipt is looked up by a form: without a script, in no address, and no answer says what the ballot said."""

from __future__ import annotations

import logging

import pytest
from flask.testing import FlaskClient

from gateway.bootstrap import Gateway
from gateway.kernel.ids import with_check_digit
from gateway.web.public_app import create_public_app
from tests.web.sample import Sample


@pytest.fixture
def client(gateway: Gateway) -> FlaskClient:
    return create_public_app(gateway).test_client()


def _ask(client: FlaskClient, sample: Sample, poll: int, receipt: str, language: str = "en") -> str:
    address = f"/c/{sample.code}/polls/{poll}/receipt?language={language}"
    answer = client.post(address, data={"receipt": receipt})
    assert answer.status_code == 200
    assert "no-store" in answer.headers["Cache-Control"]
    return answer.get_data(as_text=True)


def test_page_of_a_closed_poll_has_a_form_that_needs_no_script(client: FlaskClient, sample: Sample) -> None:
    answer = client.get(f"/c/{sample.code}/polls/{sample.closed_poll}?language=en")
    page = answer.get_data(as_text=True)
    assert f'method="post" action="/c/{sample.code}/polls/{sample.closed_poll}/receipt?language=en"' in page
    assert "form-action 'self'" in answer.headers["Content-Security-Policy"]
    assert "<script" not in page
    assert "receipt?" not in client.get(f"/c/{sample.code}/polls/{sample.open_poll}").get_data(as_text=True)


@pytest.mark.parametrize("written", ["{0}", " {1} {2} ", "{1}-{2}"])
def test_receipt_in_the_count_is_found_however_it_is_typed(client: FlaskClient, sample: Sample, written: str) -> None:
    own = sample.receipt
    said = _ask(client, sample, sample.closed_poll, written.format(own, own[:3], own[3:]))
    assert f"receipt {own} is in the count of poll {sample.closed_poll}" in said
    wide = own.translate(str.maketrans("0123456789", "０１２３４５６７８９"))
    assert "已算在" in _ask(client, sample, sample.closed_poll, wide, "zh")


def test_other_receipts_are_told_apart_and_none_is_written_down(
    client: FlaskClient, sample: Sample, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    other = with_check_digit("98765")
    assert "is not in the list" in _ask(client, sample, sample.closed_poll, other)
    assert "check its digits" in _ask(client, sample, sample.closed_poll, other[:-1] + str((int(other[-1]) + 1) % 10))
    assert "check its digits" in _ask(client, sample, sample.closed_poll, "<script>")
    assert "is not over" in _ask(client, sample, sample.open_poll, other)
    assert "is void" in _ask(client, sample, sample.void_poll, other)
    assert other not in caplog.text


def test_form_of_no_public_poll_is_not_found_and_its_address_leads_back(client: FlaskClient, sample: Sample) -> None:
    for poll in (sample.draft_poll, sample.other_poll, 4711):
        assert client.post(f"/c/{sample.code}/polls/{poll}/receipt", data={"receipt": "1"}).status_code == 404
    back = client.get(f"/c/{sample.code}/polls/{sample.closed_poll}/receipt?language=zh")
    assert back.status_code == 303
    assert back.headers["Location"].endswith(f"/c/{sample.code}/polls/{sample.closed_poll}?language=zh")
