"""The sentences for problems in a roll file, for the command line and the console alike."""

from __future__ import annotations

from gateway.roll.importing import Problem
from gateway.wording.catalogue import Wording


def explain_problem(problem: Problem, wording: Wording, language: str) -> str:
    """Where and why in one sentence, e.g. "Line 7, phone: This is not a telephone number."."""
    key = f"error.{problem.code}"
    if not wording.has(key):
        key = f"staff_roll.problem.{problem.code}"
    reason = wording.say(key, language, **problem.params)
    if not problem.line:
        return reason
    place = "staff_roll.in_cell" if problem.column else "staff_roll.in_line"
    return wording.say(place, language, line=problem.line, column=problem.column, reason=reason)
