"""Small cells: no number that was withheld from a breakdown can be worked out from what was published.

The check knows nothing of the rule: for every withheld number it looks for another table that agrees with everything
published (totals, ballots of each group, the groups shown) and has another number there.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence

import pytest

from gateway.polls.counting.cells import is_small, withheld_groups

Table = list[list[int]]


def random_table(rng: random.Random) -> Table:
    """Votes by group and choice: often few people, often nearly or quite unanimous."""
    table = []
    for _ in range(rng.randint(2, 6)):
        people = rng.choice([rng.randint(0, 4), rng.randint(3, 12), rng.randint(10, 300)])
        leaning = rng.choice([(1, 0, 0), (0, 1, 0), (20, 1, 1), (5, 4, 1), (1, 1, 1), (3, 2, 0)])
        votes = rng.choices(range(3), leaning, k=people)
        table.append([votes.count(choice) for choice in range(3)])
    return table


def withheld(table: Table) -> frozenset[int]:
    return withheld_groups([(sum(row), row) for row in table])


def values_of(table: Table, rows: Sequence[int], row: int, choice: int) -> set[int]:
    """Two values that the cell can have if it can have two: the true one, and one of a table that agrees with it all.

    Tables with the same sums differ by moves around a cycle of cells, +1 and -1 in turn; the cycles through this cell
    are searched to their end.
    """
    found = {table[row][choice]}
    for step in (1, -1):
        if _cycle(table, rows, [(row, choice)], step):
            found.add(table[row][choice] + step)
    return found


def _cycle(table: Table, rows: Sequence[int], path: list[tuple[int, int]], step: int) -> bool:
    """Whether `path` (begun at the cell, along a row and a column in turn) can be closed with no number below 0."""
    row, choice = path[-1]
    sign = step if len(path) % 2 else -step
    if sign < 0 and table[row][choice] == 0:
        return False
    if len(path) % 2:
        steps = [(row, other) for other in range(3) if other != choice]
    else:
        if choice == path[0][1] and row != path[0][0]:
            # The last column is the first one's: back to the beginning along it.
            return True
        steps = [(other, choice) for other in rows if other != row]
    return any(_cycle(table, rows, [*path, one], step) for one in steps if one not in path and len(path) < 8)


def is_told_by_totals(table: Table) -> bool:
    """Whether the totals alone say it all: everybody voted alike, or only one group voted."""
    totals = [sum(row[choice] for row in table) for choice in range(3)]
    return sum(totals) in totals or sum(1 for row in table if sum(row)) < 2


def open_columns(table: Table) -> list[int]:
    """The choices that anybody made at all; that nobody made the others, the totals say."""
    return [choice for choice in range(3) if any(row[choice] for row in table)]


def computable(table: Table, hidden: frozenset[int]) -> list[tuple[int, int]]:
    """The withheld cells of which there is but one possible value."""
    rows = [row for row in sorted(hidden) if sum(table[row])]
    return [
        (row, choice)
        for row in rows
        for choice in open_columns(table)
        if len(values_of(table, rows, row, choice)) < 2
    ]  # fmt: skip


def test_no_withheld_cell_of_a_thousand_tables_can_be_computed(figure: Callable[[str], None]) -> None:
    rng = random.Random(20261125)
    checked, cells, naive = 0, 0, 0
    while checked < 1000:
        table = random_table(rng)
        hidden = withheld(table)
        if is_told_by_totals(table) or not hidden:
            continue
        checked += 1
        cells += sum(1 for row in hidden for _ in open_columns(table) if sum(table[row]))
        assert computable(table, hidden) == [], (table, hidden)
        primary = frozenset(row for row in hidden if sum(table[row]) < 5 or max(table[row]) == sum(table[row]))
        naive += bool(computable(table, primary))
    figure(
        f"small cells: of {cells} withheld numbers in {checked} random breakdowns 0 can be computed "
        f"(withholding the small groups alone: {naive} of {checked} breakdowns give one away)"
    )
    assert naive > 100


def test_shown_groups_are_neither_small_nor_unanimous() -> None:
    rng = random.Random(7)
    for _ in range(1000):
        table = random_table(rng)
        hidden = withheld(table)
        for at, row in enumerate(table):
            assert at in hidden or not sum(row) or (sum(row) >= 5 and max(row) < sum(row))


@pytest.mark.parametrize(
    ("table", "hidden"),
    [
        ([[20, 10, 1], [30, 20, 2]], set()),
        ([[20, 10, 1], [2, 2, 0]], {0, 1}),
        ([[20, 10, 1], [30, 20, 2], [3, 0, 0]], {0, 2}),
        ([[20, 10, 1], [30, 20, 2], [25, 0, 0]], {0, 2}),
        ([[20, 10, 1], [0, 0, 0]], set()),
        # Two unanimous groups that agree do not cover each other; the third must help.
        ([[9, 0, 0], [8, 0, 0], [30, 20, 2]], {0, 1, 2}),
        ([[9, 0, 0], [0, 8, 0], [30, 20, 2]], {0, 1, 2}),
    ],
)
def test_withheld_are_the_small_the_unanimous_and_their_cover(table: Table, hidden: set[int]) -> None:
    assert withheld(table) == hidden


def test_fewer_than_ten_ballots_are_few() -> None:
    assert (is_small(9), is_small(10)) == (True, False)
