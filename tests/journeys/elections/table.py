"""The one table of `make elections`: a row for each election, however it was cast, on each database."""

from __future__ import annotations


def row(kind: str, title: str, ballots: int, texted: int, database: str, outcome: str) -> str:
    """A row for the `figure` fixture, which prints all of them sorted: its kind, how many ballots it had, how many of them
    were texted (or keyed) one by one on which database, and what it was held against.
    """
    return f"election: {kind:12} {title[:46]:46} {ballots:8,} {texted:8,}  {database:10}  {outcome}"
