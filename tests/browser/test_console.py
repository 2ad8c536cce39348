"""The desk in a real browser: from a new topic to a published result by two people, live progress, keyboard, zoom."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote
from urllib.request import urlopen
from zoneinfo import ZoneInfo

import pytest

from gateway.carriers.simulator.driver import Telephones
from tests.browser.chromium import Tab, wait_for
from tests.journeys.installation import Running

LINE = "+8657188880001"
# Not one of those who take the tour of the telephones.
TEXTER = "+8613900000004"
# Is answered by text, so that no call of the village is under way when the next test needs a telephone.
READER = "+8613900000002"
Desk = Callable[..., Tab]


@pytest.mark.parametrize("language", ["en", "zh"])
def test_every_page_opens_without_complaint(running: Running, desk: Desk, language: str) -> None:
    tab = desk("clerk", language)
    seen: set[str] = set()
    waiting = [tab.run("location.pathname")]
    while waiting and len(seen) < 24:
        path = waiting.pop(0)
        tab.go(running.console + path)
        seen.add(path)
        assert tab.run("document.documentElement.scrollWidth <= window.innerWidth + 1"), path
        links = tab.run(
            "[...document.querySelectorAll('main a, nav a')].map(one => new URL(one.href)).filter(one => one.origin === location.origin"
            " && !one.pathname.endsWith('.csv')).map(one => one.pathname)"
        )
        waiting += [link for link in dict.fromkeys(links) if link not in seen and link not in waiting]
    assert len(seen) >= 22


def test_clerk_goes_from_a_new_topic_to_a_published_result(running: Running, desk: Desk) -> None:
    reply = Telephones(running.company).text(TEXTER, LINE, "议题 村东的水渠堵了，请清一清")[0]
    number = re.search(r"\d+", reply)
    assert number
    clerk, officer = desk("clerk"), desk("officer")
    _screen(clerk, number[0])
    clerk.leave("Polls", "nav")
    clerk.leave("New poll")
    clerk.tick("#method_single")
    clerk.fill("#question_zh", "水渠谁来清?")
    clerk.fill("#options_zh", "出义务工\n请人来清")
    clerk.fill("#question_en", "Who clears the ditch?")
    clerk.fill("#options_en", "We all do\nWe pay somebody")
    clerk.click("See what residents")
    clerk.reads("Good for text and call")
    clerk.leave("Keep as a draft")
    clerk.reads("is kept as a draft")
    poll = clerk.run("location.pathname").rpartition("/")[2]
    _by_two(clerk, officer, "#sure", "Open the poll")
    Telephones(running.company).text(TEXTER, LINE, f"投{poll} 1")
    # The turnout renews itself.
    clerk.leave("Polls", "nav")
    clerk.leave(poll, "tbody")
    clerk.reads("1 of 36")
    _by_two(clerk, officer, "#sure", "Close and count")
    clerk.go(f"{running.console}{clerk.run('location.pathname')}")
    clerk.reads("Result")
    clerk.go(f"{running.public}/c/shiqiao/polls/{poll}?language=en")
    clerk.reads("We all do")


def _screen(clerk: Tab, number: str) -> None:
    clerk.leave("Topics", "nav")
    clerk.leave(number, "tbody")
    clerk.reads("水渠")
    clerk.leave("Accept")
    clerk.reads("is accepted")


def _by_two(clerk: Tab, officer: Tab, box: str, button: str) -> None:
    """One asks, the other agrees; the first cannot agree alone."""
    clerk.tick(box)
    clerk.leave(button)
    clerk.reads("Somebody else has to agree")
    assert "Agree and do it" not in clerk.text
    officer.go(clerk.run("location.href"))
    officer.leave("Agree and do it")
    clerk.run("location.reload()")


def test_broadcast_is_written_and_its_progress_seen(running: Running, desk: Desk) -> None:
    clerk = desk("clerk")
    clerk.leave("Broadcasts", "nav")
    clerk.leave("Write to many")
    clerk.fill("#words_zh", "明天上午停水")
    clerk.fill("#words_en", "No water tomorrow morning")
    clerk.leave("Have a look first")
    clerk.reads("What it would do")
    clerk.leave("Send")
    # Nothing is pressed any more: the page fetches how it stands.
    clerk.run("window.same = true")
    clerk.wait("Number(document.querySelector('#progress tbody td').innerText) > 0", 30)
    assert clerk.run("window.same") is True


def test_desk_is_worked_by_keyboard_alone(running: Running, desk: Desk) -> None:
    tab = desk("clerk")
    tab.tab_to("Topics")
    tab.enter()
    tab.reads("All")
    tab.tab_to("Polls")
    tab.enter()
    tab.tab_to("New poll")
    tab.enter()
    tab.tab_to("Yes, no, abstain")
    tab.press("ArrowDown")
    assert tab.run("document.querySelector('#method_single').checked")
    tab.press("ArrowUp")
    tab.tab_to("Question")
    tab.type("村里修一个凉亭,好吗?")
    tab.tab_to("Keep as a draft", 120)
    tab.enter()
    tab.reads("is kept as a draft")


def test_plan_complaint_and_what_is_entered_for_somebody_are_worked_by_keyboard_alone(
    running: Running, desk: Desk
) -> None:
    Telephones(running.company).text(READER, LINE, "投诉 会计不公开账目")
    tab, due = desk("clerk"), datetime.now(ZoneInfo("Asia/Shanghai")) + timedelta(days=20)
    _by_keys(tab, "Follow-up", "13")
    _types(tab, {"What will be done (中文)": "换一盏新灯", "What this step is (中文)": "买灯"})
    tab.tab_to("By what day")
    _types_day(tab, due)
    _types(tab, {"Office that answers": "供电所"})
    tab.tab_to("Show it on the web only")
    tab.press(" ")
    _by_keys(tab, "Promise it")
    tab.reads("It is promised")
    _by_keys(tab, "This step is done")
    tab.reads("The step is done.")
    _by_keys(tab, "Follow-up", "Complaints")
    _types(tab, {"Answer (goes to": "下周一上墙公布"})
    _by_keys(tab, "Send the answer")
    tab.reads("The answer is on its way.")
    _by_keys(tab, "Roll")
    _types(tab, {"Look for": "杨晓燕"})
    tab.enter()
    _by_keys(tab, "32579", "Enter something for this person")
    _types(tab, {"What it is about": "村口的井盖松了", "Why you enter it": "当面说的"})
    _by_keys(tab, "Enter")
    tab.reads("Entered; the person is told")


def test_votes_in_person_are_entered_by_keyboard_alone_and_slips_leave_what_was_typed(
    running: Running, desk: Desk
) -> None:
    clerk, officer = desk("clerk"), desk("officer")
    _by_keys(clerk, "Polls", "1", "Vote of somebody who is here")
    _types(clerk, {"Who is here": "32579"})
    clerk.enter()
    clerk.reads("杨晓燕")
    clerk.tab_to("Yes")
    clerk.press(" ")
    _by_keys(clerk, "Cast this vote")
    clerk.reads("Votes taken: 1.")
    _by_keys(clerk, "Papers, entered by two")
    _types(clerk, {"What is written on the batch": "K1", "The papers": "36655 1\n50352 反对"})
    _by_keys(clerk, "Keep it for the second person")
    clerk.reads("waits for another person")
    officer.go(clerk.run("location.href"))
    _by_keys(officer, "Second entry of K1")
    _types(officer, {"The papers": "36655 1"})
    officer.tab_to("Compare and cast")
    officer.press("Enter")
    officer.reads("entries differ: 1.")
    officer.press("Tab", shift=True)
    assert officer.run("document.activeElement.value") == "36655 1"
    officer.type("\n50352 2")
    _by_keys(officer, "Compare and cast")
    officer.reads("Votes taken: 2.")


def _by_keys(tab: Tab, *links: str) -> None:
    """Tab to each of some links or buttons in turn, and follow it with Enter."""
    for words in links:
        tab.tab_to(words, 120)
        tab.enter()


def _types_day(tab: Tab, day: datetime) -> None:
    """Type a day into the parts of the field that has the cursor, in the browser's own order."""
    parts = "new Intl.DateTimeFormat().formatToParts().map(one => one.type).filter(one => one !== 'literal')"
    for part in tab.run(parts):
        for digit in {"year": f"{day:%Y}", "month": f"{day:%m}", "day": f"{day:%d}"}[part]:
            tab.press(digit)
        if part == "year":
            tab.press("ArrowRight")
    assert tab.run("document.activeElement.value") == f"{day:%Y-%m-%d}"


