"""Duels: every option against every other. Who wins all is the Condorcet winner; Schulze's method always finds one.

Source: M. Schulze, "A new monotonic, clone-independent, reversal symmetric, and Condorcet-consistent single-winner
election method", Social Choice and Welfare 36 (2011); a duel is as strong as its winning votes, as in Debian's
constitution A.6.
Options that a ballot does not rank are below the ranked ones and equal to each other.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

Duels = dict[tuple[str, str], int]


def duels(ballots: Mapping[tuple[str, ...], int], options: Sequence[str]) -> Duels:
    """For each ordered pair (a, b) the ballots that prefer a to b."""
    won: Duels = {(a, b): 0 for a in options for b in options if a != b}
    for ranking, many in ballots.items():
        below = set(options)
        for option in ranking:
            below.discard(option)
            for other in below:
                won[option, other] += many
    return won


def condorcet_winner(won: Duels, options: Sequence[str]) -> str | None:
    """The option that wins every duel, if there is one."""
    return next((a for a in options if all(won[a, b] > won[b, a] for b in options if b != a)), None)


def schulze_winners(won: Duels, options: Sequence[str]) -> tuple[str, ...]:
    """All options that no other beats by its strongest path; several of them are a tie."""
    path = {pair: votes if votes > won[pair[1], pair[0]] else 0 for pair, votes in won.items()}
    for middle in options:
        for a in options:
            if a == middle:
                continue
            first = path[a, middle]
            for b in options:
                if b not in (a, middle):
                    path[a, b] = max(path[a, b], min(first, path[middle, b]))
    return tuple(a for a in options if all(path[a, b] >= path[b, a] for b in options if b != a))
