"""From the marks on a form to a choice: a box a person ticks, points or a place that they give to an option."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from gateway.kernel.errors import InputError
from gateway.polls.model.choices import ABSTAIN, BallotForm
from gateway.polls.model.terms import Method


def read_marks(form: BallotForm, marks: Mapping[str, str]) -> str:
    """The choice that a filled-in form says; what it quotes of a choice is nothing.

    `choice` holds it in a yes/no poll and where one option is chosen; elsewhere `option_1`, `option_2`, … hold a tick
    (any text), points or a place, and `abstain` a tick. InputError: ballot_unmarked, ballot_marked_twice,
    ballot_same_place, ballot_not_allowed.
    """
    choice = marks.get("choice", "") if form.method in (Method.YESNO, Method.SINGLE) else _of_options(form, marks)
    if not choice:
        raise InputError("ballot_unmarked")
    if not form.allows(choice):
        raise InputError("ballot_not_allowed")
    return choice


def _of_options(form: BallotForm, marks: Mapping[str, str]) -> str:
    given = {number: marks.get(f"option_{number}", "").strip() for number in range(1, form.options + 1)}
    marked = {number: mark for number, mark in given.items() if mark}
    if not marks.get("abstain"):
        return _JOINED[form.method](marked)
    if marked:
        raise InputError("ballot_marked_twice")
    return ABSTAIN


def _ticked(marked: Mapping[int, str]) -> str:
    return ",".join(map(str, marked))


def _scored(marked: Mapping[int, str]) -> str:
    return ",".join(f"{number}={points}" for number, points in marked.items())


def _ranked(marked: Mapping[int, str]) -> str:
    places = {place: number for number, place in marked.items()}
    if len(places) < len(marked):
        raise InputError("ballot_same_place")
    if not all(place.isdecimal() for place in places):
        raise InputError("ballot_not_allowed")
    return ">".join(str(places[place]) for place in sorted(places, key=int))


_JOINED: Mapping[Method, Callable[[Mapping[int, str]], str]] = {
    Method.APPROVAL: _ticked,
    Method.BUDGET: _ticked,
    Method.SCORE: _scored,
    Method.RANKED: _ranked,
}
