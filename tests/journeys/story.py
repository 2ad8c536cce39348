"""A village under way for journeys: telephones, the clerk's commands, the workers, and what is written down of it all."""

from __future__ import annotations

import json
import logging
import os
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, ClassVar, TypeVar

import pytest
from click.testing import CliRunner

from gateway.bootstrap import Gateway, build_gateway
from gateway.carriers.port import OutgoingText
from gateway.cli.main import main
from gateway.kernel.clock import SystemClock
from gateway.kernel.pacing import LocalPacer
from gateway.messaging.sending import NO_LIMITS, Traffic
from gateway.settings import load_settings
from gateway.web.public_app import create_public_app
from tests.fakes import ScriptedCarrier, StillClock
from tests.journeys.handset import Call, Handset
from tests.web.signing import PUBLIC_URL
from workers import context, jobs

LINE = "+8657188880001"


def phone(person: int) -> str:
    return f"+86138001{person:05d}"


@dataclass
class Story:
    """The village under way; the transcript is worded by the class, so that a tale can be told in another language."""

    gateway: Gateway
    carrier: ScriptedCarrier
    clock: StillClock
    environment: dict[str, str]
    folder: Path
    lines: list[str] = field(default_factory=list)
    inboxes: dict[str, list[str]] = field(default_factory=dict)
    read: int = 0

    texts: ClassVar[str] = "{who} texts: {body}"
    answers: ClassVar[str] = "    answer: {answer}"
    calls: ClassVar[str] = "{who} calls"
    presses: ClassVar[str] = "{who} and presses {keys}; heard last:"
    nothing: ClassVar[str] = "nothing"
    told_to: ClassVar[str] = "to {count}: {body}"
    heard_last: ClassVar[int] = 4
    given: ClassVar[str] = "{who} is given the floor"

    def __post_init__(self) -> None:
        self.client = create_public_app(self.gateway).test_client()

    def chapter(self, title: str) -> None:
        self.lines += ["", f"# {title}", ""]

    def clerk(self, *words: str) -> Any:
        """A command; its answer for machines."""
        done = CliRunner(env=self.environment).invoke(main, [*words, "--json"])
        assert done.exit_code == 0, (words, done.output)
        return json.loads(done.stdout)

    def handset(self, number: str) -> Handset:
        return Handset(self.client, number, LINE)

    def text(self, number: str, body: str, *, tell: bool = True, who: str = "") -> str:
        """A text and what comes back at once; `who`: what the transcript calls somebody whom the lottery chose."""
        answer = " ".join(self.handset(number).text(body))
        self.inboxes.setdefault(number, []).append(answer)
        if tell:
            self.lines += [self.texts.format(who=who or number[-5:], body=body), self.answers.format(answer=answer)]
        return answer

    def call(self, number: str, *keys: str, tell: bool = True) -> Call:
        call = self.handset(number).call(keys)
        if tell:
            self.told(self.calls.format(who=number[-5:]), call)
        return call

    def told(self, who: str, call: Call) -> None:
        self.lines += [self.presses.format(who=who, keys=" ".join(call.pressed) or self.nothing)]
        self.lines += [f"    {words}" for _, words in call.heard[-self.heard_last :]]

    def workers(self) -> None:
        """What the worker processes do now: what is due is done, and texts are delivered."""
        for job in self.due_jobs():
            job()
        new, self.read = self.carrier.sent[self.read :], len(self.carrier.sent)
        bodies = Counter[str]()
        for item in new:
            if isinstance(item, OutgoingText):
                self.inboxes.setdefault(item.to.e164, []).append(item.body)
                bodies[item.body] += 1
        shown = [(body, count) for body, count in bodies.items() if count > 1] or list(bodies.items())
        self.lines += [self.told_to.format(count=count, body=body) for body, count in shown[:4]]

    def due_jobs(self) -> Sequence[Callable[[], None]]:
        return (jobs.pass_on_silent, jobs.remind_meetings, jobs.close_due, jobs.send_urgent, jobs.send_due)

    def turned(self, calls: dict[str, tuple[str, Call]]) -> Call:
        """The carrier does as it was told last: the call begins anew, back in the meeting."""
        sid, url = self.carrier.turned[-1]
        number, call = calls[sid]
        call.heard.clear()
        call.pressed.clear()
        self.handset(number).go_on(call, url.removeprefix(PUBLIC_URL), [])
        self.told(self.given.format(who=number[-5:]), call)
        return call


Tale = TypeVar("Tale", bound=Story)


@contextmanager
def telling(kind: type[Tale], database_url: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Tale]:
    """A village of a kind with its own installation; on PostgreSQL only where long forms are wanted."""
    if "sqlite" not in database_url and not os.environ.get("SOAK"):
        pytest.skip("the same story on PostgreSQL takes as long again: SOAK=1")
    clock, carrier = StillClock(), ScriptedCarrier()
    monkeypatch.setattr(SystemClock, "now", lambda _: clock.at)
    environment = {
        "DATABASE_URL": database_url,
        "DATA_DIR": str(folder / "data"),
        "SECRET_KEY": "k" * 40,
        "LANGUAGE": "en",
        "PUBLIC_URL": PUBLIC_URL,
        "REDIS_URL": "redis://127.0.0.1:1",
    }
    built = build_gateway(load_settings(environment))
    gateway = replace(built, carrier=carrier, traffic=Traffic.of(carrier, LocalPacer(), NO_LIMITS))
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    with monkeypatch.context() as patch:
        patch.setattr(context, "gateway", lambda: gateway)
        yield kind(gateway, carrier, clock, environment, folder)
    root.handlers[:] = handlers
    root.setLevel(level)
    gateway.db.engine.dispose()
