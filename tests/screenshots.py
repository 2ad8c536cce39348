"""`make screenshots`: the pictures of the README and the guides, taken of a running installation with Debian's Chromium.

Run as `python -m tests.screenshots`. Not a test: it writes docs/pictures.
"""

from __future__ import annotations

import re
import sys
import tempfile
import time
from pathlib import Path

from gateway.carriers.simulator.driver import Telephones
from tests.browser.chromium import PROGRAM, Chromium, Tab, chromium
from tests.journeys.installation import Running, installation

PICTURES = Path(__file__).parent.parent / "docs" / "pictures"
LINE = "+8657188880001"
CALLER, TEXTER, OTHER = "+8613900000001", "+8613900000002", "+8613900000003"
WORDS = {"zh": ("登录", "看看居民", "中文"), "en": ("Sign in", "See what residents", "English")}


def main() -> int:
    """Start the sample village, let people use their telephones, take the pictures."""
    if PROGRAM is None:
        sys.stderr.write("chromium is not installed\n")
        return 1
    PICTURES.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder, installation(Path(folder)) as running:
        _live(Telephones(running.company))
        with chromium(Path(folder) / "chromium") as browser:
            _residents(browser, running)
            for language in WORDS:
                _desk(browser, running, language)
    return 0


def _live(telephones: Telephones) -> None:
    telephones.text(TEXTER, LINE, "议题 桥头的路灯又坏了，晚上看不见路")
    telephones.text(TEXTER, LINE, "查13")
    telephones.text(TEXTER, LINE, "投1 1")
    telephones.text(OTHER, LINE, "我家老二的电话换了，怎么办呀")
    telephones.dial(CALLER, LINE)


def _residents(browser: Chromium, running: Running) -> None:
    phones = browser.tab(1280, 1180)
    phones.go(f"{running.company}/?language=zh")
    phones.wait("document.querySelectorAll('.place').length === 3")
    time.sleep(6)
    phones.picture(PICTURES / "handset.png")
    page = browser.tab(1100, 1300)
    page.go(f"{running.public}/c/shiqiao/?language=zh")
    page.picture(PICTURES / "public.png")


def _desk(browser: Chromium, running: Running, language: str) -> None:
    """The pages of the clerk's guide in one language."""
    sign_in, check, name = WORDS[language]
    accounts = dict(re.findall(r"(clerk|officer) / ([a-z0-9-]+)", running.said))
    tab = browser.tab(1100, 900)
    tab.go(f"{running.console}/sign-in")
    if tab.run("document.documentElement.lang").split("-")[0] != language:
        tab.leave(name)
    tab.fill("#name", "clerk")
    tab.fill("#password", accounts["clerk"])
    tab.leave(sign_in)
    home = running.console + tab.run("location.pathname")
    pages = {"today": "", "topic": "topics/21", "result": "polls/2"} if language == "zh" else {"today": ""}
    for what, path in pages.items():
        _take(tab, home + path, f"console-{what}-{language}.png")
    tab.go(f"{home}polls/new")
    tab.tick("#method_single")
    for code, (question, options) in {
        "zh": ("水渠谁来清？", "大家出义务工\n请人来清"), "en": ("Who clears the ditch?", "We all do\nWe pay somebody"),
    }.items():  # fmt: skip
        tab.fill(f"#question_{code}", question)
        tab.fill(f"#options_{code}", options)
    tab.click(check)
    tab.wait("!!document.querySelector('#check .bubble')")
    tab.size(1100, 1750)
    tab.picture(PICTURES / f"console-poll-form-{language}.png")


def _take(tab: Tab, address: str, name: str) -> None:
    tab.size(1100, 900)
    tab.go(address)
    tab.size(1100, min(1500, int(tab.run("document.documentElement.scrollHeight"))))
    tab.picture(PICTURES / name)


if __name__ == "__main__":
    sys.exit(main())
