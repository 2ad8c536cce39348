"""Which jobs the tree calls for, on which queues: literals of `call_after_commit`, `.call` and the schedule."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import NamedTuple

from gateway.messaging import following, sweeping
from tests.architecture.source import modules
from workers.schedule import SCHEDULE


class Call(NamedTuple):
    """A call for a job; `where` is file and line, `queue` and `job` are None when they are not literals."""

    where: str
    queue: str | None
    job: str | None
    ids: list[ast.expr]


def literal_calls() -> Iterator[Call]:
    """Every `call_after_commit(…)` and `queue.call(…)` in the product."""
    for path, tree in modules().items():
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and _calls_a_job(node.func):
                queue, job, *ids = node.args
                yield Call(f"{path}:{node.lineno}", _text(queue), _text(job), ids)


def _calls_a_job(function: ast.Attribute) -> bool:
    if function.attr == "call_after_commit":
        return True
    return function.attr == "call" and "queue" in ast.unparse(function.value)


def _text(node: ast.expr) -> str | None:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None


def called_jobs() -> set[tuple[str, str]]:
    """(queue, job) of everything that is called for."""
    literal = {(call.queue, call.job) for call in literal_calls() if call.queue and call.job}
    scheduled = {(one.queue, one.job) for one in SCHEDULE}
    return literal | scheduled | set(following.SEND_JOBS.items()) | {(sweeping.UPKEEP_QUEUE, sweeping.SETTLE_JOB)}
