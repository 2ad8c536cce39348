"""Telephone numbers: read as people write them, never shown."""

from __future__ import annotations

import logging

import pytest

from gateway.kernel.errors import InputError
from gateway.kernel.phones import PhoneNumber, is_in_known_range, parse_phone, region_of

MOBILE = PhoneNumber("+8613812345678")


@pytest.mark.parametrize(
    "text", ["13812345678", "138 1234 5678", "+86 138-1234-5678", "0086 13812345678", "１３８１２３４５６７８"]
)
def test_phone_is_read_as_people_write_it(text: str) -> None:
    assert parse_phone(text, "CN") == MOBILE


@pytest.mark.parametrize("text", ["", "12", "hello", "1" * 300, "+", "+999999999999999999"])
def test_phone_unreadable_is_refused_without_quoting_it(text: str) -> None:
    with pytest.raises(InputError) as refusal:
        parse_phone(text, "CN")
    assert refusal.value.code == "phone_unreadable"
    assert not refusal.value.params


def test_phone_without_country_needs_a_region() -> None:
    with pytest.raises(InputError):
        parse_phone("13812345678")


def test_phone_shows_itself_masked_everywhere(caplog: pytest.LogCaptureFixture) -> None:
    logging.getLogger("test").warning("to %s and %r", MOBILE, [MOBILE])
    shown = [repr(MOBILE), str(MOBILE), f"{MOBILE}", f"{MOBILE!r:>40}", str({"to": MOBILE}), caplog.text]
    assert all("78" in text and "1234" not in text for text in shown)
    assert MOBILE.masked == "+86…78"


def test_phone_region_and_range() -> None:
    assert region_of(MOBILE) == "CN"
    assert region_of(PhoneNumber("+85223456789")) == "HK"
    assert region_of(PhoneNumber("+80012345678")) is None
    assert is_in_known_range(MOBILE)
    assert not is_in_known_range(PhoneNumber("+86138123456"))
