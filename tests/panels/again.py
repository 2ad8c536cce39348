"""The lottery once more, written apart from the product's: other loops, another test of what can be filled."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256
from itertools import combinations


def hashed(key: str, step: int) -> int:
    mark = bytes([step >> 8, step & 255])
    return int(sha256(mark + bytes(key, "ascii") + mark).hexdigest(), 16)


def shares(people: Sequence[int], seats: int, rule: str, key: str) -> list[int]:
    whole = sum(people)
    if rule == "largest":
        exact = [(seats * n) / whole for n in people]
        found = [int(e + 1e-9) for e in exact]
        while sum(found) < seats:
            found[max(range(len(people)), key=lambda i: (round(exact[i] - found[i], 9), -i))] += 1
        return found
    # Systematic sampling, said differently: how many marks lie below the end of each stratum's stretch.
    mark = hashed(key, 65535) % whole
    found, end = [], 0
    for n in people:
        start, end = end, end + seats * n % whole
        hits = sum(1 for k in range(seats + 1) if start <= mark + k * whole < end)
        found.append(seats * n // whole + hits)
    return found


def fillable(left: Sequence[int], rest: Sequence[tuple[int, int]], room: dict[int, int]) -> bool:
    """Every set of strata must find places enough in its households (the cut condition of a flow)."""
    wanted = [s for s in range(len(left)) if left[s]]
    for size in range(1, len(wanted) + 1):
        for chosen in combinations(wanted, size):
            homes: dict[int, int] = {}
            for stratum, home in rest:
                if stratum in chosen:
                    homes[home] = homes.get(home, 0) + 1
            if sum(left[s] for s in chosen) > sum(min(room[h], n) for h, n in homes.items()):
                return False
    return True


def redraw(terms: dict, key: str) -> tuple[list[int], list[int], list[int]]:
    """Seats by stratum, the order, and those with a seat in that order."""
    people = [(row[1], row[2]) for row in terms["pool"]]
    counts = [sum(1 for s, _ in people if s == at) for at in range(len(terms["strata"]))]
    seats = (
        [one["seats"] for one in terms["strata"]]
        if terms["rule"] == "fixed"
        else shares(counts, terms["seats"], terms["rule"], key)
    )
    remaining, order = list(range(len(people))), []
    for step in range(len(people)):
        order.append(remaining[hashed(key, step) % len(remaining)])
        remaining = [one for one in remaining if one != order[-1]]
    cap = terms["household_cap"] or len(people)
    room = {home: cap for _, home in people}
    left, seated = list(seats), []
    for place, person in enumerate(order):
        stratum, home = people[person]
        if left[stratum] == 0 or room[home] == 0:
            continue
        after = [n - (s == stratum) for s, n in enumerate(left)]
        rest = [people[other] for other in order[place + 1 :]]
        if fillable(after, rest, room | {home: room[home] - 1}):
            left, room = after, room | {home: room[home] - 1}
            seated.append(person + 1)
    return seats, [one + 1 for one in order], seated