def _types(tab: Tab, fields: dict[str, str]) -> None:
    """Tab to each of some fields in turn and type."""
    for label, text in fields.items():
        tab.tab_to(label, 120)
        tab.type(text)


def test_floor_of_a_meeting_is_given_by_keyboard_to_whoever_asks_by_telephone(running: Running, desk: Desk) -> None:
    clerk, phones = desk("clerk"), Telephones(running.company)
    begins = datetime.now(ZoneInfo("Asia/Shanghai")) + timedelta(minutes=10)
    clerk.leave("Meetings", "nav")
    clerk.leave("Plan a meeting")
    for selector, value in (("#title", "水渠谁来清"), ("#place", "祠堂"), ("#at", f"{begins:%Y-%m-%dT%H:%M}")):
        clerk.fill(selector, value)
    clerk.leave("Keep the plan")
    clerk.tab_to("Begin the meeting", 60)
    clerk.press("Enter")
    clerk.reads("The meeting has begun")
    try:
        # The village may be calling with something else just now.
        wait_for(lambda: not (call := _call(running, TEXTER)) or call["over"] or phones.hang_up(TEXTER), 40)
        phones.dial(TEXTER, LINE)
        for waits, key in (("keys", "1"), ("conference", "*"), ("keys", "1")):
            wait_for(lambda waits=waits: _call(running, TEXTER)["waiting_for"] == waits, 40)
            phones.press(TEXTER, key)
        clerk.wait("!!document.querySelector('[id^=next_speaker_]')", 40)
        clerk.tab_to("Let speak", 60)
        clerk.press("Enter")
        clerk.reads("Can be heard now")
        clerk.reads("Has spoken")
        wait_for(lambda: "轮到您发言" in str(_call(running, TEXTER)["moments"]), 40)
        phones.hang_up(TEXTER)
    finally:
        clerk.tick("#sure")
        clerk.leave("End the meeting")
    clerk.reads("The meeting is over")


def _call(running: Running, number: str) -> dict[str, Any]:
    """The latest call of a telephone, as the simulated company tells it; empty before the first."""
    with urlopen(f"{running.company}/simulator/phones/{quote(number)}/call") as answer:  # loopback
        found: dict[str, Any] = json.load(answer) or {}
    return found


def test_pages_fit_a_small_screen_and_double_size(running: Running, desk: Desk) -> None:
    tab = desk("clerk", "zh", 390, 700)
    home = tab.run("location.pathname")
    for zoom in (1, 2):
        tab.size(390 * zoom, 1400, zoom)
        for path in (
            "",
            "topics",
            "polls/new",
            "polls/1/desk",
            "polls/1/papers",
            "meetings/new",
            "follow-up",
            "hot-spots",
            "missing",
            "broadcasts/new",
            "roll",
            "settings",
            "trail",
        ):
            tab.go(f"{running.console}{home}{path}")
            assert tab.run("document.documentElement.scrollWidth <= window.innerWidth + 1"), (zoom, path)
    assert json.loads("true")
