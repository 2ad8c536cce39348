"""A choice that can be recognised lies nowhere but in the tally, wherever the casting path breaks.

A person texts a ranking of nine options. At each line of ours that the request runs through, a bug is injected whose own
words quote the text, and a job fails with the choice in its error. Afterwards rows, files, write-ahead log, answers, all that Redis ever
held, and logs are searched for the choice and the text in every guise. `SOAK=1` breaks every line; otherwise every twentieth.
"""

from __future__ import annotations

import base64
import io
import json
import logging
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from types import FrameType
from typing import Any
from unittest.mock import patch

import pytest
import redis
from flask.testing import FlaskClient

from gateway.bootstrap import Gateway
from gateway.kernel.db import Database
from gateway.kernel.logs import RedactingFormatter
from gateway.kernel.queue import RedisQueue
from gateway.kernel.recent import RedisCounts
from gateway.polls import closing
from gateway.polls.model import Counting, Method, Threshold, ThresholdBase
from gateway.web.public_app import create_public_app
from tests.architecture.source import ROOT
from tests.carriers.twilio.requests_in import text_fields
from tests.polls.attack.loot import LogReader
from tests.polls.attack.redis_loot import RedisReader, run_job, working_with
from tests.polls.test_secrecy import everything_stored, stored_bytes
from tests.polls.village import Village, an_open_poll
from tests.web.signing import signed_post

CHOICE = "7>3>9>1>8>2>6>4>5"
TEXT = "投票 {poll} 7 3 9 1 8 2 6 4 5"
EVERY = 1 if os.environ.get("SOAK") else 20
SHORTEST_GUISE = 5
GATEWAY = str(ROOT / "gateway")
# They count requests and writers around the way and are handed nothing of what is said; a lock whose own lines break is
# waited for, once, for as long as SQLite lets a writer wait.
NOT_ON_THE_WAY = (str(ROOT / "gateway" / "web" / "admission.py"), str(ROOT / "gateway" / "kernel" / "turns.py"))
Line = tuple[str, int]


class InjectedError(Exception):
    """A bug that quotes what it was handed, as bugs do."""


@contextmanager
def traced(on_line: Callable[[Line], None]) -> Iterator[None]:
    """Call `on_line` before each line of the gateway's own code."""

    def trace(frame: FrameType, kind: str, _value: Any) -> Any:
        file = frame.f_code.co_filename
        if not file.startswith(GATEWAY) or file in NOT_ON_THE_WAY:
            return None
        if kind == "line":
            on_line((file, frame.f_lineno))
        return trace

    sys.settrace(trace)
    try:
        yield
    finally:
        sys.settrace(None)


@pytest.fixture
def log_lines() -> Iterator[io.StringIO]:
    """What the product's own handler writes, of every logger and level."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(RedactingFormatter("{levelname}{name}{message}", style="{"))
    root = logging.getLogger()
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.INFO)
    yield stream
    root.removeHandler(handler)
    root.setLevel(level)


def guises(plain: str) -> list[bytes]:
    """The ways in which a text may lie on a disk."""
    raw = plain.encode()
    found = [raw, raw.hex().encode(), plain.encode("utf-16-le"), json.dumps(plain).strip('"').encode()]
    found += [plain.replace(">", "\\u003e").encode(), *(base64.b64encode(raw[skip:])[4:-4] for skip in range(3))]
    return [guise for guise in found if len(guise) >= SHORTEST_GUISE]


def text(client: FlaskClient, poll: int, count: Iterator[int]) -> bytes:
    """The person's text as a request of the carrier, each with a name of its own; what was answered."""
    fields = dict(text_fields(MessageSid=f"SM{next(count):032x}", Body=TEXT.format(poll=poll)))
    try:
        return signed_post(client, "/twilio/sms", fields).get_data()
    except InjectedError:
        # It broke at the threshold. The server says so in its log, which is the product's (`set_up_logs`).
        logging.getLogger("_granian").exception("Application callable raised an exception")
        return b""


def test_choice_lies_nowhere_but_in_the_tally_wherever_casting_breaks(
    gateway: Gateway,
    village: int,
    tmp_path: Path,
    redis_connection: redis.Redis,
    log_lines: io.StringIO,
    figure: Callable[[str], None],
) -> None:
    queue = RedisQueue(redis_connection)
    database = Database(gateway.db.engine, queue)
    ports = replace(gateway.ports, db=database, recent=RedisCounts(redis_connection))
    client = create_public_app(replace(gateway, ports=ports, redis=redis_connection)).test_client()
    memory = RedisReader(redis_connection)
    memory.begin()
    options = [f"选项{number}" for number in range(1, 10)]
    log = LogReader(ports.db, tmp_path)
    threshold = Threshold(ThresholdBase.PARTICIPANTS, Fraction(0))
    terms = {"method": Method.RANKED, "counting": Counting.IRV, "threshold": threshold}
    number = an_open_poll(ports, Village(village, []), options=options, **terms)
    names = iter(range(1, 10**6))
    path: dict[Line, None] = {}
    said = [text(client, number, names)]
    with traced(path.setdefault):
        said.append(text(client, number, names))
    broke = 0
    for broken in list(path)[::EVERY]:
        armed = [True]

        def break_at(line: Line, broken: Line = broken, armed: list[bool] = armed) -> None:
            if armed and line == broken:
                armed.clear()
                raise InjectedError(f"CANARY {CHOICE} {TEXT}")

        with traced(break_at):
            said.append(text(client, number, names))
        broke += not armed
    log.note()
    with (
        working_with(ports, gateway.wording),
        patch("workers.jobs.closing.close_poll", side_effect=InjectedError(f"CANARY {CHOICE}")),
    ):
        run_job(redis_connection, "close_poll", number)
    kept = memory.read()
    assert b"JobFailedError" in kept
    found = "".join(value for _, value in everything_stored(ports)).encode() + stored_bytes(tmp_path) + log.read()
    found += b"".join(said) + kept + log_lines.getvalue().encode()
    assert "InjectedError" in log_lines.getvalue()
    for plain in (CHOICE, TEXT.format(poll=number), "7 3 9 1 8 2 6 4 5", "CANARY"):
        assert [guise for guise in guises(plain) if guise in found] == []
    result = closing.close_poll(number, ports=ports, wording=gateway.wording)
    assert CHOICE.encode() not in memory.read()
    memory.end()
    assert result.participants == 1
    places = {place for place, value in everything_stored(ports) if CHOICE in value}
    assert places <= {"poll_choice.choice", "poll_result.result"}
    name = "SQLite" if ports.db.is_sqlite else "PostgreSQL"
    assert broke >= 0.9 * len(path) / EVERY
    figure(f"casting broken at {broke} of {len(path)} lines on {name}: the choice lies in the tally alone")
