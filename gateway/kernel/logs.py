"""Logs an operator can read and nobody can be harmed by: one JSON object a line, no number, text, PIN or choice.

The rule is that such things are never given to a logger. This module is the net below the rule: it masks digit runs
that could be telephone numbers, drops the values inside exceptions, and silences libraries that log content.
"""

from __future__ import annotations

import logging
import re
import sys
import traceback
from types import TracebackType
from typing import Any

from pythonjsonlogger.json import JsonFormatter

_DIGITS = re.compile(r"\+?\d[\d -]{6,}\d")
# The web server writes what an application raises to handlers of its own, words and all.
_SERVER = "_granian"
# twilio.* logs whole requests with numbers and bodies; aiohttp and granian log query strings; rq logs job arguments.
_TALKATIVE = (
    "twilio",
    "alembic.runtime.migration",
    "aiohttp.access",
    "_granian.access",
    "granian.access",
    "rq.worker",
    "rq.scheduler",
    "sqlalchemy",
)


class RedactingFormatter(JsonFormatter):
    """JSON lines with digit runs masked and exceptions reduced to their type and place."""

    def process_log_record(self, log_data: dict[str, Any]) -> dict[str, Any]:
        # Value by value: masking the finished line would miss escaped digits and break bare numbers.
        return {name: _masked(value) for name, value in log_data.items()}

    def formatException(  # noqa: N802  # the name is logging's
        self,
        ei: tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None],
    ) -> str:
        if ei[0] is None:
            return ""
        # An exception's own words may quote what a person texted; where it happened is enough to find the bug.
        places = [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in traceback.extract_tb(ei[2])]
        return " | ".join([*places, ei[0].__name__])


def mask(text: str) -> str:
    """`text` with every run of eight or more digits that could be a telephone number replaced."""
    return _DIGITS.sub(lambda found: found[0] if _is_harmless(found[0]) else "…", text)


def _masked(value: Any) -> Any:
    if isinstance(value, dict):
        return {mask(str(name)): _masked(inner) for name, inner in value.items()}
    if isinstance(value, list | tuple | set):
        return [_masked(inner) for inner in value]
    text = str(value)
    is_plain = value is None or isinstance(value, bool | int | float)
    return value if is_plain and mask(text) == text else mask(text)


def _is_harmless(run: str) -> bool:
    # Dates and times as the formatter writes them: 2026-11-24 00-22 and the like keep their dashes.
    return bool(re.fullmatch(r"\d{4}-\d\d-\d\d( \d\d)?", run))


def set_up_logs(level: str) -> None:
    """Send all logs of this process to standard error as redacted JSON lines."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        RedactingFormatter("{asctime}{levelname}{name}{message}", style="{", rename_fields={"asctime": "at"})
    )
    logging.basicConfig(level=level, handlers=[handler], force=True)
    server = logging.getLogger(_SERVER)
    server.handlers.clear()
    server.propagate = True
    for name in _TALKATIVE:
        logging.getLogger(name).setLevel(logging.WARNING)
