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
