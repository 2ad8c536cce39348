"""Every route × every role × another community's objects, by a table that is written here and not read from the code."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from flask import Flask
from werkzeug.routing import Rule

from gateway.web.console.guard import OPEN_ADDRESSES
from tests.web.console.conftest import Browser
from tests.web.sample import Sample

# c clerk, m moderator, o returning officer, t township, a auditor.
ACCOUNTS = {"c": "林文书", "m": "moderator", "o": "officer", "t": "town-of-here", "a": "auditor"}
ALL = "cmota"
WHO_MAY = {
    "access.sign_out": ALL,
    "account.account": ALL,
    "account.change_password": ALL,
    "account.confirm_code": ALL,
    "account.drop_code": ALL,
    "account.end_others": ALL,
    "account.start_code": ALL,
    "behalf.allow_helper": "cm",
    "behalf.end_helper": "cm",
    "behalf.enter_question": "cm",
    "behalf.enter_support": "cm",
    "behalf.enter_topic": "cm",
    "behalf.entered": "cm",
    "behalf.form": "cm",
    "behalf.revoke": "cm",
    "broadcasts.abort_broadcast": "c",
    "broadcasts.approve": "cot",
    "broadcasts.broadcast": ALL,
    "broadcasts.broadcasts": ALL,
    "broadcasts.copies": "cmo",
    "broadcasts.export": "c",
    "broadcasts.live": ALL,
    "broadcasts.pause": "c",
    "broadcasts.resume": "c",
    "complaints.answer": "cmt",
    "complaints.complaints": "cmt",
    "complaints.listen": "cmt",
    "floor.ask_for_hands": "cm",
    "floor.count_hands": "cm",
    "floor.enter_statement": "cm",
    "floor.give_floor": "cm",
    "floor.judge_statement": "cm",
    "floor.listen": "cm",
    "floor.live": ALL,
    "floor.mute_all": "cm",
    "floor.next_speaker": "cm",
    "floor.note_came": "cm",
    "floor.take_floor": "cm",
    "hot_spots.hot_spots": ALL,
    "in_person.desk": "co",
    "in_person.find": "co",
    "in_person.receipts": "co",
    "in_person.vote": "co",
    "inbox.answer": "cm",
    "inbox.answered": "cm",
    "inbox.listen": "cm",
    "inbox.waiting": "cm",
    "meetings.cancel": "cm",
    "meetings.close_meeting": "cm",
    "meetings.enter_reply": "cm",
    "meetings.invite": "cm",
    "meetings.meeting": ALL,
    "meetings.meetings": ALL,
    "meetings.new": "cm",
    "meetings.open_meeting": "cm",
    "meetings.plan": "cm",
    "meetings.resolve": "cm",
    "meetings.write_minutes": "cm",
    "missing.missing": ALL,
    "panels.commit": "co",
    "panels.draw": "co",
    "panels.invite": "co",
    "panels.live": ALL,
    "panels.new": "co",
    "panels.panel": ALL,
    "panels.panels": ALL,
    "panels.plan": "co",
    "papers.compare": "co",
    "papers.enter_first": "co",
    "papers.enter_second": "co",
    "papers.papers": "co",
    "papers.withdraw": "co",
    "planning.add": "cmt",
    "planning.ask_now": "cmt",
    "planning.change_due": "cmt",
    "planning.drop": "cmt",
    "planning.hand_over": "cmt",
    "planning.keep": "cmt",
    "planning.make": "cmt",
    "planning.plan": ALL,
    "polls.check": "co",
    "polls.close_poll": "co",
    "polls.create": "co",
    "polls.listen": ALL,
    "polls.live": ALL,
    "polls.new": "co",
    "polls.open_poll": "co",
    "polls.poll": ALL,
    "polls.polls": ALL,
    "promises.promises": ALL,
    "releases.agree": "cot",
    "releases.releases": ALL,
    "releases.withdraw": "cot",
    "roll.change": "c",
    "roll.changes": "cmo",
    "roll.export": "c",
    "roll.people": "cmo",
    "roll.person": "cmo",
    "roll.remove": "c",
    "roll.reset_pin": "c",
    "roll.search": "cmo",
    "roll_file.choose": "c",
    "roll_file.enter": "c",
    "roll_file.preview": "c",
    "screening.answer": "cm",
    "screening.ask_back": "cm",
    "screening.head": "cm",
    "screening.merge": "cm",
    "screening.pass_on": "cm",
    "screening.post_update": "cmt",
    "screening.screen": "cm",
    "sending.preview": "c",
    "sending.send": "c",
    "sending.write": "c",
    "settings.add_holidays": "c",
    "settings.change_hours": "c",
    "settings.change_terms": "c",
    "settings.remove_holiday": "c",
    "settings.settings": "c",
    "today.choose": ALL,
    "today.today": ALL,
    "topics.alike": ALL,
    "topics.listen": "cm",
    "topics.photo": ALL,
    "topics.topic": ALL,
    "topics.topics": ALL,
    "trail.export": "cota",
    "trail.trail": "cota",
}
FORM = {"sure": "yes", "decision": "accept", "words_zh": "x", "words": "x", "question": "x?", "reason": "x"}
# What belongs to one community and is named by a number: tried with the other community's.
OTHERS = {"polls": "other_poll", "topics": "other_topic", "inbox": "other_waiting", "broadcasts": "other_broadcast",
          "releases": "other_release", "roll": "other_person", "panels": "other_panel", "behalf": "other_person", "screening": "other_topic",
          "meetings": "other_meeting", "floor": "other_meeting", "planning": "other_topic",
          "complaints": "other_complaint"}  # fmt: skip
OURS = {"polls": "open_poll", "topics": "accepted", "inbox": "waiting", "broadcasts": "broadcast", "screening": "accepted",
        "roll": "person", "panels": "panel", "behalf": "person", "meetings": "meeting", "floor": "meeting",
        "planning": "accepted", "complaints": "complaint"}  # fmt: skip


def routes(app: Flask) -> Iterator[tuple[Rule, str]]:
    for rule in app.url_map.iter_rules():
        for method in sorted((rule.methods or set()) & {"GET", "POST", "PUT", "DELETE", "PATCH"}):
            if rule.endpoint not in OPEN_ADDRESSES:
                yield rule, method


def path_of(app: Flask, rule: Rule, code: str, number: object, entered: int) -> str:
    """An address; what it names besides the community is `number`, and of what was entered for a person `entered`."""
    if rule.endpoint == "behalf.revoke":
        number = entered
    values = {name: code if name == "code" else number for name in rule.arguments}
    return app.url_map.bind("console.example").build(rule.endpoint, values)


def ask(browser: Browser, method: str, path: str) -> int:
    return (browser.get(path) if method == "GET" else browser.post(path, **FORM)).status_code


def test_every_route_says_what_it_needs(app: Flask) -> None:
    assert {rule.endpoint for rule, _ in routes(app)} == set(WHO_MAY)
    assert all(hasattr(app.view_functions[rule.endpoint], "needs") for rule, _ in routes(app))


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize("letter", ALL)
def test_role_does_what_it_may_and_no_more(
    app: Flask, sample: Sample, signed_in: Callable[[str], Browser], letter: str
) -> None:
    browser = signed_in(ACCOUNTS[letter])
    for rule, method in routes(app):
        if rule.endpoint == "access.sign_out":
            continue
        blueprint = rule.endpoint.partition(".")[0]
        number = getattr(sample, OURS.get(blueprint, "open_poll"))
        status = ask(browser, method, path_of(app, rule, sample.code, number, sample.entered))
        refused = letter not in WHO_MAY[rule.endpoint]
        # A request for a second person that is not there is unknown to whoever might withdraw it.
        allowed_to_miss = rule.endpoint == "releases.withdraw" and status == 404
        assert (status == 403) is refused or allowed_to_miss, (rule.endpoint, method, status)
        assert status < 500, rule.endpoint


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_another_communitys_objects_are_out_of_reach(
    app: Flask, sample: Sample, signed_in: Callable[[str], Browser], figure: Callable[[str], None]
) -> None:
    tried, opened = 0, []
    for name in ACCOUNTS.values():
        browser = signed_in(name)
        for rule, method in routes(app):
            if "code" not in rule.arguments:
                continue
            number = getattr(sample, OTHERS.get(rule.endpoint.partition(".")[0], "other_poll"))
            places = [sample.other_code] + ([sample.code] if rule.arguments != {"code"} else [])
            for code in places:
                status = ask(browser, method, path_of(app, rule, code, number, sample.other_entered))
                tried += 1
                if status not in (403, 404):
                    opened.append((name, rule.endpoint, code, status))
    assert opened == []
    assert tried > 400
    figure(f"console: {tried} requests for another community's objects (every route x 5 roles), 0 answered")
