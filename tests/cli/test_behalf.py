"""`topic raise|support|ask --for CODE` and `xiangyin behalf`, as a clerk types them; each refusal in one line."""

from __future__ import annotations

import pytest

from gateway.kernel.ports import Ports
from tests.cli.commands import Run, answer
from tests.polls.village import Village, a_village

FOR = ("--for", "00001", "--reason", "stands at the desk", "--by", "Wang")


# What is no different on PostgreSQL: the verbs run there in other tests.
on_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@pytest.fixture
def village(own_ports: Ports) -> Village:
    return a_village(own_ports, 4)


def test_clerk_enters_for_somebody_lists_it_and_takes_it_back(run: Run, village: Village) -> None:
    said = run("topic", "raise", "--community", "shitan", *FOR, "The lamp is broken")
    assert said.stdout.startswith("Entered (1): raised topic 13 (The lamp is broken). The person is told")
    assert answer(run("topic", "support", "13", "--for", "00002", "--reason", "no telephone", "--json"))["told"] is True
    assert answer(run("topic", "ask", "13", *FOR, "When is it mended?", "--json"))["deed"] == "question"
    listed = answer(run("behalf", "list", "--community", "shitan", "--json"))
    assert [(one["code"], one["by"], one["state"]) for one in listed] == [
        ("00001", "desk", "entered"),
        ("00002", "desk", "entered"),
        ("00001", "desk", "entered"),
    ]
    assert "Wang of the village's staff" in run("behalf", "list", "--community", "shitan").stdout
    assert answer(run("behalf", "revoke", "2", "--reason", "the wrong person", "--json")) == {"revoked": 2}
    assert answer(run("topic", "show", "13", "--json"))["supporters"] == 0
    again = run("behalf", "revoke", "2", "--reason", "once more")
    assert (again.exit_code, again.stderr) == (1, "That has been settled already.\n")


@on_sqlite
def test_clerk_registers_a_helper_lists_and_ends_it(run: Run, village: Village) -> None:
    pair = ("--community", "shitan", "--for", "00001", "--helper", "00002")
    assert "00002 may act for 00001" in run("behalf", "allow", *pair, "--reason", "her son; she said so").stdout
    assert answer(run("behalf", "helpers", "--community", "shitan", "--json"))[0]["reason"] == "her son; she said so"
    assert "00002" in run("behalf", "end", *pair).stdout
    assert answer(run("behalf", "helpers", "--community", "shitan", "--json")) == []


@on_sqlite
@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("topic", "raise", "--community", "shitan", "--for", "99999", "--reason", "x", "The lamp"), "nobody"),
        (("topic", "raise", "--community", "shitan", "--for", "00001", "--reason", " ", "The lamp"), "Say why"),
        (("topic", "support", "14", *FOR), "slip"),
        (("behalf", "revoke", "7", "--reason", "x"), "nothing entered"),
        (("behalf", "end", "--community", "shitan", "--for", "00001", "--helper", "00002"), "No such helper"),
    ],
)
def test_refusals_are_one_line(run: Run, village: Village, words: tuple[str, ...], why: str) -> None:
    refused = run(*words)
    assert refused.exit_code == 1
    assert why in refused.stderr
    assert len(refused.stderr.strip().splitlines()) == 1
