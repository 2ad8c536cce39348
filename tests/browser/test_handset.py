"""The telephones on the screen, tried in a real browser: the guided tour from end to end, behaviours, both languages."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator

import pytest

from gateway.carriers.simulator.driver import Telephones
from tests.browser.chromium import Chromium, Tab
from tests.journeys.installation import Running, installation

CALLER, TEXTER = "杨大山", "杨晓燕"
PHONE = "[...document.querySelectorAll('.place')].find(one => one.querySelector('.owner').innerText === {name})"


def part(name: str, selector: str) -> str:
    """An expression for a part of somebody's telephone."""
    return f"{PHONE.format(name=json.dumps(name))}.querySelector({json.dumps(selector)})"


def press(tab: Tab, name: str, keys: str) -> None:
    """Press keys of a telephone, one after the other."""
    for key in keys:
        selector = f'[data-key="{key}"]'
        tab.run(f"{part(name, selector)}.click(), 1")


def hears(tab: Tab, name: str, words: str) -> None:
    """Wait until a call says something."""
    tab.wait(f"{part(name, '.captions')}.innerText.includes({json.dumps(words)})", 40)


@pytest.fixture(scope="module")
def quiet(browser: Chromium, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """A sample village in which the desk sends nothing: no call comes in between."""
    with installation(tmp_path_factory.mktemp("quiet")) as found:
        yield found


def test_tour_leads_from_a_topic_to_a_result(quiet: Running, new_tab: Callable[..., Tab]) -> None:
    # Somebody used these telephones before: the tour begins with its first step all the same.
    assert Telephones(quiet.company).text("+8613900000004", "+8657188880001", "议题 河边的栏杆断了")
    tab = new_tab(1280, 1100)
    tab.go(f"{quiet.company}/?language=zh")
    tab.reads("一分钟走一遍")
    tab.wait(" && ".join(f"!!{PHONE.format(name=json.dumps(name))}" for name in (CALLER, TEXTER)))
    for step, answer in (("提一个议题", "议题"), ("用短信表决", "回执")):
        tab.wait(f"document.querySelector('#steps .next').innerText.includes({json.dumps(step)})")
        tab.click("替我写好", "#steps")
        tab.run(f"{part(TEXTER, '.compose button')}.click(), 1")
        tab.wait(f"{part(TEXTER, '.thread')}.innerText.includes({json.dumps(answer)})")
        tab.wait(f"!document.querySelector('#steps .next').innerText.includes({json.dumps(step)})")
    tab.click("拿起这部电话", "#steps")
    _call(tab)
    # The one open question comes first, and whoever is alone on a telephone needs no code.
    hears(tab, CALLER, "赞成，请按1")
    press(tab, CALLER, "1")
    hears(tab, CALLER, "您选的是")
    press(tab, CALLER, "1")
    tab.wait("document.querySelectorAll('#steps .done').length === 3", 40)
    tab.run(f"{part(CALLER, '.red')}.click(), 1")
    _call(tab)
    press(tab, CALLER, "*")
    hears(tab, CALLER, "听结果和消息，请按3")
    press(tab, CALLER, "3")
    hears(tab, CALLER, "听结果和最新消息，请按1")
    press(tab, CALLER, "1")
    tab.wait("document.getElementById('tour_end').innerText.includes('四件事都办成了')", 40)
    tab.run(f"{part(CALLER, '.red')}.click(), 1")


def _call(tab: Tab) -> None:
    tab.wait(f"!{part(CALLER, '.green')}.disabled && !{part(CALLER, '.state')}.innerText.includes('通话中')")
    tab.run(f"{part(CALLER, '.green')}.click(), 1")
    tab.wait(f"{part(CALLER, '.state')}.innerText.includes('通话中')")
    hears(tab, CALLER, "石桥")


def test_behaviours_and_missed_calls_are_shown(quiet: Running, new_tab: Callable[..., Tab]) -> None:
    tab = new_tab(1280, 1100)
    tab.go(f"{quiet.company}/?language=en")
    tab.reads("Once around")
    tab.wait(f"!!{PHONE.format(name=json.dumps(TEXTER))}")
    choice = part(TEXTER, ".behaviour select")
    tab.run(f"{choice}.value = 'switched_off', {choice}.dispatchEvent(new Event('change')), 1")
    tab.wait(
        "fetch('/simulator/phones').then(one => one.json()).then(all => JSON.stringify(all).includes('switched_off'))"
    )
    tab.run(f"{choice}.value = '', {choice}.dispatchEvent(new Event('change')), 1")
    tab.wait(
        "fetch('/simulator/phones').then(one => one.json()).then(all => !JSON.stringify(all).includes('switched_off'))"
    )
    tab.click("中文")
    tab.reads("一分钟走一遍")


def test_telephone_is_used_by_keyboard_alone(quiet: Running, new_tab: Callable[..., Tab]) -> None:
    tab = new_tab(1280, 1100)
    tab.go(f"{quiet.company}/?language=en")
    tab.wait(f"!!{PHONE.format(name=json.dumps(TEXTER))}")
    tab.tab_to("Write a text here", 120)
    tab.type("查13")
    tab.press("Enter")
    tab.wait("[...document.querySelectorAll('.thread')].some(one => one.innerText.includes('查13'))")


def test_topic_is_spoken_into_the_microphone_or_by_the_telephone_when_it_is_refused(
    quiet: Running, new_tab: Callable[..., Tab]
) -> None:
    tab = new_tab(1280, 1100)
    tab.go(f"{quiet.company}/?language=zh")
    tab.wait(f"!!{PHONE.format(name=json.dumps(CALLER))}")
    _call(tab)
    press(tab, CALLER, "*")
    for words, key in (("反映一件事，或者查一件事", "2"), ("反映一件新的事", "1")):
        hears(tab, CALLER, words)
        press(tab, CALLER, key)
    microphone, canned = part(CALLER, ".microphone"), part(CALLER, ".ready-made")
    tab.wait(f"{microphone}.offsetParent !== null", 60)
    tab.run(
        "window.ask = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);"
        "navigator.mediaDevices.getUserMedia = () => Promise.reject(new DOMException('no', 'NotAllowedError')); 1"
    )
    tab.run(f"{microphone}.click(), 1")
    tab.reads("这里用不了麦克风")
    assert tab.run(f"{canned}.offsetParent !== null")
    tab.run("navigator.mediaDevices.getUserMedia = window.ask; 1")
    tab.run(f"{microphone}.click(), 1")
    tab.wait(f"{microphone}.innerText.includes('我说完了')")
    tab.wait("new Promise(done => setTimeout(() => done(true), 1500))")
    tab.run(f"{microphone}.click(), 1")
    # What was spoken is played back before it is kept.
    tab.wait(f"{part(CALLER, '.captions')}.innerText.includes('您讲了')", 40)
    assert tab.run("performance.getEntriesByType('resource').some(one => one.name.endsWith('/speech'))")
    tab.run(f"{part(CALLER, '.red')}.click(), 1")
