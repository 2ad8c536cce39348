"""One whole installation and one Chromium for the tests of this folder, ended with them; skipped without a browser."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.browser.chromium import PROGRAM, Chromium, Tab, chromium
from tests.journeys.installation import Running, installation


@pytest.fixture(scope="package")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chromium]:
    if PROGRAM is None:
        pytest.skip("no chromium on this machine (Debian: apt-get install chromium)")
    with chromium(tmp_path_factory.mktemp("chromium")) as found:
        yield found


@pytest.fixture(scope="package")
def running(browser: Chromium, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """The sample village under way."""
    with installation(tmp_path_factory.mktemp("installation")) as found:
        yield found


@pytest.fixture
def new_tab(browser: Chromium) -> Iterator[Callable[..., Tab]]:
    """Opens pages; at the end none of them may have complained of anything."""
    made: list[Tab] = []

    def make(width: int = 1100, height: int = 800) -> Tab:
        made.append(browser.tab(width, height))
        return made[-1]

    yield make
    browser.listen(0.2)
    for tab in made:
        tab.close()
    assert [complaint for tab in made for complaint in tab.complaints] == []


@pytest.fixture
def desk(running: Running, new_tab: Callable[..., Tab]) -> Callable[..., Tab]:
    """A page of the console, signed in as one of the sample's two accounts, in a language."""
    accounts = dict(re.findall(r"(clerk|officer) / ([a-z0-9-]+)", running.said))

    def enter(name: str, language: str = "en", width: int = 1100, height: int = 800) -> Tab:
        tab = new_tab(width, height)
        tab.go(f"{running.console}/sign-in")
        other = {"en": "English", "zh": "中文"}[language]
        if language != tab.run("document.documentElement.lang").split("-")[0]:
            tab.leave(other)
        tab.fill("#name", name)
        tab.fill("#password", accounts[name])
        tab.leave({"en": "Sign in", "zh": "登录"}[language])
        return tab

    return enter


@pytest.fixture
def pictures() -> Path:
    return Path(__file__).parent.parent.parent / "docs" / "pictures"
