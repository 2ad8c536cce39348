"""`xiangyin token`, `webhook` and `roll missing`, as an operator types them."""

from __future__ import annotations

import json

from gateway.cli import community, roll, token, webhook
from gateway.kernel.ports import Ports
from tests.cli.test_roll_record_staff import NUMBER, Run, run
from tests.polls.village import a_village
from tests.systems.receiver import receiver

__all__ = ["run"]


def test_token_is_shown_once_listed_and_revoked(run: Run) -> None:
    assert run(community.group, "add", "shitan", "--name", "石滩村", "--number", NUMBER).exit_code == 0
    made = run(token.group, "add", "镇里", "--community", "shitan", "--scope", "read", "--scope", "report", "--json")
    assert made.exit_code == 0, made.output
    text = json.loads(made.output)["token"]
    listed = json.loads(run(token.group, "list", "--json").output)
    assert [(one["community"], one["scopes"], one["valid"]) for one in listed] == [("shitan", ["read", "report"], True)]
    assert text not in run(token.group, "list").output
    assert run(token.group, "revoke", "1").exit_code == 0
    assert run(token.group, "revoke", "1").exit_code == 1
    assert json.loads(run(token.group, "list", "--json").output)[0]["valid"] is False
    assert run(token.group, "add", "x", "--scope", "report").exit_code == 1
    assert run(token.group, "add", "x", "--days", "0").exit_code == 1


def test_webhook_is_added_tested_and_removed(run: Run) -> None:
    with receiver() as there:
        refused = run(webhook.group, "add", "镇里", there.url)
        assert (refused.exit_code, "https" in refused.stderr) == (1, True), refused.output
        made = run(webhook.group, "add", "镇里", there.url, "--kind", "poll", "--json", WEBHOOK_NETWORK="own")
        assert json.loads(made.output)["secret"].startswith("whsec_")
        assert run(webhook.group, "test", "1", WEBHOOK_NETWORK="own").exit_code == 0
        assert run(webhook.group, "test", "1").exit_code == 1
        assert len(there.came) == 1
        (listed,) = json.loads(run(webhook.group, "list", "--json").output)
        assert (listed["kinds"], listed["waiting"]) == (["poll"], 0)
    assert run(webhook.group, "remove", "1").exit_code == 0
    assert run(webhook.group, "remove", "1").exit_code == 1
    assert json.loads(run(webhook.group, "list", "--json").output) == []


def test_missing_people_are_counted_by_kind_and_listed_by_name(run: Run, ports: Ports) -> None:
    a_village(ports, 14, groups=("东", "西"))
    found = json.loads(run(roll.group, "missing", "--community", "shitan", "--json").output)
    assert found["people"] == len(found["never_reached"]) == 14
    assert [(one["name"], one["people"], one["reached"]) for one in found["by_group"]] == [("东", 7, 0), ("西", 7, 0)]
    said = run(roll.group, "missing", "--community", "shitan").output
    assert "村民3" in said
    assert "13800" not in said
