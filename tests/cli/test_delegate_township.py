"""`xiangyin delegate` and `xiangyin township`, as a clerk types them."""

from __future__ import annotations

import pytest

from gateway.kernel.ports import Ports
from gateway.wording.catalogue import load_wording
from tests.cli.commands import Run, answer
from tests.delegates.office import a_guest, a_township
from tests.meetings.gathering import an_accepted_topic
from tests.polls.village import Village, a_village


@pytest.fixture
def village(own_ports: Ports) -> Village:
    made = a_village(own_ports, 4)
    a_township(own_ports, made)
    a_guest(own_ports, made)
    return made


def test_topic_is_put_to_a_delegate_and_answered_at_the_desk(run: Run, own_ports: Ports, village: Village) -> None:
    topic = an_accepted_topic(own_ports, village, load_wording())
    made = answer(run("delegate", "refer", topic.number, "--guest", "90011", "--due", "+14d", "--json"))
    listed = answer(run("delegate", "referrals", "--community", "town", "--json"))
    assert [(one["guest"], one["light"]) for one in listed] == [("周代表", "blue")]
    assert "on time" in run("delegate", "referrals").stdout
    run("delegate", "answer", str(made["referral"]), "下周来修")
    assert answer(run("delegate", "referrals", "--json"))[0]["answer"]["zh"] == "下周来修"
    assert run("delegate", "referrals", "--overdue").stdout == "None.\n"


def test_reception_day_from_its_plan_to_the_list_for_the_desk(run: Run, village: Village) -> None:
    assert village.people
    plan = ("--guest", "90011", "--place", "村委会", "--at", "+3d", "--slots", "2")
    day = answer(run("delegate", "plan-day", "--community", "shitan", *plan, "--json"))
    number = str(day["reception"])
    assert answer(run("delegate", "announce", number, "--json"))["told"] == 5
    assert answer(run("delegate", "book", number, "--resident", "00001", "--json"))["slot"] == 1
    shown = run("delegate", "day", number).stdout
    assert "村民1 00001" in shown
    assert run("delegate", "cancel", number, "--resident", "00001").exit_code == 0
    assert answer(run("delegate", "day", number, "--json"))["slots"][0]["resident"] is None
    assert "called off" in run("delegate", "cancel", number).stdout


def test_township_asks_counts_and_reads_its_month(run: Run, village: Village) -> None:
    assert village.people
    ask = ("--question", "集市放在哪天？", "--option", "周六", "--option", "周日", "--closes", "+7d")
    made = answer(run("township", "ask", "--community", "town", *ask, "--json"))
    number = str(made["consultation"])
    assert "nothing is counted before" in run("township", "result", number).stdout
    done = answer(run("township", "close", number, "--json"))
    assert done["result"]["places"]["shitan"] == {"asked": 4, "answered": 0, "counts": None}
    assert "withheld" in run("township", "result", number).stdout
    month = ("--community", "town", "--month", "2026-10")
    assert run("township", "digest", *month).exit_code == 1
    assert answer(run("township", "digest", *month, "--fresh", "--json"))["places"] == ["town", "shitan"]
    assert "Promises: 0 kept" in run("township", "digest", *month, "--fresh").stdout
