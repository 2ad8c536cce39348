"""axe-core, served by the test itself, finds nothing serious on any page.

The package is MPL-2.0 and not kept here: `.ci/run` fetches it from npm; without it the test is skipped.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.browser.chromium import AXE, Tab
from tests.journeys.installation import Running

RUN = (
    "axe.run(document, {resultTypes: ['violations']}).then(found => found.violations"
    ".filter(one => ['serious', 'critical'].includes(one.impact)).map(one => one.id + ' ' + one.nodes[0].html.slice(0, 120)))"
)
PAGES = ("", "topics", "polls", "polls/new", "inbox", "broadcasts", "broadcasts/new", "panels", "panels/new", "meetings", "meetings/new", "follow-up", "hot-spots", "complaints",
         "missing", "behalf", "roll", "roll/file",
         "settings", "trail", "releases")  # fmt: skip


def test_nothing_serious_is_found_on_any_page(
    running: Running, desk: Callable[..., Tab], new_tab: Callable[..., Tab], figure: Callable[[str], None]
) -> None:
    if not AXE.is_file():
        pytest.skip("axe-core is not here (npm pack axe-core, unpacked into .axe)")
    tab, script = desk("clerk", "zh"), AXE.read_text(encoding="utf-8")
    home = tab.run("location.pathname")
    first = [f"{running.console}{home}{page}" for page in PAGES]
    addresses = [
        *first,
        *(f"{running.console}{home}polls/1{part}" for part in ("", "/desk", "/papers", "/receipts")),
        f"{running.console}{home}topics/13",
        f"{running.console}/account",
    ]
    found = {address: problems for address in addresses if (problems := _ask(tab, address, script))}
    phones = new_tab(1280, 1000)
    if problems := _ask(
        phones, f"{running.company}/?language=zh", script, "document.querySelectorAll('.place').length > 0"
    ):
        found["handset"] = problems
    assert found == {}
    figure(f"axe-core: {len(addresses) + 1} pages, 0 serious or critical findings")


def _ask(tab: Tab, address: str, script: str, ready: str = "true") -> list[str]:
    tab.go(address)
    tab.wait(ready)
    tab.run(script + "; 1")
    return list(tab.run(RUN))
