"""`xiangyin broadcast` from the command line, over a real installation."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import update

from gateway.bootstrap import build_gateway
from gateway.cli.broadcast import group
from gateway.cli.doctor import Finding, check_outcomes
from gateway.messaging.model import UNRESOLVED
from gateway.messaging.store.tables import outbox
from gateway.settings import load_settings
from gateway.staff.actions import add_staff
from gateway.staff.model import Role
from tests.messaging.village import add_people, add_village


@pytest.fixture
def village(database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> int:
    """An installation with the village `qingshan`: three people by text, one without a telephone."""
    settings = {"DATABASE_URL": database_url, "DATA_DIR": str(tmp_path / "data"), "SECRET_KEY": "k" * 32,
                "REDIS_URL": "unix:///nowhere/redis.sock", "LANGUAGE": "en"}  # fmt: skip
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    gateway = build_gateway(load_settings())
    made = add_village(gateway.ports)
    add_people(gateway.ports, made, 3)
    add_people(gateway.ports, made, 1, phones=0)
    gateway.db.engine.dispose()
    return made


def _run(*arguments: str, typed: str | None = None) -> Result:
    return CliRunner().invoke(group, list(arguments), input=typed)


def _json(*arguments: str) -> Any:
    result = _run(*arguments, "--json")
    assert result.exit_code == 0, result.stderr
    return json.loads(result.stdout)


def test_broadcast_preview_counts_and_sends_nothing(village: int) -> None:
    found = _json("preview", "--community", "qingshan", "--words", "水管明天修好")
    here = found["communities"]["qingshan"]
    assert (here["people"], here["texts"], here["calls"], here["segments"]) == (4, 3, 0, 3)
    assert here["left_out"] == {"no_phone": 1}
    assert found["needs_second"] is False
    assert _json("list") == []
    text = _run("preview", "--community", "qingshan", "--words", "水管明天修好").stdout
    assert "1 get none: no telephone number" in text
    assert "The last one goes out at" in text


def test_broadcast_says_when_the_carrier_does_not(village: int) -> None:
    _run("send", "--community", "qingshan", "--words", "水管明天修好")
    assert _json("progress", "1")["unresolved"] == 0
    gateway = build_gateway(load_settings())
    assert list(check_outcomes(gateway)) == []
    with gateway.db.work() as tx:
        tx.execute(update(outbox).where(outbox.c.id < 3).values(state="unknown", error=UNRESOLVED))
        tx.commit()
    assert list(check_outcomes(gateway)) == [Finding("outcomes_unresolved", fine=False)]
    gateway.db.engine.dispose()
    for verb in ("progress", "report"):
        assert _json(verb, "1")["unresolved"] == 2
        assert "2 attempts: the carrier does not say" in _run(verb, "1").stdout


def test_broadcast_budget_refuses_what_the_month_cannot_pay(village: int) -> None:
    options = ("--community", "qingshan", "--segment", "0.05", "--minute", "0.12", "--cap", "0.20")
    assert _json("budget", *options)["monthly_cap"] == 2000
    assert "Price: 0.15 CNY" in _run("preview", "--community", "qingshan", "--words", "停水").stdout
    number = str(_json("send", "--community", "qingshan", "--words", "停水")["broadcast"])
    refused = _run("send", "--community", "qingshan", "--words", "还停水")
    assert refused.exit_code == 1
    assert "0.15 CNY" in refused.stderr and "0.05 CNY" in refused.stderr
    assert "so far 0.15 CNY" in _run("budget", "--community", "qingshan").stdout
    report = _run("report", number, "--people").stdout
    assert "3 under way" in report
    assert "1 not reached: no telephone number" in report
    assert "no telephone number" in _run("unreached", number).stdout
    assert _run("script", number).stdout.count("停水") == 2
    assert "通知" in _run("script", number, "--sheet").stdout


def test_broadcast_of_many_waits_for_a_second_password(village: int) -> None:
    _json("budget", "--community", "qingshan", "--two-people-from", "3")
    gateway = build_gateway(load_settings())
    with gateway.db.work() as tx:
        for name, role in (("wang", Role.CLERK), ("li", Role.CLERK), ("auditor", Role.AUDITOR)):
            add_staff(tx, name, f"password-of-{name}", role, at=gateway.ports.clock.now())
        tx.commit()
    gateway.db.engine.dispose()
    words = ("send", "--community", "qingshan", "--words", "停水")
    assert "say who you are" in _run(*words).stderr
    assert _run(*words, "--by", "wang", typed="wrong").exit_code == 1
    sent = _run(*words, "--by", "wang", "--at", "+2h", "--json", typed="password-of-wang\n")
    number = str(json.loads(sent.stdout)["broadcast"])
    assert "waits for a second person" in _run("progress", number).stdout
    assert "other than the first" in _run("approve", number, "--by", "wang", typed="password-of-wang\n").stderr
    assert "may not send" in _run("approve", number, "--by", "auditor", typed="password-of-auditor\n").stderr
    assert "goes at" in _run("schedule", number, "--at", "+3h").stdout + _run("progress", number).stdout
    agreed = _run("approve", number, "--by", "li", "--json", typed="password-of-li\n")
    assert json.loads(agreed.stdout)["needs_second"] is False
    assert _json("progress", number)["state"] == "waiting"


def test_broadcast_send_progress_pause_resume_abort(village: int) -> None:
    number = str(
        _json("send", "--community", "qingshan", "--words", "zh=明天停水", "--words", "en=No water")["broadcast"]
    )
    found = _json("progress", number)
    assert (found["total"], found["under_way"], found["unreached"], found["state"]) == (4, 3, 1, "sending")
    assert [person["reason"] for person in found["unreached_people"]] == ["no_phone"]
    assert _json("pause", number)["state"] == "paused"
    assert "paused" in _run("progress", number).stdout
    assert _json("resume", number)["state"] == "resumed"
    assert _json("abort", number)["state"] == "aborted"
    assert _json("progress", number)["held"] == 3
    assert [one["state"] for one in _json("list", "--community", "qingshan")] == ["aborted"]


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (("progress", "77"), "There is no broadcast 77."),
        (("pause", "77"), "There is no broadcast 77."),
        (
            ("send", "--community", "qingshan", "--words", " "),
            "A broadcast needs words, and none of them may be empty.",
        ),
        (("send", "--community", "nowhere", "--words", "x"), ""),
    ],
)
def test_broadcast_refuses_with_one_line(village: int, arguments: tuple[str, ...], line: str) -> None:
    result = _run(*arguments)
    assert result.exit_code == 1
    assert result.stdout == ""
    assert len(result.stderr.strip().splitlines()) >= 1
    assert line in result.stderr
