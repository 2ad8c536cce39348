"""Sealing: opens what was sealed, nothing else, and nothing at all once the day is forgotten."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from gateway.kernel.errors import InputError
from gateway.kernel.sealing import DaySealer
from gateway.kernel.secret import Secret
from gateway.kernel.vault import Vault
from tests.fakes import StillClock


@pytest.fixture
def vault(tmp_path: Path) -> Vault:
    return Vault(tmp_path / "vault")


def test_sealed_value_opens_here_and_in_another_process(vault: Vault, clock: StillClock) -> None:
    sealed = DaySealer(vault, clock).seal("议题 路灯坏了".encode())
    assert DaySealer(vault, clock).open(sealed).decode() == "议题 路灯坏了"
    assert sealed.startswith("20261124.")
    assert set(sealed) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.")


def test_sealed_values_of_the_same_words_differ(vault: Vault, clock: StillClock) -> None:
    sealer = DaySealer(vault, clock)
    assert sealer.seal(b"1") != sealer.seal(b"1")


def test_sealed_value_altered_anywhere_does_not_open(vault: Vault, clock: StillClock) -> None:
    sealer = DaySealer(vault, clock)
    sealed = sealer.seal(b"three bytes more")
    for place in range(9, len(sealed) - 1):
        other = "A" if sealed[place] != "A" else "B"
        with pytest.raises(InputError):
            sealer.open(sealed[:place] + other + sealed[place + 1 :])


@pytest.mark.parametrize(
    "text", ["", ".", "20261124.", "20261124.AAAA", "../../x.AAAA", "20261123.AAAA", "2026112四.A", "议题"]
)
def test_rubbish_does_not_open(vault: Vault, clock: StillClock, text: str) -> None:
    sealer = DaySealer(vault, clock)
    sealer.seal(b"x")
    with pytest.raises(InputError) as refusal:
        sealer.open(text)
    assert refusal.value.code == "seal_broken"


def test_sealed_value_does_not_open_as_of_another_day_or_purpose(vault: Vault, clock: StillClock) -> None:
    sealer = DaySealer(vault, clock)
    sealed = sealer.seal(b"x")
    clock.advance(days=1)
    tomorrow = sealer.seal(b"y")
    for text in (tomorrow[:9] + sealed[9:], sealed[:9] + tomorrow[9:]):
        with pytest.raises(InputError):
            sealer.open(text)
    with pytest.raises(InputError):
        DaySealer(vault, clock, "call").open(sealed)
    assert sealer.open(sealed) == b"x"


def test_forgotten_days_do_not_open_anywhere(vault: Vault, clock: StillClock) -> None:
    sealer = DaySealer(vault, clock)
    old = sealer.seal(b"old")
    clock.advance(days=30)
    new = sealer.seal(b"new")
    assert sealer.forget_before(date(2026, 12, 24)) == 1
    for reader in (sealer, DaySealer(vault, clock)):
        with pytest.raises(InputError):
            reader.open(old)
        assert reader.open(new) == b"new"
    assert vault.names("day") == ["day/20261224"]


def test_secret_gives_each_purpose_a_key_of_its_own_and_shows_none() -> None:
    secret = Secret(b"installation-secret-installation")
    assert secret.derive("a") != secret.derive("b")
    assert len(secret.derive("a")) == 32
    assert secret.hash("a", "x") == secret.hash("a", "x") != secret.hash("b", "x")
    assert secret.hash("a", "x") != Secret(b"another").hash("a", "x")
    assert "installation" not in repr(secret)
