"""Every queue has a consumer, every job that is called for exists, and nothing but ids is ever in a call."""

from __future__ import annotations

import ast
import inspect
import re

from gateway.cli.processes import programs
from gateway.kernel.queue import JOB_SECONDS, QUEUES
from gateway.messaging import sending, sweeping
from gateway.settings import load_settings
from tests.architecture.source import ROOT
from tests.workers.names import called_jobs, literal_calls
from workers import jobs
from workers.schedule import SCHEDULE


def _procfile() -> dict[str, str]:
    lines = (ROOT / "Procfile").read_text(encoding="utf-8").splitlines()
    return dict(line.split(": ", 1) for line in lines if line and not line.startswith("#"))


def test_every_queue_has_one_worker_of_its_own() -> None:
    served = re.findall(r"workers\.worker (.*)", "\n".join(_procfile().values()))
    assert sorted(served) == sorted(QUEUES)
    assert {queue for queue, _ in called_jobs()} == set(QUEUES)


def test_procfile_holds_the_programs_that_run_starts() -> None:
    settings = load_settings({"CARRIER": "twilio", "TWILIO_ACCOUNT_SID": "AC", "TWILIO_AUTH_TOKEN": "x",
                              "PUBLIC_URL": "https://gateway.example", "SECRET_KEY": "k" * 32})  # fmt: skip
    assert {program.name for program in programs(settings)} == set(_procfile()) - {"release"}


def test_every_job_that_is_called_for_exists() -> None:
    missing = {name for _, name in called_jobs() if not hasattr(getattr(jobs, name, None), "__wrapped__")}
    assert not missing


def test_calls_for_jobs_are_literal_or_of_messaging() -> None:
    hidden = [call.where for call in literal_calls() if not (call.queue and call.job)]
    allowed = ("gateway/messaging/", "gateway/kernel/db.py")
    assert not [where for where in hidden if not where.startswith(allowed)]


def test_jobs_take_numbers_alone() -> None:
    for _, name in called_jobs():
        parameters = inspect.signature(getattr(jobs, name)).parameters.values()
        assert all(parameter.annotation in ("int", int) for parameter in parameters), name
    for call in literal_calls():
        assert not any(isinstance(one, ast.Constant) and not isinstance(one.value, int) for one in call.ids), call.where
        expected = len(inspect.signature(getattr(jobs, call.job)).parameters) if call.job else None
        assert expected in (None, len(call.ids)), call.where


def test_runs_end_before_their_job_is_cut_off() -> None:
    for run_for in (sending.RUN_FOR, sweeping.RUN_FOR):
        assert run_for.total_seconds() * 2 < JOB_SECONDS
    assert sending.LEASE.total_seconds() > JOB_SECONDS


def test_schedule_names_each_job_once() -> None:
    assert len({one.job for one in SCHEDULE}) == len(SCHEDULE)
    assert {one.queue for one in SCHEDULE} <= set(QUEUES)
