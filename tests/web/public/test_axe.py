"""Every kind of public page through axe-core in a real browser (WCAG 2.2 A and AA), where both are on this machine."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from werkzeug.serving import make_server

from gateway.bootstrap import Gateway
from gateway.web.public_app import create_public_app
from tests.browser.chromium import AXE, PROGRAM, Tab, chromium
from tests.web.sample import Sample

RULES = "{runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']}"
ASK = f"axe.run({RULES}).then(r => r.violations.map(v => v.id + ' (' + v.impact + '): ' + v.nodes[0].html))"
WIDTHS = (390, 1100)

pytestmark = [
    pytest.mark.skipif(not AXE.is_file(), reason="axe-core is not here (npm pack axe-core, unpacked into .axe)"),
    pytest.mark.skipif(PROGRAM is None, reason="no chromium on this machine (Debian: apt-get install chromium)"),
    pytest.mark.parametrize("database_url", ["sqlite"], indirect=True),
]


@pytest.fixture
def address(gateway: Gateway, sample: Sample) -> Iterator[str]:
    """The public app as a browser reaches it."""
    server = make_server("127.0.0.1", 0, create_public_app(gateway), threaded=False)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()


def pages(sample: Sample) -> list[str]:
    here = f"/c/{sample.code}"
    polls = [
        f"{here}/polls/{one}" for one in (sample.open_poll, sample.closed_poll, sample.single_poll, sample.void_poll)
    ]
    topics = [f"{here}/topics/{one}" for one in (sample.accepted, sample.raised, sample.done)]
    parts = [f"{here}/{one}" for one in ("", "topics", "polls", "panels", "meetings", "promises", "months/", "sheets/")]
    sheets = [f"{here}/sheets/{one}" for one in ("part", f"polls/{sample.closed_poll}", "months/2026-11")]
    return ["/", *parts, *polls, *topics, *sheets, "/record/log", "/record/log/3", "/nothing/here"]


def test_browser_finds_no_barrier(address: str, sample: Sample, tmp_path: Path, figure: Callable[[str], None]) -> None:
    script = AXE.read_text(encoding="utf-8")
    with chromium(tmp_path / "chromium") as browser:
        tab = browser.tab()
        found = [
            problem
            for width in WIDTHS
            for language in ("zh", "en")
            for path in pages(sample)
            for problem in _violations(tab, f"{address}{path}?language={language}", width, script)
        ]
    assert found == []
    figure(
        f"axe-core: {len(pages(sample))} public pages at {len(WIDTHS)} widths in two languages, no violation of WCAG 2.2 AA"
    )


def _violations(tab: Tab, url: str, width: int, script: str) -> list[str]:
    tab.size(width, 900)
    tab.go(url)
    tab.run(f"{script}; 1")
    sideways = ["must be scrolled sideways"] if tab.run("document.documentElement.scrollWidth > innerWidth") else []
    return [f"{url} at {width}: {one}" for one in [*tab.run(ASK), *sideways]]
