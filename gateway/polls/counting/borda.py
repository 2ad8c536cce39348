"""Borda: points by rank. The first has as many points as a ballot may name options, each next one fewer, others none.

Source: J.-C. de Borda, "Mémoire sur les élections au scrutin", Histoire de l'Académie Royale des Sciences, 1781;
options not ranked get no points (the "pessimistic" form for partial ballots: Baumeister et al., "Campaigns for lazy
voters", AAMAS 2012). With three ranks this is the 3-2-1 of Kraków's participatory budget.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence


def borda(ballots: Mapping[tuple[str, ...], int], options: Sequence[str], most: int) -> dict[str, int]:
    """Points by option; `most`: how many options a ballot may name."""
    points = dict.fromkeys(options, 0)
    for ranking, many in ballots.items():
        for rank, option in enumerate(ranking):
            points[option] += (most - rank) * many
    return points
