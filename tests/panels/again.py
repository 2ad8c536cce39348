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


def redraw_with_quotas(terms: dict, key: str) -> list[int]:
    """Those with a seat, in the drawn order; begun anew until the least of every quota is met."""
    found, attempt = attempt_with_quotas(terms, key), 1
    while found is None:
        attempt += 1
        found = attempt_with_quotas(terms, key + str(attempt) + "./")
    return found


def attempt_with_quotas(terms: dict, key: str) -> list[int] | None:
    rows, quotas = terms["pool"], terms["quotas"]
    people = [(row[1], row[2]) for row in rows]
    counts = [sum(1 for s, _ in people if s == at) for at in range(len(terms["strata"]))]
    left = shares(counts, terms["seats"], terms["rule"], key)
    remaining, order = list(range(len(rows))), []
    for step in range(len(rows)):
        order.append(remaining.pop(hashed(key, step) % len(remaining)))
    cap = terms["household_cap"] or len(rows)
    room = {home: cap for _, home in people}
    seated: list[int] = []
    for place, person in enumerate(order):
        stratum, home = people[person]
        if not left[stratum] or not room[home]:
            continue
        with_them, rest = [*seated, person], order[place + 1 :]
        after = [n - (s == stratum) for s, n in enumerate(left)]
        if any(sum(at in rows[p][4] for p in with_them) > q["most"] for at, q in enumerate(quotas)):
            continue
        lacking = [max(0, q["least"] - sum(at in rows[p][4] for p in with_them)) for at, q in enumerate(quotas)]
        if any(lack > sum(at in rows[p][4] for p in rest) for at, lack in enumerate(lacking) if lack):
            continue
        names = {q["attribute"] for q in quotas}
        if any(
            sum(n for n, q in zip(lacking, quotas, strict=True) if q["attribute"] == name) > sum(after)
            for name in names
        ):
            continue
        if terms["household_cap"] and not fillable(after, [people[p] for p in rest], room | {home: room[home] - 1}):
            continue
        left, room, seated = after, room | {home: room[home] - 1}, with_them
    held = [sum(at in rows[p][4] for p in seated) for at in range(len(quotas))]
    whole = len(seated) == terms["seats"] and all(held[at] >= q["least"] for at, q in enumerate(quotas))
    return [person + 1 for person in seated] if whole else None
