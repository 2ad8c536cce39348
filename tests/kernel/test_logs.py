"""Logs: valid JSON, and neither a number nor an exception's own words gets through."""

from __future__ import annotations

import json
import logging
import sys
from collections.abc import Iterator
from typing import Any

import pytest

from gateway.kernel.logs import RedactingFormatter, mask, set_up_logs

FORMATTER = RedactingFormatter("{asctime}{levelname}{name}{message}", style="{", rename_fields={"asctime": "at"})


@pytest.fixture
def loggers() -> Iterator[None]:
    """Put the loggers back as they were."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)


def _line(message: str, *args: object, extra: dict[str, Any] | None = None, exc_info: Any = None) -> dict[str, Any]:
    record = logging.getLogger("x").makeRecord("x", logging.ERROR, "f", 1, message, args, exc_info, extra=extra)
    line = FORMATTER.format(record)
    assert "\n" not in line
    found: dict[str, Any] = json.loads(line)
    return found


@pytest.mark.parametrize(
    "text",
    ["+8613812345678", "13812345678", "138 1234 5678", "138-1234-5678", "0571-87654321", "１３８１２３４５６７８"],
)
def test_numbers_are_masked(text: str) -> None:
    assert mask(f"to {text}!") == "to …!"
    line = _line("to %s", text, extra={"to": text, "many": [text, {"deep": text}], "tel:" + text: 1})
    shown = json.dumps(line["many"], ensure_ascii=False) + line["message"] + line["to"]
    assert text not in shown
    assert "…" in line["message"]


def test_line_stays_json_when_a_bare_number_is_masked() -> None:
    line = _line("x", extra={"number": 13812345678, "count": 12, "share": 0.5, "yes": True, "none": None})
    assert (line["number"], line["count"], line["share"], line["yes"], line["none"]) == ("…", 12, 0.5, True, None)


def test_times_small_numbers_and_chinese_stay_readable() -> None:
    line = _line("批次 %d 于 2026-11-24 完成", 1234567)
    assert line["message"] == "批次 1234567 于 2026-11-24 完成"
    assert line["at"].startswith("20")
    assert "…" not in line["at"]
    assert (line["levelname"], line["name"]) == ("ERROR", "x")


def test_exceptions_show_their_place_and_not_their_words() -> None:
    try:
        raise ValueError("投3 赞成 from 13812345678")
    except ValueError:
        line = _line("failed", exc_info=sys.exc_info())
    assert "test_logs.py" in line["exc_info"]
    assert line["exc_info"].endswith("ValueError")
    assert "赞成" not in json.dumps(line, ensure_ascii=False)


def test_set_up_silences_libraries_that_quote_content(loggers: None, capsys: pytest.CaptureFixture[str]) -> None:
    logging.getLogger("_granian").addHandler(logging.StreamHandler(sys.stderr))
    set_up_logs("DEBUG")
    for name in ("twilio.http_client", "rq.worker", "aiohttp.access", "sqlalchemy.engine", "granian.access"):
        logging.getLogger(name).info("body: %s", "投3 赞成")
    logging.getLogger("gateway").info("sent")
    try:
        raise ValueError("投3 赞成")
    except ValueError:
        logging.getLogger("_granian").exception("the application raised")
    lines = capsys.readouterr().err.splitlines()
    assert [json.loads(line)["message"] for line in lines] == ["sent", "the application raised"]
    assert not [line for line in lines if "赞成" in line]
