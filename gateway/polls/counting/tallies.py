"""What was put into the box, group by group: how many ballots say what. Every count begins here."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from gateway.polls.model import ABSTAIN, BallotForm, Method, approved, option_codes, points, ranking


@dataclass(frozen=True)
class Tally:
    """One group: the people entitled, those `present` (ballots cast included), `counts`: ballots by choice."""

    entitled: int
    present: int
    counts: Mapping[str, int] = field(default_factory=dict)

    @property
    def participants(self) -> int:
        """Ballots cast, abstentions too."""
        return sum(self.counts.values())


def count(
    choices: Iterable[tuple[int, str]] | Mapping[tuple[int, str], int], groups: int, form: BallotForm
) -> list[dict[str, int]]:
    """Ballots by choice for each of `groups` groups, from (group index, choice) pairs or from how often each is there.

    ValueError for a group that is none, or a choice that no ballot of this poll may say.
    """
    counted: list[dict[str, int]] = [{} for _ in range(groups)]
    for (group, choice), ballots in Counter(choices).items():
        if not 0 <= group < groups or not form.allows(choice):
            raise ValueError("a ballot for no group or no choice of this poll")
        counted[group][choice] = ballots
    return counted


def add(tallies: Sequence[Tally]) -> Tally:
    """All groups together."""
    counts: Counter[str] = Counter()
    for tally in tallies:
        counts.update(tally.counts)
    return Tally(sum(t.entitled for t in tallies), sum(t.present for t in tallies), dict(counts))


def votes(counts: Mapping[str, int], method: Method, options: int) -> dict[str, int]:
    """What is reported of ballots: votes by option and abstentions, in the poll's order, with 0 too.

    Of approvals each option named has a vote, of scores its points, of rankings the first one has a vote.
    """
    reported = dict.fromkeys((*option_codes(method, options), ABSTAIN), 0)
    for choice, ballots in counts.items():
        if choice == ABSTAIN:
            reported[ABSTAIN] += ballots
            continue
        for option, each in _READ[method](choice).items():
            reported[option] += each * ballots
    return reported


def rankings(counts: Mapping[str, int]) -> dict[tuple[str, ...], int]:
    """Ballots by ranking, best first; abstentions left out."""
    return {ranking(choice): ballots for choice, ballots in counts.items() if choice != ABSTAIN}


def _one(choice: str) -> dict[str, int]:
    return {choice: 1}


def _each(choice: str) -> dict[str, int]:
    return dict.fromkeys(approved(choice), 1)


def _first(choice: str) -> dict[str, int]:
    return {ranking(choice)[0]: 1}


_READ: dict[Method, Callable[[str], dict[str, int]]] = {
    Method.YESNO: _one,
    Method.SINGLE: _one,
    Method.APPROVAL: _each,
    Method.BUDGET: _each,
    Method.SCORE: points,
    Method.RANKED: _first,
}
