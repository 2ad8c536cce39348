"""Every kind of public page through axe-core in a real browser (WCAG 2.2 A and AA), where both are on this machine.

`AXE_CORE` names the file `axe.min.js` (`npm pack axe-core`; MPL-2.0, so it is not kept here); Debian's chromium is the browser.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import subprocess
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from werkzeug.serving import make_server

from gateway.bootstrap import Gateway
from gateway.web.public_app import create_public_app
from tests.screenshots import CHROMIUM, Browser, first_tab
from tests.servers import free_port
from tests.web.sample import Sample

AXE = Path(os.environ.get("AXE_CORE", "/nowhere"))
RULES = "{runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']}"
WIDTHS = (390, 1100)

pytestmark = [
    pytest.mark.skipif(not AXE.is_file(), reason="AXE_CORE does not name axe.min.js"),
    pytest.mark.skipif(shutil.which("chromium") is None, reason="chromium is not installed"),
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
    port = free_port()
    options = (f"--remote-debugging-port={port}", f"--user-data-dir={tmp_path}/chromium", "about:blank")
    chromium = subprocess.Popen([*CHROMIUM, *options], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        found = asyncio.run(_check(port, address, pages(sample), AXE.read_text(encoding="utf-8")))
    finally:
        chromium.terminate()
        chromium.wait(20)
    assert found == []
    figure(
        f"axe-core: {len(pages(sample))} public pages at {len(WIDTHS)} widths in two languages, no violation of WCAG 2.2 AA"
    )


async def _check(port: int, address: str, paths: list[str], script: str) -> list[str]:
    async with (
        aiohttp.ClientSession() as session,
        session.ws_connect(await first_tab(session, port), max_msg_size=0) as tab,
    ):
        browser = Browser(tab)
        return [
            problem
            for width in WIDTHS
            for language in ("zh", "en")
            for path in paths
            for problem in await _violations(browser, f"{address}{path}?language={language}", width, script)
        ]


async def _violations(browser: Browser, url: str, width: int, script: str) -> list[str]:
    size = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": width < 500}
    await browser.do("Emulation.setDeviceMetricsOverride", **size)
    await browser.do("Page.navigate", url=url)
    for _ in range(100):
        state = await browser.do("Runtime.evaluate", expression="location.href + document.readyState")
        if state["result"].get("value") == f"{url}complete":
            break
        await asyncio.sleep(0.05)
    await browser.do("Runtime.evaluate", expression=script)
    ask = f"axe.run({RULES}).then(r => r.violations.map(v => v.id + ' (' + v.impact + '): ' + v.nodes[0].html))"
    answer: dict[str, Any] = await browser.do("Runtime.evaluate", expression=ask, awaitPromise=True, returnByValue=True)
    wide = await browser.do("Runtime.evaluate", expression="document.documentElement.scrollWidth > innerWidth")
    sideways = ["must be scrolled sideways"] if wide["result"]["value"] else []
    return [f"{url} at {width}: {one}" for one in [*answer["result"]["value"], *sideways]]
