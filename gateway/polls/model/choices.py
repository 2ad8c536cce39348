"""What a ballot may say: a choice is a short text of a form that the poll's method gives.

    yesno     `yes`, `no`
    single    an option's number `2`
    approval  several, sorted and distinct: `1,3`
    budget    the same; the costs fit into the budget together if the poll is a `knapsack`
    score     points by option, sorted by option: `1=5,2=0`
    ranked    a strict order of some or all options: `3>1>2`

and in every method `abstain`. Options are numbered from 1 and have no leading zeros.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from gateway.polls.model.terms import Method

YES = "yes"
NO = "no"
ABSTAIN = "abstain"
# Two digits can be keyed in with a # after them.
FEWEST_OPTIONS = 2
MOST_OPTIONS = 99
DEFAULT_SCORE_MAX = 5
MOST_POINTS = 99


@dataclass(frozen=True)
class BallotForm:
    """What the choices of one poll look like.

    `options`: of its own, 0 in a yes/no poll. `most`: how many of them one ballot may name. `score_max`: the most
    points for one option. `costs` and `budget`: what those named may cost together; `budget` is None without a limit.
    """

    method: Method
    options: int = 0
    most: int = 0
    score_max: int = 0
    costs: tuple[int, ...] = ()
    budget: int | None = None

    def allows(self, choice: str) -> bool:
        """Whether a ballot may say `choice`."""
        return choice == ABSTAIN or _CHECKS[self.method](self, choice)

    @property
    def longest(self) -> int:
        """How many characters the longest choice has; every sealed ballot of the poll has room for it."""
        biggest = range(self.options, max(0, self.options - self.most), -1)
        named = [len(str(option)) for option in biggest]
        if self.method is Method.SCORE:
            named = [digits + 1 + len(str(self.score_max)) for digits in named]
        return max(len(ABSTAIN), sum(named) + max(0, len(named) - 1))


def option_codes(method: Method, options: int) -> tuple[str, ...]:
    """The options that can win in a poll with so many of its own, in order."""
    return (YES, NO) if method is Method.YESNO else tuple(str(number) for number in range(1, options + 1))


def approved(choice: str) -> tuple[str, ...]:
    """The options that a single, approval or budget choice names; none for an abstention."""
    return () if choice == ABSTAIN else tuple(choice.split(","))


def ranking(choice: str) -> tuple[str, ...]:
    """The options of a ranked choice, best first; none for an abstention."""
    return () if choice == ABSTAIN else tuple(choice.split(">"))


def points(choice: str) -> dict[str, int]:
    """The points by option of a score choice; none for an abstention."""
    if choice == ABSTAIN:
        return {}
    return {option: int(given) for option, given in (part.split("=") for part in choice.split(","))}


def _yesno(_form: BallotForm, choice: str) -> bool:
    return choice in (YES, NO)


def _single(form: BallotForm, choice: str) -> bool:
    return _number(choice, 1, form.options) is not None


def _approval(form: BallotForm, choice: str) -> bool:
    named = _options(form, choice.split(","))
    if named is None or list(named) != sorted(named):
        return False
    return form.budget is None or sum(form.costs[option - 1] for option in named) <= form.budget


def _ranked(form: BallotForm, choice: str) -> bool:
    return _options(form, choice.split(">")) is not None


def _score(form: BallotForm, choice: str) -> bool:
    parts = [part.partition("=") for part in choice.split(",")]
    named = _options(form, [option for option, _, _ in parts])
    if named is None or list(named) != sorted(named):
        return False
    return all(_number(given, 0, form.score_max) is not None for _, _, given in parts)


def _options(form: BallotForm, parts: Sequence[str]) -> tuple[int, ...] | None:
    """Distinct options, not too many; None otherwise."""
    named = tuple(number for part in parts if (number := _number(part, 1, form.options)) is not None)
    return named if len(parts) == len(named) == len(set(named)) <= form.most else None


def _number(text: str, least: int, most: int) -> int | None:
    # Written in one way only, so that equal choices are equal texts.
    number = int(text) if text.isascii() and text.isdecimal() and len(text) <= len(str(most)) else None
    return number if number is not None and str(number) == text and least <= number <= most else None


_CHECKS: dict[Method, Callable[[BallotForm, str], bool]] = {
    Method.YESNO: _yesno,
    Method.SINGLE: _single,
    Method.APPROVAL: _approval,
    Method.BUDGET: _approval,
    Method.SCORE: _score,
    Method.RANKED: _ranked,
}
