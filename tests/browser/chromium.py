"""A Chromium without a window, driven over its own DevTools protocol through two pipes: no driver, no download.

Everything that a page complains of (an exception, a broken promise, a refused script) is kept, and tests look at it.
"""

from __future__ import annotations

import base64
import itertools
import json
import os
import select
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

PROGRAM = shutil.which("chromium") or shutil.which("chromium-browser")
# MPL-2.0, so it is not kept here: `.ci/run` fetches it from npm.
AXE = Path(os.environ.get("AXE_CORE", Path(__file__).parent.parent.parent / ".axe" / "package" / "axe.min.js"))
PATIENCE = 20.0
OPTIONS = (
    *("--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--no-first-run", "--mute-audio"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage"),
    *("--disable-extensions", "--remote-debugging-pipe", "--no-default-browser-check", "--lang=zh-CN"),
    # A microphone that beeps, and a person who lets it be used.
    *("--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"),
)
KEY_CODES = {"Tab": 9, "Enter": 13, " ": 32, "ArrowDown": 40, "ArrowUp": 38, "ArrowRight": 39, "Escape": 27}


class Chromium:
    """The running program; `tab` opens a page of its own with cookies of its own."""

    def __init__(self, folder: Path) -> None:
        to_read, self._write = os.pipe()
        self._read, to_write = os.pipe()

        def place_pipes() -> None:
            # The program reads commands from file 3 and writes answers to file 4.
            first, second = os.dup(to_read), os.dup(to_write)
            os.dup2(first, 3)
            os.dup2(second, 4)

        self._process = subprocess.Popen(
            [str(PROGRAM), *OPTIONS, f"--user-data-dir={folder}"],
            preexec_fn=place_pipes,  # noqa: PLW1509  # the pipes must be files 3 and 4
            close_fds=False,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        os.close(to_read)
        os.close(to_write)
        self._numbers = itertools.count(1)
        self._buffer = b""
        self.tabs: dict[str, Tab] = {}

    def tab(self, width: int = 1100, height: int = 800) -> Tab:
        """A new page in a context of its own."""
        context = self.do("Target.createBrowserContext")["browserContextId"]
        target = self.do("Target.createTarget", url="about:blank", browserContextId=context)["targetId"]
        session = self.do("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        tab = self.tabs[session] = Tab(self, session, context)
        for domain in ("Page", "Runtime", "Log"):
            tab.do(f"{domain}.enable")
        tab.size(width, height)
        return tab

    def do(self, method: str, session: str = "", **params: Any) -> dict[str, Any]:
        """One command and its answer; events that come meanwhile are given to their tabs."""
        number = next(self._numbers)
        message = {"id": number, "method": method, "params": params} | ({"sessionId": session} if session else {})
        os.write(self._write, json.dumps(message).encode() + b"\0")
        until = time.monotonic() + PATIENCE
        while True:
            answer = self._receive(until)
            if answer.get("id") == number:
                if "error" in answer:
                    raise RuntimeError(f"{method}: {answer['error']['message']}")
                return dict(answer["result"])

    def listen(self, seconds: float) -> None:
        """Take in events for a while."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            try:
                self._receive(until)
            except TimeoutError:
                return

    def close(self) -> None:
        """End the program."""
        self._process.kill()
        self._process.wait(20)
        os.close(self._write)
        os.close(self._read)

    def _receive(self, until: float) -> dict[str, Any]:
        while b"\0" not in self._buffer:
            ready, _, _ = select.select([self._read], [], [], max(0.0, until - time.monotonic()))
            if not ready:
                raise TimeoutError("chromium does not answer")
            self._buffer += os.read(self._read, 1 << 20)
        one, _, self._buffer = self._buffer.partition(b"\0")
        message: dict[str, Any] = json.loads(one)
        if "method" in message and (tab := self.tabs.get(message.get("sessionId", ""))):
            tab.heard(message["method"], message["params"])
        return message


class Tab:
    """One page: go somewhere, find by what is seen, click, type, press keys; `complaints` of the page."""

    def __init__(self, chromium: Chromium, session: str, context: str) -> None:
        self._chromium = chromium
        self._session = session
        self._context = context
        self.complaints: list[str] = []

    def do(self, method: str, **params: Any) -> dict[str, Any]:
        """One command of the protocol."""
        return self._chromium.do(method, self._session, **params)

    def close(self) -> None:
        """Close the page: what it still draws would take time from other tests."""
        self._chromium.do("Target.disposeBrowserContext", browserContextId=self._context)

    def heard(self, method: str, params: dict[str, Any]) -> None:
        """An event: what the page complains of is kept."""
        if method == "Runtime.exceptionThrown":
            details = params["exceptionDetails"]
            self.complaints.append(details.get("exception", {}).get("description") or details["text"])
        elif method == "Log.entryAdded" and params["entry"]["level"] == "error":
            entry = params["entry"]
            # A refused form is answered with a page and a status; that is no complaint.
            if entry["source"] != "network":
                self.complaints.append(f"{entry['text']} {entry.get('url', '')}")

    def size(self, width: int, height: int, zoom: float = 1) -> None:
        """The window, in pixels of the page at `zoom`."""
        shown = {"width": round(width / zoom), "height": round(height / zoom)}
        self.do("Emulation.setDeviceMetricsOverride", **shown, deviceScaleFactor=zoom, mobile=False)

    def go(self, url: str) -> None:
        """Go there and wait until the page is there."""
        self.do("Page.navigate", url=url)
        self.wait(
            f"document.readyState === 'complete' && location.href.startsWith({json.dumps(url.split('?', maxsplit=1)[0])})"
        )

    def run(self, script: str) -> Any:
        """The value of an expression in the page."""
        answer = self.do("Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True)
        if "exceptionDetails" in answer:
            raise RuntimeError(answer["exceptionDetails"].get("exception", {}).get("description", script))
        return answer["result"].get("value")

    def wait(self, script: str, seconds: float = PATIENCE) -> Any:
        """Wait until an expression is true; its value."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            try:
                if value := self.run(script):
                    return value
            except RuntimeError:
                # The page is being replaced.
                pass
            self._chromium.listen(0.05)
        raise AssertionError(f"never true: {script}\n{self.text[:2000]}")

    @property
    def text(self) -> str:
        """What a person reads on the page."""
        return str(self.run("document.body.innerText"))

    def reads(self, words: str, seconds: float = PATIENCE) -> None:
        """Wait until `words` stand on the page."""
        self.wait(f"document.body.innerText.includes({json.dumps(words)})", seconds)

    def click(self, words: str, within: str = "body") -> None:
        """Click the link or button that says `words`; whatever follows is waited for by what is then read."""
        find = (
            f"[...document.querySelectorAll({json.dumps(within + ' a, ' + within + ' button, ' + within + ' summary')})]"
            f".find(one => one.offsetParent !== null && (one.innerText.trim() || one.getAttribute('aria-label') || '')"
            f".startsWith({json.dumps(words)}))"
        )
        # Found and clicked in one go: a live part of the page may be replaced in between.
        self.wait(f"(one => one ? (one.scrollIntoView({{block: 'center'}}), one.click(), true) : false)({find})")

    def leave(self, words: str, within: str = "body") -> None:
        """Click what leads to another page, and wait for that."""
        with self._another_page():
            self.click(words, within)

    def enter(self) -> None:
        """Press Enter on what has the cursor and leads to another page, and wait for that."""
        with self._another_page():
            self.press("Enter")

    @contextmanager
    def _another_page(self) -> Iterator[None]:
        self.run("window.left = true")
        yield
        self.wait("!window.left && document.readyState === 'complete'")

    def fill(self, selector: str, value: str) -> None:
        """Type into a field."""
        self.wait(f"!!document.querySelector({json.dumps(selector)})")
        self.run(
            f"(() => {{ const one = document.querySelector({json.dumps(selector)}); one.focus(); one.value = {json.dumps(value)};"
            "one.dispatchEvent(new Event('input', {bubbles: true})); one.dispatchEvent(new Event('change', {bubbles: true})); })()"
        )

    def tick(self, selector: str) -> None:
        """Tick a box or choose a radio button."""
        self.wait(f"!!document.querySelector({json.dumps(selector)})")
        self.run(f"document.querySelector({json.dumps(selector)}).click(), 1")

    def press(self, key: str, *, shift: bool = False) -> None:
        """One key of the keyboard, as a person presses it."""
        text = {"Enter": "\r", " ": " "}.get(key, key if len(key) == 1 else "")
        shared = {"key": key, "windowsVirtualKeyCode": KEY_CODES.get(key, 0), "modifiers": 8 if shift else 0}
        self.do("Input.dispatchKeyEvent", type="keyDown", text=text, **shared)
        self.do("Input.dispatchKeyEvent", type="keyUp", **shared)

    def type(self, text: str) -> None:
        """Type text where the cursor is."""
        self.do("Input.insertText", text=text)

    def tab_to(self, words: str, most: int = 80) -> None:
        """Press Tab until what says `words` (or is labelled so) has the cursor.

        At each step its place must be seen, and be another one than before: nothing may hold the cursor.
        """
        self.run("window.cursorWas = document.activeElement, 1")
        for _ in range(most):
            self.press("Tab")
            said = self.run(
                "(() => { const one = document.activeElement; if (!one || one === document.body) return '';"
                "const box = one.getBoundingClientRect(), style = getComputedStyle(one);"
                "if (style.outlineStyle === 'none' && style.boxShadow === 'none' && one.type !== 'datetime-local') return '!no outline: ' + one.outerHTML.slice(0, 80);"
                "if (!box.width || box.bottom < 0 || box.top > innerHeight) return '!out of sight: ' + one.outerHTML.slice(0, 80);"
                "const parts = /^(date|time|datetime-local|month)$/.test(one.type) || one.tagName === 'AUDIO';"
                "if (window.cursorWas === one && !parts) return '!holds the cursor: ' + one.outerHTML.slice(0, 80); window.cursorWas = one;"
                "const label = one.labels?.[0]?.innerText ?? ''; return (label || one.innerText || one.value || one.getAttribute('aria-label') || '').trim(); })()"
            )
            assert not said.startswith("!"), said
            if said.startswith(words):
                return
        raise AssertionError(f"not reached by Tab: {words}")

    def picture(self, path: Path) -> None:
        """Keep a picture of the window."""
        answer = self.do("Page.captureScreenshot", format="png")
        path.write_bytes(base64.b64decode(answer["data"]))


@contextmanager
def chromium(folder: Path) -> Iterator[Chromium]:
    """A running Chromium."""
    running = Chromium(folder)
    try:
        yield running
    finally:
        running.close()


def wait_for(found: Callable[[], Any], seconds: float = PATIENCE) -> Any:
    """Wait until `found` is true outside of any page."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if value := found():
            return value
        time.sleep(0.1)
    raise AssertionError("never came")
