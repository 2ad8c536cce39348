"""124 recorded votes of a parliament, cast again by telephone: every member a resident, texts and calls signed and real.

The published rule is more than half of those present, in each of two groups where the vote has them. Members who were there
and did not vote are marked present. The gateway must arrive at the published counts and outcome every time.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from datetime import timedelta
from fractions import Fraction
from pathlib import Path
from typing import Any

from flask import Flask

from gateway.bootstrap import Gateway
from gateway.kernel.phones import PhoneNumber
from gateway.polls import actions, closing
from gateway.polls.model import Method, PollDraft, PollWording, Result, Threshold, ThresholdBase
from gateway.roll import actions as roll
from gateway.roll import views as roll_views
from gateway.roll.importing import parse_roll
from gateway.roll.model import NewCommunity
from tests.journeys.elections.table import row
from tests.journeys.handset import Handset

LINE = "+8657188880001"
KEYS = {"Y": ("赞成", "1"), "N": ("反对", "2"), "A": ("弃权", "3")}
GROUPS = {"F": "functional", "G": "geographical"}
# Every fourth ballot is cast by call: the question's key, then the confirmation.
CALLS = 4
# Few of them in `make test`; `make elections` replays all on both databases.
STEP_SQLITE, STEP_POSTGRES = (1, 1) if os.environ.get("SOAK") else (12, 40)


def test_divisions_give_the_published_counts_and_outcome(
    app: Flask, gateway: Gateway, shared_data: Path, figure: Callable[[str], None]
) -> None:
    divisions = _read(shared_data)[:: STEP_SQLITE if gateway.db.is_sqlite else STEP_POSTGRES]
    residents = _members(gateway, divisions)
    agreeing, calls, texts = 0, 0, 0
    for division in divisions:
        number = _open(gateway, division)
        for position, (member, vote) in enumerate(zip(division["member"], division["vote"], strict=True)):
            handset = Handset(app.test_client(), _phone(member), LINE)
            if vote in KEYS and position % CALLS == 0:
                assert "回执" in handset.call([KEYS[vote][1], "1", "3"]).words
                calls += 1
            elif vote in KEYS:
                assert "回执" in handset.text(_words(position, number, vote))[0]
                texts += 1
            elif vote == "P":
                _mark_present(gateway, number, residents[member])
        agreeing += _agrees(closing.close_poll(number, ports=gateway.ports, wording=gateway.wording), division)
    held = f"published counts and outcome of {agreeing} of {len(divisions)} ({texts} texts, {calls} calls)"
    database = gateway.db.engine.dialect.name
    figure(row("roll calls", "Hong Kong Legislative Council", texts + calls, texts + calls, database, held))
    assert agreeing == len(divisions)


def _read(shared_data: Path) -> list[dict[str, Any]]:
    lines = (shared_data / "elections" / "divisions" / "divisions.jsonl").read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines]


def _phone(member: int) -> str:
    return f"+86138001{member:05d}"


def _words(position: int, poll: int, vote: str) -> str:
    word, key = KEYS[vote]
    return (f"投{poll} {key}", f"{poll}号{word}", word, f"表决{poll} {word}")[position % 4]


def _members(gateway: Gateway, divisions: list[dict[str, Any]]) -> dict[int, int]:
    """Every member on the roll with a telephone of their own; their ids."""
    groups = {m: g for d in divisions for m, g in zip(d["member"], d["group"], strict=True)}
    rows = [f"member {m},{_phone(m)},{10000 + m},{groups[m]}" for m in sorted(groups)]
    parsed = parse_roll("\n".join(["name,phone,code,group", *rows]).encode(), region="CN")
    ports = gateway.ports
    with gateway.db.work() as tx:
        community = roll.add_community(tx, NewCommunity("house", "议事厅", PhoneNumber(LINE)))
        roll.import_roll(tx, community.id, parsed, randomness=ports.randomness, secret=ports.secret)
        tx.commit()
    with gateway.db.read() as conn:
        return {int(r.code) - 10000: r.id for r in roll_views.residents(conn, community.id)}


def _open(gateway: Gateway, division: dict[str, Any]) -> int:
    now = gateway.ports.clock.now()
    with gateway.db.work() as tx:
        draft = PollDraft(
            community_id=roll_views.community_by_code(tx.connection, "house").id,
            method=Method.YESNO,
            wording={"": PollWording(division["id"])},
            closes_at=now + timedelta(hours=1),
            threshold=Threshold(ThresholdBase.PRESENT, Fraction(1, 2)),
            by_group=division["rule"] == "two_groups",
        )
        number = actions.create_poll(tx, draft, at=now)
        actions.open_poll(tx, number, ports=gateway.ports, wording=gateway.wording)
        tx.commit()
    return number


def _mark_present(gateway: Gateway, number: int, resident_id: int) -> None:
    with gateway.db.work() as tx:
        actions.mark_present(tx, number, resident_id)
        tx.commit()


def _agrees(result: Result, division: dict[str, Any]) -> bool:
    published = division["published"]
    # A group that voted as one is withheld; what was counted in it shows in the overall numbers and the outcome.
    shown = {name: group for name, group in result.by_group.items() if not group.withheld}
    counted = {"overall": _counts(result)} | {GROUPS[name]: _counts(group) for name, group in shown.items()}
    same_counts = all(
        counted[part] == {name: said[name] for name in counted[part]}
        for part, said in published.items()
        if "present" in said and part in counted
    )
    same_groups = all(group.adopted == (published[GROUPS[name]]["result"] == "Passed") for name, group in shown.items())
    return same_counts and same_groups and result.adopted == (published["overall"]["result"] == "Passed")


def _counts(part: Any) -> dict[str, int]:
    return {
        "present": part.present,
        "vote": part.participants,
        "yes": part.counts.get("yes", 0),
        "no": part.counts.get("no", 0),
        "abstain": part.counts.get("abstain", 0),
    }
