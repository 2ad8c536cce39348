"""The vault: the first writer wins, what is destroyed is gone, nothing is left beside it."""

from __future__ import annotations

import os
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from gateway.kernel.errors import NotFound
from gateway.kernel.vault import Vault


@pytest.fixture
def vault(tmp_path: Path) -> Vault:
    return Vault(tmp_path / "vault")


def _files(tmp_path: Path) -> list[Path]:
    return [path for path in (tmp_path / "vault").rglob("*") if path.is_file()]


def test_vault_keeps_the_first_secret(vault: Vault, tmp_path: Path) -> None:
    vault.put("poll-3/slot", b"first")
    vault.put("poll-3/slot", b"second")
    assert vault.get("poll-3/slot") == b"first"
    assert vault.holds("poll-3/slot")
    assert vault.names("poll-3") == ["poll-3/slot"]
    assert _files(tmp_path) == [tmp_path / "vault" / "poll-3" / "slot"]


def test_vault_put_in_parallel_lets_one_win(vault: Vault, tmp_path: Path) -> None:
    def put(n: int) -> bytes:
        vault.put("day/20261124", b"%d" % n * 32)
        return vault.get("day/20261124")

    with ThreadPoolExecutor(16) as pool:
        assert len(set(pool.map(put, range(64)))) == 1
    assert len(_files(tmp_path)) == 1


def test_vault_files_are_for_this_user_alone(vault: Vault, tmp_path: Path) -> None:
    vault.put("a/b", b"x")
    assert stat.S_IMODE((tmp_path / "vault" / "a" / "b").stat().st_mode) == 0o600
    assert stat.S_IMODE((tmp_path / "vault" / "a").stat().st_mode) == 0o700


def test_vault_destroy_overwrites_and_removes(vault: Vault, tmp_path: Path) -> None:
    vault.put("a/b", b"secret-secret")
    os.link(tmp_path / "vault" / "a" / "b", tmp_path / "copy")
    vault.destroy("a/b")
    vault.destroy("a/b")
    overwritten = (tmp_path / "copy").read_bytes()
    assert len(overwritten) == 13
    assert overwritten != b"secret-secret"
    assert not vault.holds("a/b")
    assert _files(tmp_path) == []
    with pytest.raises(NotFound):
        vault.get("a/b")


@pytest.mark.parametrize("name", ["../x", "a/../../x", "/etc/passwd", "", "a//b", ".hidden", "A", "a/b\n", "a\0b"])
def test_vault_refuses_names_that_lead_elsewhere(vault: Vault, name: str) -> None:
    for use in (vault.get, vault.destroy, vault.holds, vault.names, lambda n: vault.put(n, b"x")):
        with pytest.raises(ValueError):
            use(name)


def test_vault_lists_nothing_where_nothing_is(vault: Vault) -> None:
    assert vault.names("poll-9") == []
