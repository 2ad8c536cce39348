"""Instant run-off (the alternative vote): the weakest option goes out, its ballots pass on, until one has the majority.

Source: Robert's Rules of Order Newly Revised (12th ed., 2020) §45:62-69, "preferential voting"; the same count as in
Australian and Californian elections (California Elections Code; San Francisco Charter §13.102). A ballot that names no
option still in the race is exhausted and does not count for the majority of that round.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from gateway.polls.counting.ties import Breaker

Rankings = Mapping[tuple[str, ...], int]


def instant_runoff(
    ballots: Rankings, options: Sequence[str], breaker: Breaker
) -> tuple[frozenset[str], list[dict[str, int]]]:
    """The winner (none without a ballot) and the votes of each round, for options still in the race.

    Options tied for the last place go out together where their votes together are fewer than the next one's: then their
    order cannot matter. Otherwise the tie is broken: the one that goes first stays, in turn.
    """
    racing = list(options)
    rounds: list[dict[str, int]] = []
    while True:
        votes = first_choices(ballots, racing)
        rounds.append(votes)
        standing = sum(votes.values())
        if standing == 0:
            return frozenset(), rounds
        leader = max(racing, key=votes.__getitem__)
        if 2 * votes[leader] > standing:
            return frozenset([leader]), rounds
        racing = _without_last(racing, votes, breaker)


def first_choices(ballots: Rankings, racing: Sequence[str]) -> dict[str, int]:
    """For each option in the race the ballots on which it comes first among those."""
    votes = dict.fromkeys(racing, 0)
    for ranking, many in ballots.items():
        best = next((option for option in ranking if option in votes), None)
        if best is not None:
            votes[best] += many
    return votes


def _without_last(racing: list[str], votes: Mapping[str, int], breaker: Breaker) -> list[str]:
    fewest = min(votes.values())
    last = [option for option in racing if votes[option] == fewest]
    others = [votes[option] for option in racing if votes[option] > fewest]
    if others and fewest * len(last) < min(others):
        return [option for option in racing if option not in last]
    out = last
    while len(out) > 1:
        stays = breaker(out, decided=(), still_open=racing)
        out = [option for option in out if option != stays]
    return [option for option in racing if option not in out]
