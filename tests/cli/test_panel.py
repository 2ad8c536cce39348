"""`xiangyin panel`, as a clerk types it: from the plan to the published file and its check; each refusal in one line."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from gateway.cli import panel
from gateway.kernel.clock import SystemClock
from gateway.kernel.ports import Ports
from tests.cli.commands import Run, answer
from tests.fakes import StillClock
from tests.panels.beacons import QUICKNET, ROUND, appears_at
from tests.panels.drawing import a_village_to_draw_from, day_before
from tests.polls.village import Village

BEFORE = ("panel",)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> StillClock:
    """The machine's clock as the command sees it: the day before the round."""
    still = StillClock(day_before())
    monkeypatch.setattr(SystemClock, "now", lambda _: still.at)
    return still


@pytest.fixture
def village(own_ports: Ports) -> Village:
    return a_village_to_draw_from(own_ports)


PLAN = ("pool", "--community", "shitan", "--title", "Mend the road", "--seats", "4", "--strata", "group,gender")


@pytest.fixture
def beacon() -> Iterator[str]:
    """A server on this machine that knows one round."""

    class Beacon(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            known = self.path.endswith(f"/public/{ROUND}")
            self.send_response(200 if known else 404)
            self.end_headers()
            self.wfile.write(json.dumps(QUICKNET[ROUND]).encode() if known else b"")

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    server = HTTPServer(("127.0.0.1", 0), Beacon)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def test_panel_goes_from_plan_to_checked_file(
    run: Run, village: Village, clock: StillClock, tmp_path: Path, beacon: str
) -> None:
    made = answer(run(*PLAN, "--json"))
    assert (made["panel"], made["people"], sum(s["seats"] for s in made["strata"])) == (1, 24, 4)
    assert "seats" in run("show", "1").output
    fixed = answer(run("commit", "1", "--drand", "quicknet", "--round", str(ROUND), "--json"))
    assert fixed["source"]["round"] == ROUND
    clock.at = appears_at(ROUND)
    assert run("draw", "1", "--fetch", "--url", beacon).exit_code == 0
    drawn = answer(run("show", "1", "--json"))
    assert [lot["state"] for lot in drawn["lots"]].count("called") == 4
    assert answer(run("invite", "1", "--json"))["invited"] == 4
    people = {lot["lot"] for lot in drawn["lots"] if lot["state"] == "called"}
    slips = {code: answer(run("slip", "1", "--resident", code, "--json")) for code in (f"{i:05}" for i in range(24))}
    code = next(code for code, slip in slips.items() if slip["lot"] in people)
    assert answer(run("answer", "1", "--resident", code, "--accept", "--json"))["state"] == "accepted"
    file = tmp_path / "panel-1.json"
    assert answer(run("publish", "1", "--output", str(file), "--json"))["file"] == str(file)
    checked = answer(run("verify", str(file), "--json"))
    assert (checked["holds"], set(checked["checks"].values())) == (True, {True})
    assert "Everything holds." in run("verify", str(file)).output
    published = json.loads(file.read_text(encoding="utf-8"))
    assert published["commitment"]["pool"][slips[code]["lot"] - 1][3] == slips[code]["seal"]
    assert [one["panel"] for one in answer(run("list", "--community", "shitan", "--json"))] == [1]
    published["result"]["order"][0][1] = "full"
    file.write_text(json.dumps(published), encoding="utf-8")
    bad = run("verify", str(file))
    assert (bad.exit_code, "DOES NOT HOLD" in bad.output) == (1, True)


def test_panel_is_drawn_by_a_public_lottery(run: Run, village: Village, clock: StillClock) -> None:
    run(*PLAN, "--notice", "1h")
    run("commit", "1", "--lottery", "双色球 2026136", "--at", "+2h")
    clock.at += timedelta(hours=2)
    drawn = run("draw", "1", "--digits", "3 12 / 8", "--again", "3,12/8", "--witness", "00001")
    assert drawn.exit_code == 0, drawn.output
    assert "has a seat" in drawn.output


def test_panel_is_drawn_from_a_kept_response(run: Run, village: Village, clock: StillClock, tmp_path: Path) -> None:
    run(*PLAN)
    run("commit", "1", "--drand", "quicknet", "--round", str(ROUND))
    clock.at = appears_at(ROUND)
    kept = tmp_path / "round.json"
    kept.write_text(json.dumps(QUICKNET[ROUND]), encoding="utf-8")
    assert run("draw", "1", "--response", str(kept)).exit_code == 0
    again = run("draw", "1", "--response", str(kept))
    assert (again.exit_code, "Somebody else" in again.stderr) == (1, True)


REFUSED = (
    (("show", "9"), "no panel 9"),
    (("pool", "--community", "nowhere", "--title", "x", "--seats", "3"), "community"),
    ((*PLAN, "--quota", "gender:female"), "Write a quota like this"),
    ((*PLAN, "--quota", "gender:robot=1-2"), "Nobody in the pool is robot"),
    ((*PLAN[:-1], "colour"), "Strata are read"),
    ((*PLAN[:-1], "group,group"), "Strata are read"),
    ((*PLAN, "--rule", "fixed", "--fixed", "east"), "STRATUM=SEATS"),
    ((*PLAN, "--notice", "soon"), "minutes"),
    ((*PLAN, "--topic", "14"), "slip"),
    (("commit", "1"), "Name a source"),
    (("commit", "1", "--drand", "quicknet", "--at", "+1h"), "too soon"),
    (("draw", "1"), "Give the randomness"),
    (("draw", "1", "--fetch"), "Give the randomness"),
    (("draw", "1", "--digits", "1", "--again", "1", "--witness", "00001"), "not fixed"),
    (("invite", "1"), "not drawn"),
    (("publish", "1", "--output", "nowhere.json"), "not drawn"),
    (("slip", "1", "--resident", "99999"), "nobody"),
    (("verify", __file__), "not a published draw"),
)


def test_refusal_is_one_line_and_status_1(run: Run, village: Village) -> None:
    assert run(*PLAN).exit_code == 0
    for words, sentence in REFUSED:
        result = run(*words)
        assert result.exit_code == 1, result.output
        assert sentence in result.stderr, result.stderr
        assert (result.stderr.count("\n"), result.stdout) == (1, "")


def test_beacon_that_does_not_answer_is_named(run: Run, village: Village, clock: StillClock, beacon: str) -> None:
    run(*PLAN)
    run("commit", "1", "--drand", "quicknet", "--round", str(ROUND + 1))
    clock.at = appears_at(ROUND + 1)
    result = run("draw", "1", "--fetch", "--url", beacon)
    assert (result.exit_code, "did not answer" in result.stderr) == (1, True)


def test_every_command_has_an_example(run: Run) -> None:
    for name in panel.group.commands:
        assert f"Example: xiangyin panel {name}" in " ".join(run(name, "--help").output.split())
