"""`make run` as a newcomer meets it: addresses that answer, a village to talk to, nothing left behind afterwards."""

from __future__ import annotations

import socket
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import urlopen

from gateway.carriers.simulator.driver import Telephones
from tests.journeys.installation import Running, installation, start
from tests.servers import wait_until

LINE = "+8657188880001"
# The first people of gateway/cli/sample/residents.csv.
ALONE = "+8613900000002"
STRANGER = "+8613700000000"


def test_run_starts_talks_and_stops_without_a_trace(tmp_path: Path) -> None:
    with installation(tmp_path) as running:
        _pages_answer(running)
        _village_answers(Telephones(running.company))
        processes = _processes_of(tmp_path)
        assert len(processes) > 6
    assert running.process.returncode == 0
    assert _processes_of(tmp_path) == []
    for address in (running.public, running.console, running.company):
        with socket.socket() as probe:
            assert probe.connect_ex(("127.0.0.1", urlsplit(address).port or 0)) != 0


def test_run_leaves_nothing_behind_when_it_is_ended_too_early_or_killed_outright(tmp_path: Path) -> None:
    early, killed = tmp_path / "early", tmp_path / "killed"
    starting = start(early)
    wait_until((early / "data" / "redis.sock").exists, "the queue server is there", 30)
    starting.process.terminate()
    starting.process.wait(30)
    assert _processes_of(early) == []
    with installation(killed) as running:
        running.process.kill()
        wait_until(lambda: _processes_of(killed) == [], "all its processes have ended", 30)


def _pages_answer(running: Running) -> None:
    for address in ("/healthz", "/readyz", "/c/shiqiao/", "/metrics"):
        with urlopen(running.public + address, timeout=20) as answer:
            assert answer.status == 200, address
    for address in (running.console, running.company):
        with urlopen(address, timeout=20) as answer:
            assert answer.status == 200
    assert running.public in running.said
    assert "clerk / " in running.said


def _village_answers(telephones: Telephones) -> None:
    telephones.add(ALONE)
    telephones.add(STRANGER)
    assert "13" in telephones.text(ALONE, LINE, "查13")[0]
    assert "回执" in telephones.text(ALONE, LINE, "投1 1")[0]
    assert "名册" in telephones.text(STRANGER, LINE, "投1 1")[0]
    # Whoever knows the menu need not hear it out.
    call = telephones.call(ALONE, LINE, ["!*", "!3", "hangup"])
    assert "石桥" in call.text
    assert call.pressed == ["*", "3"]
    assert telephones.warnings() == []


def _processes_of(folder: Path) -> list[str]:
    """Whatever still runs with this folder as its data folder, or in it, as the queue server does."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            named = f"DATA_DIR={folder}/data".encode() in (entry / "environ").read_bytes()
            if named or (entry / "cwd").readlink() == folder / "data":
                found.append(entry.name)
        except OSError:
            continue
    return found
