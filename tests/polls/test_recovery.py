"""The trustees' copy of a poll's keys: it brings a poll back whose vault is lost, and dies before the first ballot is opened."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from gateway.kernel.errors import NotFound, RuleError
from gateway.kernel.ports import Ports
from gateway.kernel.recovery import MARK, CopiedVault
from gateway.polls import closing, views
from gateway.polls.model import PollState, Stage
from gateway.wording.catalogue import Wording
from tests.polls.closings import a_voted_poll, check_closed, stage_of
from tests.polls.village import a_village, an_open_poll, vote


@pytest.fixture
def stick(tmp_path: Path) -> Path:
    """The folder of the medium that the trustees have, put in."""
    folder = tmp_path / "stick"
    folder.mkdir()
    (folder / MARK).touch()
    return folder


@pytest.fixture
def copied(ports: Ports, tmp_path: Path, stick: Path) -> Ports:
    return replace(ports, vault=CopiedVault(tmp_path / "vault", stick))


def _take_out(stick: Path) -> None:
    stick.rename(stick.with_name("pocket"))
    stick.mkdir()


def _put_in(stick: Path) -> None:
    stick.rmdir()
    stick.with_name("pocket").rename(stick)


def _keys(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.rglob("*") if path.is_file() and path.name != MARK)


def test_copy_brings_back_a_poll_whose_vault_is_lost_and_dies_with_it(
    copied: Ports, tmp_path: Path, stick: Path, wording: Wording
) -> None:
    number, receipts = a_voted_poll(copied)
    assert _keys(stick) == ["box", "slot"]
    shutil.rmtree(tmp_path / "vault" / f"poll-{number}")
    result = closing.close_poll(number, ports=copied, wording=wording)
    check_closed(copied, number, result, receipts.values())
    assert _keys(stick) == _keys(tmp_path / "vault") == []


def test_nothing_is_counted_while_the_copy_is_away(copied: Ports, stick: Path, wording: Wording) -> None:
    number, receipts = a_voted_poll(copied)
    _take_out(stick)
    # Votes go on without it.
    receipts[1] = vote(copied, number, 1, "yes")
    with pytest.raises(RuleError, match="vault_copy_away"):
        closing.close_poll(number, ports=copied, wording=wording)
    assert stage_of(copied, number) == (PollState.CLOSING, Stage.RECEIPTED)
    closing.close_due(copied, wording)
    assert copied.vault.names(f"poll-{number}") == [f"poll-{number}/box", f"poll-{number}/slot"]
    _put_in(stick)
    closing.close_due(copied, wording)
    with copied.db.read() as conn:
        check_closed(copied, number, views.result(conn, number), receipts.values())
    assert _keys(stick) == []


def test_poll_without_its_vault_waits_for_the_copy_and_is_not_void(
    copied: Ports, tmp_path: Path, stick: Path, wording: Wording
) -> None:
    number, _ = a_voted_poll(copied)
    shutil.rmtree(tmp_path / "vault" / f"poll-{number}")
    _take_out(stick)
    with pytest.raises(RuleError, match="poll_keys_lost"):
        vote(copied, number, 1, "no")
    closing.close_due(copied, wording)
    assert stage_of(copied, number)[0] is PollState.OPEN
    _put_in(stick)
    assert vote(copied, number, 1, "no")


def test_poll_does_not_open_without_the_copy(copied: Ports, tmp_path: Path, stick: Path) -> None:
    _take_out(stick)
    village = a_village(copied)
    with pytest.raises(RuleError, match="vault_copy_away"):
        an_open_poll(copied, village)
    assert _keys(tmp_path / "vault") == []


def test_only_keys_of_polls_are_copied(copied: Ports, stick: Path) -> None:
    copied.vault.put("day/20261124", b"x")
    _take_out(stick)
    assert copied.vault.get("day/20261124") == b"x"
    assert not copied.vault.holds("day/20261125")
    copied.vault.destroy("day/20261124")
    with pytest.raises(NotFound):
        copied.vault.get("day/20261124")


# The vault does not depend on the database.
pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
