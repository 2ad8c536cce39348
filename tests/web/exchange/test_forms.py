"""Popolo and FLOIP forms against the standards' own schemas and examples; counts only, small cells kept back."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

from gateway.bootstrap import Gateway
from gateway.polls import views as polls
from gateway.roll import views as roll
from gateway.web.exchange import floip, popolo, tables
from tests.web.exchange.conftest import Ask, values_of
from tests.web.sample import Sample

DRAFT_3: dict[str, Any] = {"string": str, "integer": int, "null": type(None), "array": list, "object": dict}


def misfits(value: dict[str, Any], folder: Path, name: str) -> list[str]:
    """What of `value` is not as Popolo's schema (draft 3) says; it is plain enough for a few lines."""
    schema = json.loads((folder / f"{name}.json").read_text(encoding="utf-8"))["properties"]
    found = [f"{name}.{key} is unknown" for key in value if key not in schema]
    found += [f"{name}.{key} is missing" for key, says in schema.items() if says.get("required") and key not in value]
    for key, one in value.items():
        says = schema.get(key, {})
        kinds = says.get("type", [])
        kinds = [kinds] if isinstance(kinds, str) else kinds
        if kinds and not any(isinstance(one, DRAFT_3[kind]) for kind in kinds):
            found.append(f"{name}.{key} is no {kinds}")
        inner = says.get("items", {}).get("$ref", "").rpartition("/")[2].removesuffix(".json#")
        if inner:
            found += [problem for each in one for problem in misfits(each, folder, inner)]
    return found


def test_polls_are_popolo_motions_and_vote_events(ask: Ask, sample: Sample, shared_data: Path) -> None:
    folder = shared_data / "schemas" / "popolo"
    found = values_of(ask(f"/communities/{sample.code}/motions"))["items"]
    assert len(found) == 4
    for motion in found:
        assert misfits(motion, folder, "motion") == []
        assert "votes" not in motion["vote_events"][0]
    event = values_of(ask(f"/communities/{sample.code}/polls/{sample.closed_poll}/vote_event"))
    assert {one["option"]: one["value"] for one in event["counts"]} == {"yes": 3, "no": 1, "abstain": 1}
    assert event["result"] == "pass"
    open_one = values_of(ask(f"/communities/{sample.code}/polls/{sample.open_poll}/motion"))
    assert (open_one["result"], open_one["vote_events"][0]["counts"]) == (None, [])


def test_closed_poll_is_a_flow_results_package(ask: Ask, sample: Sample, shared_data: Path) -> None:
    example = json.loads((shared_data / "schemas/floip/flow_results/descriptor_example.json").read_text())
    made = values_of(ask(f"/communities/{sample.code}/polls/{sample.closed_poll}/floip"))
    assert set(made) == set(example)
    resource, theirs = made["resources"][0], example["resources"][0]
    assert set(theirs) <= set(resource)
    assert resource["schema"]["fields"] == theirs["schema"]["fields"]
    (question,) = resource["schema"]["questions"].values()
    rows = values_of(ask(f"/communities/{sample.code}/polls/{sample.closed_poll}/floip/responses"))
    assert len(rows) == 5
    assert {len(row) for row in rows} == {len(theirs["schema"]["fields"])}
    assert {row[5] for row in rows} <= set(question["type_options"]["choices"])
    assert len({row[0] for row in rows}) == 1
    assert ask(f"/communities/{sample.code}/polls/{sample.open_poll}/floip").status_code == 404


def test_forms_keep_back_what_the_result_keeps_back(gateway: Gateway, sample: Sample) -> None:
    with gateway.db.read() as conn:
        here = roll.community_by_code(conn, sample.code)
        poll, result = polls.poll(conn, sample.closed_poll), polls.result(conn, sample.closed_poll)
        choices = list(polls.choices(conn, sample.closed_poll))
    few = replace(result, withheld=True)
    assert popolo.vote_event(here, poll, few, None)["counts"] == []
    assert floip.responses(poll, few, choices) == []
    assert tables.result_rows(here, poll, few) == []
