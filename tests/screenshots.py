"""`make screenshots`: the pictures of the README, taken of a running installation with Debian's Chromium.

Run as `python -m tests.screenshots`. Not a test: it writes docs/pictures. Chromium is driven by its own DevTools protocol,
for the page of telephones is never done loading.
"""

from __future__ import annotations

import asyncio
import base64
import itertools
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import aiohttp

from gateway.carriers.simulator.driver import Telephones
from tests.journeys.installation import Running, installation
from tests.servers import free_port

PICTURES = Path(__file__).parent.parent / "docs" / "pictures"
LINE = "+8657188880001"
CALLER, TEXTER = "+8613900000001", "+8613900000002"
CHROMIUM = (
    *("chromium", "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync", "--lang=zh-CN"),
)


class Browser:
    """One tab of a running Chromium."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self._socket = socket
        self._numbers = itertools.count(1)

    async def do(self, method: str, **params: Any) -> dict[str, Any]:
        """One command of the DevTools protocol and its answer."""
        number = next(self._numbers)
        await self._socket.send_json({"id": number, "method": method, "params": params})
        while True:
            answer = await self._socket.receive_json(timeout=60)
            if answer.get("id") == number:
                return dict(answer.get("result", {}))

    async def take(self, url: str, name: str, width: int, height: int, seconds: float = 3) -> None:
        """A picture of a page as it stands some seconds after it was asked for."""
        size = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False}
        await self.do("Emulation.setDeviceMetricsOverride", **size)
        await self.do("Page.navigate", url=url)
        await asyncio.sleep(seconds)
        picture = await self.do("Page.captureScreenshot", format="png")
        (PICTURES / name).write_bytes(base64.b64decode(picture["data"]))


async def take_all(running: Running, port: int) -> None:
    """All pictures, one after the other."""
    async with aiohttp.ClientSession() as session:
        tab = await first_tab(session, port)
        async with session.ws_connect(tab, max_msg_size=0) as socket:
            browser = Browser(socket)
            await browser.take(running.company, "handset.png", 1280, 960, 7)
            await browser.take(f"{running.public}/c/shiqiao/?language=zh", "public.png", 1100, 1300)


async def first_tab(session: aiohttp.ClientSession, port: int) -> str:
    """The address at which the DevTools of the browser's first tab listen, once it is there."""
    for _ in range(100):
        try:
            async with session.get(f"http://127.0.0.1:{port}/json") as answer:
                return str(next(tab for tab in await answer.json() if tab["type"] == "page")["webSocketDebuggerUrl"])
        except (aiohttp.ClientError, StopIteration):
            await asyncio.sleep(0.1)
    raise TimeoutError("chromium does not answer")


def main() -> int:
    """Start the sample village, let two people use their telephones, take the pictures."""
    if shutil.which("chromium") is None:
        sys.stderr.write("chromium is not installed\n")
        return 1
    PICTURES.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, installation(Path(folder)) as running:
        telephones = Telephones(running.company)
        telephones.text(TEXTER, LINE, "查13")
        telephones.text(TEXTER, LINE, "投1 1")
        telephones.dial(CALLER, LINE)
        port = free_port()
        options = (f"--remote-debugging-port={port}", f"--user-data-dir={folder}/chromium", "about:blank")
        chromium = subprocess.Popen([*CHROMIUM, *options], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            asyncio.run(take_all(running, port))
        finally:
            chromium.terminate()
            chromium.wait(20)
    return 0


if __name__ == "__main__":
    sys.exit(main())
