"""The telephones on the screen, tried in a real browser: the guided tour from end to end, behaviours, both languages."""

from __future__ import annotations

import json
from collections.abc import Callable

from tests.browser.chromium import Tab
from tests.journeys.installation import Running

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


def hears(tab: Tab, name: str, *words: str) -> None:
    """Wait until a call says something, and waits for a key."""
    said = f"{part(name, '.captions')}.innerText"
    tab.wait(" && ".join(f"{said}.includes({json.dumps(one)})" for one in words))
    tab.wait(f"{part(name, '.prompt')}.innerText.length > 0")


def card(tab: Tab, name: str) -> tuple[str, str]:
    """Code and PIN of the card beside a telephone."""
    code, pin = tab.run(
        f"[...{PHONE.format(name=json.dumps(name))}.querySelectorAll('.card b')].slice(0, 2).map(one => one.innerText)"
    )
    return code, pin


def test_tour_leads_from_a_topic_to_a_result(running: Running, new_tab: Callable[..., Tab]) -> None:
    tab = new_tab(1280, 1100)
    tab.go(f"{running.company}/?language=zh")
    tab.reads("一分钟走一遍")
    for step, answer in (("提一个议题", "议题"), ("用短信表决", "回执")):
        tab.wait(f"document.querySelector('#steps .next').innerText.includes({json.dumps(step)})")
        tab.click("替我写好", "#steps")
        tab.run(f"{part(TEXTER, '.compose button')}.click(), 1")
        tab.wait(f"{part(TEXTER, '.thread')}.innerText.includes({json.dumps(answer)})")
        tab.wait(f"!document.querySelector('#steps .next').innerText.includes({json.dumps(step)})")
    tab.click("拿起这部电话", "#steps")
    code, pin = card(tab, CALLER)
    _call(tab, code, pin)
    # The one open question comes first.
    hears(tab, CALLER, "赞成")
    press(tab, CALLER, "1")
    tab.wait(f"{part(CALLER, '.captions')}.innerText.includes('您选的是')")
    tab.wait(f"{part(CALLER, '.prompt')}.innerText.length > 0")
    press(tab, CALLER, "1")
    tab.wait("document.querySelectorAll('#steps .done').length === 3")
    tab.run(f"{part(CALLER, '.red')}.click(), 1")
    _call(tab, code, pin)
    press(tab, CALLER, "*")
    hears(tab, CALLER, "听表决结果")
    press(tab, CALLER, "3")
    tab.wait(
        f"{part(CALLER, '.captions')}.innerText.split('请按1').length > 2 || {part(CALLER, '.prompt')}.innerText.length > 0"
    )
    press(tab, CALLER, "1")
    tab.reads("四件事都办成了")


def _call(tab: Tab, code: str, pin: str) -> None:
    tab.wait(f"!{part(CALLER, '.green')}.disabled")
    tab.run(f"{part(CALLER, '.green')}.click(), 1")
    hears(tab, CALLER, "石桥")
    del code
    press(tab, CALLER, pin + "#")


def test_behaviours_and_missed_calls_are_shown(running: Running, new_tab: Callable[..., Tab]) -> None:
    tab = new_tab(1280, 1100)
    tab.go(f"{running.company}/?language=en")
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


def test_telephone_is_used_by_keyboard_alone(running: Running, new_tab: Callable[..., Tab]) -> None:
    tab = new_tab(1280, 1100)
    tab.go(f"{running.company}/?language=en")
    tab.wait(f"!!{PHONE.format(name=json.dumps(TEXTER))}")
    tab.tab_to("Write a text here", 120)
    tab.type("查13")
    tab.press("Enter")
    tab.wait("document.querySelector('.thread').innerText.includes('13')")
