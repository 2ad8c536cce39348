"""Who is let in when more come than can be served: in the rush before a poll closes, ballots go before pages.

A process has a few threads. Pages (and whatever other systems ask) may take half of them, and never the last one that
hooks do not use; one more page is sent away at once with 503 and may come again. Hooks are never sent away: a text or a
call may be a ballot, a report keeps somebody from being called for nothing. Nor is the style sheet: it is a small file,
and a browser that asks for it has its page already.
"""

from __future__ import annotations

import threading

from flask import Flask, Response, g, request

# These are let in whatever happens; all others give way.
NEVER_SHED = frozenset({"hooks", "health", "pages"})
RETRY_AFTER_SECONDS = 5


class Admission:
    """The places of one process."""

    def __init__(self, threads: int) -> None:
        self._threads = threads
        self._for_pages = max(1, threads // 2)
        self._hooks = 0
        self._pages = 0
        self._lock = threading.Lock()

    def enter(self, *, may_wait: bool) -> bool:
        """Take a place; False when it `may_wait` and none is to spare."""
        with self._lock:
            if may_wait and not self._has_room():
                return False
            self._pages += may_wait
            self._hooks += not may_wait
            return True

    def _has_room(self) -> bool:
        """Whether one more page fits in; where there is a single thread, when nothing runs."""
        busy = self._hooks + self._pages
        return self._pages < self._for_pages and busy < max(1, self._threads - 1)

    def leave(self, *, may_wait: bool) -> None:
        """Give the place back."""
        with self._lock:
            self._pages -= may_wait
            self._hooks -= not may_wait


def admit(app: Flask, admission: Admission) -> None:
    """Let `admission` decide on every request of `app`."""

    def enter() -> Response | None:
        may_wait = request.blueprint not in NEVER_SHED
        if not admission.enter(may_wait=may_wait):
            headers = {"Retry-After": str(RETRY_AFTER_SECONDS)}
            return Response("503 Service Unavailable\n", 503, mimetype="text/plain", headers=headers)
        g.may_wait = may_wait
        return None

    def leave(_error: BaseException | None) -> None:
        if "may_wait" in g:
            admission.leave(may_wait=g.pop("may_wait"))

    app.before_request(enter)
    app.teardown_request(leave)
