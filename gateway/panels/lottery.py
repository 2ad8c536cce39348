"""The lottery of a panel, and its check: ONE file that needs nothing but Python, so that anybody can run it anywhere.

    python3 lottery.py panel-3.json [record.jsonl]

It recomputes a published panel from what was fixed beforehand: the numbered list, the seats, and the public randomness
that nobody knew yet. The gateway draws with these very functions; docs/panels.md does the same with a pencil.

The order is drawn as in RFC 3797 with SHA-256 in place of MD5: the i-th step hashes (i, key, i) and takes the hash
modulo the number of people left. People are then seated in that order while their stratum has seats, their household
has room, their quotas are not full, and the seats that are left can still be filled. Everybody else is a reserve, in
the same order. Where quotas could not all be met, the draw is begun anew with the attempt's number in the key.
"""

from __future__ import annotations

import hashlib
import json
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

FORMAT, ALGORITHM = "xiangyin-panel/1", "rfc3797-sha256/1"
# With quotas on single attributes (least and most of each) besides the strata.
QUOTA_FORMAT, QUOTA_ALGORITHM = "xiangyin-panel/2", "rfc3797-sha256/2"
_ALGORITHMS = {FORMAT: ALGORITHM, QUOTA_FORMAT: QUOTA_ALGORITHM}
# A draw that ends with a quota unmet is begun anew; a plan is refused unless a good part of trial draws succeeds.
MOST_ATTEMPTS = 1000
# The step number has 16 bits; the last of them is kept for the seats that are drawn.
LARGEST_POOL = 65_535
_SEATS_STEP = 65_535
SEAT, FULL, QUOTA, HOUSEHOLD, NEEDED = "seat", "full", "quota", "household", "needed"
INVITED, ACCEPTED, DECLINED, SILENT = "invited", "accepted", "declined", "silent"
_GONE = (DECLINED, SILENT)
# Who accepted may still withdraw.
_MAY_FOLLOW = {INVITED: (ACCEPTED, DECLINED, SILENT), ACCEPTED: (DECLINED,)}

# What a drand chain is known by (https://api.drand.sh/<hash>/info); round n appears at genesis + (n - 1) * period.
CHAINS: Mapping[str, Mapping[str, Any]] = {
    "quicknet": {
        "hash": "52db9ba70e0cc0f6eaf7803dd07447a1f5477735fd3f661792ba94600c84e971",
        "public_key": "83cf0f2896adee7eb8b5f01fcad3912212c437e0073e911fb90022d3e760183c8c4b450b6a0a6c3ac6a5776a2d106451"
        "0d1fec758c921cc22b0e17e63aaf4bcb5ed66304de9cf809bd274ca73bab4af5a6e9c76a4bc09e76eae8991ef5ece45a",
        "scheme": "bls-unchained-g1-rfc9380",
        "genesis": 1692803367,
        "period": 3,
    },
    "default": {
        "hash": "8990e7a9aaed2ffed73dbd7092123d6f289930540d7651336225dc172e51b2ce",
        "public_key": "868f005eb8e6e4ca0a47c8a77ceaa5309a47978a7c71bc5c"
        "ce96366b5d7a569937c529eeda66c7293784a9402801af31",
        "scheme": "pedersen-bls-chained",
        "genesis": 1595431050,
        "period": 30,
    },
}


# --- drawing -----------------------------------------------------------------------------------------------------


def key_of(sources: Iterable[Iterable[int]]) -> str:
    """The key string of RFC 3797, section 4: a source's numbers sorted, a dot after each, a slash at its end."""
    return "".join("".join(f"{number}." for number in sorted(source)) + "/" for source in sources)


def step_hash(key: str, step: int, digest: Callable[[bytes], Any] = hashlib.sha256) -> int:
    """The hash of one step as a number: the step's 16 bits stand before and after the key (RFC 3797, section 4)."""
    mark = step.to_bytes(2, "big")
    return int.from_bytes(digest(mark + key.encode() + mark).digest(), "big")


def draw_order(key: str, size: int, digest: Callable[[bytes], Any] = hashlib.sha256) -> list[int]:
    """The numbers 1 to `size` in the order in which the lottery takes them."""
    left = list(range(1, size + 1))
    return [left.pop(step_hash(key, step, digest) % len(left)) for step in range(size)]


def share_seats(people: Sequence[int], seats: int) -> list[int]:
    """Seats by largest remainder (Hamilton); of equal remainders the earlier stratum comes first."""
    whole = sum(people)
    shares = [seats * count // whole for count in people]
    for at in sorted(range(len(people)), key=lambda at: (-(seats * people[at] % whole), at))[: seats - sum(shares)]:
        shares[at] += 1
    return shares


def draw_seats(people: Sequence[int], seats: int, key: str) -> list[int]:
    """Seats whose fractions are drawn, so that each person's chance is the same (systematic sampling).

    The remainders lie one after the other on a line; the marks u, u + N, u + 2N … each give a seat to where they fall.
    """
    whole = sum(people)
    shares = [seats * count // whole for count in people]
    mark, at_end = step_hash(key, _SEATS_STEP) % whole, 0
    for at, count in enumerate(people):
        at_end += seats * count % whole
        if mark < at_end:
            shares[at] += 1
            mark += whole
    return shares


def can_fill(seats: Sequence[int], pool: Iterable[Sequence[Any]], taken: Mapping[int, int], cap: int) -> bool:
    """Whether people of `pool` (rows of number, stratum, household) can fill `seats` with at most `cap` a household."""
    homes: list[Counter[int]] = [Counter() for _ in seats]
    for _, stratum, household, *_ in pool:
        homes[stratum][household] += 1
    if not cap:
        return all(sum(homes[at].values()) >= count for at, count in enumerate(seats))
    room = {home: cap - taken.get(home, 0) for homes_here in homes for home in homes_here}
    free = [sum(room[home] > 0 for home in homes_here) for homes_here in homes]
    # Where every stratum has more free homes than there are seats in all, no choice can spoil another.
    if all(not count or free[at] >= sum(seats) for at, count in enumerate(seats)):
        return True
    return _flow(seats, homes, room) == sum(seats)


def _flow(seats: Sequence[int], homes: Sequence[Mapping[int, int]], room: Mapping[int, int]) -> int:
    """How many of `seats` can be filled: a largest flow from strata to households, by augmenting paths."""
    used: Counter[tuple[int, int]] = Counter()
    filled: Counter[int] = Counter()

    def place(stratum: int, seen: set[int]) -> bool:
        for home, people in homes[stratum].items():
            if home in seen or used[stratum, home] >= people:
                continue
            seen.add(home)
            if filled[home] < room[home]:
                filled[home] += 1
                used[stratum, home] += 1
                return True
            for other in range(len(seats)):
                if used[other, home] and other != stratum and place(other, seen):
                    used[other, home] -= 1
                    used[stratum, home] += 1
                    return True
        return False

    return sum(place(stratum, set()) for stratum, count in enumerate(seats) for _ in range(count))


def seats_of(terms: Mapping[str, Any], key: str) -> list[int]:
    """How many seats each stratum of a commitment has, by its rule: fixed, largest remainder, or remainders drawn."""
    people, rule = [one["people"] for one in terms["strata"]], terms["rule"]
    if rule == "largest":
        return share_seats(people, terms["seats"])
    if rule == "drawn":
        return draw_seats(people, terms["seats"], key)
    return [stratum["seats"] for stratum in terms["strata"]]


def draw(terms: Mapping[str, Any], key: str) -> dict[str, Any]:
    """Draw the panel of a commitment: its seats by stratum, and everybody in order with what became of them.

    With quotas, the second attempt and those after it add their number to the key (`2./`); ValueError after the last.
    """
    if not terms.get("quotas"):
        return draw_once(terms, key)
    for attempt in range(1, MOST_ATTEMPTS + 1):
        drawn = draw_once(terms, key if attempt == 1 else f"{key}{attempt}./")
        if is_complete(terms, drawn):
            return drawn | {"attempt": attempt}
    raise ValueError("no attempt met the quotas")


def draw_once(terms: Mapping[str, Any], key: str) -> dict[str, Any]:
    """One attempt: seats in the drawn order, as far as they can be given."""
    pool, cap, quotas = terms["pool"], terms["household_cap"], terms.get("quotas", [])
    seats = seats_of(terms, key)
    left, taken = list(seats), Counter[int]()
    held, coming = Counter[int](), Counter(at for row in pool for at in quotas_of(row))
    order = draw_order(key, len(pool))
    verdicts = []
    for place, number in enumerate(order):
        person = pool[number - 1]
        stratum, household, mine = person[1], person[2], quotas_of(person)
        coming.subtract(mine)
        verdict = SEAT
        if not left[stratum]:
            verdict = FULL
        elif any(held[at] >= quotas[at]["most"] for at in mine):
            verdict = QUOTA
        elif cap and taken[household] >= cap:
            verdict = HOUSEHOLD
        elif not _leaves_least(quotas, held + Counter(mine), sum(left) - 1, coming) or (
            cap and not _leaves_enough(left, taken, (pool[one - 1] for one in order[place + 1 :]), person, cap)
        ):
            verdict = NEEDED
        if verdict == SEAT:
            left[stratum] -= 1
            held.update(mine)
            taken[household] += 1
        verdicts.append([number, verdict])
    return {"key": key, "seats": seats, "order": verdicts}


def _leaves_enough(
    left: Sequence[int], taken: Mapping[int, int], later: Iterable[Sequence[Any]], person: Sequence[Any], cap: int
) -> bool:
    after = [count - (at == person[1]) for at, count in enumerate(left)]
    return can_fill(after, later, Counter(taken) + Counter([person[2]]), cap)


def quotas_of(row: Sequence[Any]) -> Sequence[int]:
    """The quotas for which a person of the pool counts, by their places in the list of quotas."""
    return row[4] if len(row) > 4 else ()  # noqa: PLR2004  # what stands after number, stratum, household and seal


def is_complete(terms: Mapping[str, Any], drawn: Mapping[str, Any]) -> bool:
    """Whether an attempt gave every seat and met the least of every quota."""
    seated = [number for number, verdict in drawn["order"] if verdict == SEAT]
    held = Counter(at for number in seated for at in quotas_of(terms["pool"][number - 1]))
    return len(seated) == sum(drawn["seats"]) and all(held[at] >= q["least"] for at, q in enumerate(terms["quotas"]))


def _leaves_least(
    quotas: Sequence[Mapping[str, Any]], held: Mapping[int, int], empty: int, coming: Mapping[int, int]
) -> bool:
    """Whether what is lacking to the least of each quota is still to come, and fits into the seats that are empty."""
    lacking = Counter[str]()
    for at, quota in enumerate(quotas):
        lack = quota["least"] - held.get(at, 0)
        if lack > coming.get(at, 0) and lack > 0:
            return False
        lacking[quota["attribute"]] += max(lack, 0)
    return all(count <= empty for count in lacking.values())


def next_reserve(
    terms: Mapping[str, Any], order: Sequence[Sequence[Any]], states: Mapping[int, str], stratum: int
) -> int:
    """Whom to ask next for `stratum`: the first in order not asked yet whose household has room and with whom the
    quotas hold; 0 for nobody.
    """
    pool, cap, quotas = terms["pool"], terms["household_cap"], terms.get("quotas", [])
    seated = [pool[number - 1] for number, state in states.items() if state in (INVITED, ACCEPTED)]
    homes, held = Counter(row[2] for row in seated), Counter(at for row in seated for at in quotas_of(row))
    coming = Counter(at for row in pool if row[0] not in states for at in quotas_of(row))
    for number, _ in order:
        person = pool[number - 1]
        if number in states or person[1] != stratum or (cap and homes[person[2]] >= cap):
            continue
        after = held + Counter(quotas_of(person))
        holds = all(after[at] <= quotas[at]["most"] for at in quotas_of(person))
        if not quotas or (holds and _leaves_least(quotas, after, terms["seats"] - len(seated) - 1, coming)):
            return int(number)
    return 0


def key_for(terms: Mapping[str, Any], randomness: Mapping[str, Any]) -> str:
    """The key string: the public numbers as sources, and the panel's number as the last one.

    A drand round gives one number, its 32 random bytes; a lottery gives its groups of numbers (`1 5 9 / 3`).
    """
    if terms["source"]["kind"] == "drand":
        sources = [[int(randomness["response"]["randomness"], 16)]]
    else:
        sources = [[int(number) for number in group.split()] for group in randomness["digits"].split("/")]
    return key_of([*sources, [terms["panel"]]])


# --- checking ----------------------------------------------------------------------------------------------------


def canonical(value: Any) -> bytes:
    """The bytes that are hashed: JSON with sorted keys and nothing that is not needed (RFC 8785)."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def sha256(value: Any) -> str:
    """The hash of a JSON value, in hexadecimal."""
    return hashlib.sha256(canonical(value)).hexdigest()


def _entry_holds(entry: Mapping[str, Any]) -> bool:
    """Whether an entry of the public record has the leaf hash that stands with it (RFC 6962: a zero byte before it)."""
    fields = {name: entry[name] for name in ("seq", "kind", "subject", "data", "at")}
    return bool(hashlib.sha256(b"\x00" + canonical(fields)).hexdigest() == entry["leaf_hash"])


def _moment(text: str) -> datetime:
    return datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)


def round_time(chain: Mapping[str, Any], number: int) -> datetime:
    """When a round of a drand chain appears."""
    return datetime.fromtimestamp(chain["genesis"] + (number - 1) * chain["period"], UTC)


def _commitment(file: Mapping[str, Any]) -> bool:
    """The list, the seats and the source are those whose hash went into the public record."""
    terms, entry = file["commitment"], file["committed"]
    data = entry["data"]
    said = (data["sha256"], data["pool"], data["seats"], data["algorithm"], data["source"])
    is_so = (sha256(terms), len(terms["pool"]), terms["seats"], terms["algorithm"], terms["source"])
    named = entry["kind"] == "panel.committed" and entry["subject"] == f"panel:{terms['panel']}"
    known = _ALGORITHMS[file["format"]] == terms["algorithm"]
    versioned = ("quotas" in terms) == (terms["algorithm"] == QUOTA_ALGORITHM)
    return known and versioned and named and said == is_so and _entry_holds(entry)


def _list(file: Mapping[str, Any]) -> bool:
    """The list is numbered without gaps, and its strata have as many people and seats as it says."""
    terms = file["commitment"]
    people = Counter(row[1] for row in terms["pool"])
    strata = terms["strata"]
    numbered = [row[0] for row in terms["pool"]] == list(range(1, len(terms["pool"]) + 1))
    counted = all(people[at] == stratum["people"] for at, stratum in enumerate(strata)) and max(people) < len(strata)
    return numbered and counted and [one["seats"] for one in strata] == _sure_seats(terms) and _quotas_counted(terms)


def _quotas_counted(terms: Mapping[str, Any]) -> bool:
    """Every quota has as many people as it says, and nobody counts for two values of one attribute."""
    quotas = terms.get("quotas", [])
    people = Counter(at for row in terms["pool"] for at in quotas_of(row))
    each = [[quotas[at]["attribute"] for at in quotas_of(row)] for row in terms["pool"]]
    single = all(len(set(names)) == len(names) for names in each) and min(people, default=0) >= 0
    return single and all(people[at] == q["people"] and q["least"] <= q["most"] for at, q in enumerate(quotas))


def _sure_seats(terms: Mapping[str, Any]) -> list[int]:
    """The seats that each stratum has whatever is drawn, as the rule gives them."""
    people, seats = [stratum["people"] for stratum in terms["strata"]], terms["seats"]
    if terms["rule"] == "largest":
        return share_seats(people, seats)
    if terms["rule"] == "drawn":
        return [seats * count // sum(people) for count in people]
    fixed = [stratum["seats"] for stratum in terms["strata"]]
    return fixed if terms["rule"] == "fixed" and sum(fixed) == seats else []


def _notice(file: Mapping[str, Any]) -> bool:
    """The commitment was in the record long enough before the randomness existed."""
    terms = file["commitment"]
    source = terms["source"]
    if source["kind"] == "drand":
        chain = CHAINS[source["chain"]]
        appears = f"{round_time(chain, source['round']):%Y-%m-%dT%H:%M:%SZ}"
        if (source["chain_hash"], source["at"]) != (chain["hash"], appears):
            return False
    notice = timedelta(minutes=terms["notice_minutes"])
    return _moment(file["committed"]["at"]) + notice <= _moment(source["at"]) <= _moment(file["drawn"]["at"])


def _randomness(file: Mapping[str, Any]) -> bool:
    """The randomness is of the source that was announced: for drand the right round, and the hash of its signature."""
    source, randomness = file["commitment"]["source"], file["randomness"]
    if source["kind"] != "drand":
        said = randomness["digits"]
        return bool(said.replace("/", " ").split()) and file["drawn"]["data"]["digits"] == said
    response = randomness["response"]
    signed = hashlib.sha256(bytes.fromhex(response["signature"])).hexdigest()
    same = file["drawn"]["data"]["randomness"] == response["randomness"]
    return bool(same and response["round"] == source["round"] and response["randomness"] == signed)


def _signature(file: Mapping[str, Any]) -> bool | None:
    """drand's own signature (BLS12-381); None where this machine has no library for it."""
    source = file["commitment"]["source"]
    return True if source["kind"] != "drand" else check_signature(source["chain"], file["randomness"]["response"])


def _draw(file: Mapping[str, Any]) -> bool:
    """Drawing again gives the same key, seats and order, and the record holds the hash of this outcome."""
    again = draw(file["commitment"], key_for(file["commitment"], file["randomness"]))
    entry = file["drawn"]
    named = entry["kind"] == "panel.drawn" and entry["subject"] == f"panel:{file['commitment']['panel']}"
    return again == file["result"] and named and entry["data"]["sha256"] == sha256(again) and _entry_holds(entry)


def _invitations(file: Mapping[str, Any]) -> bool:
    """Those with a seat were asked first; whoever declined or kept silent was followed by the next of their stratum."""
    terms, order = file["commitment"], file["result"]["order"]
    states: dict[int, str] = {}
    waiting = [number for number, verdict in order if verdict == SEAT]
    for entry in file["log"]:
        number, event = entry["data"]["lot"], entry["kind"].removeprefix("panel.")
        if not _entry_holds(entry) or entry["subject"] != f"panel:{terms['panel']}":
            return False
        if event == INVITED:
            if number not in waiting:
                return False
            waiting.remove(number)
        elif event not in _MAY_FOLLOW.get(states.get(number, ""), ()):
            return False
        states[number] = event
        if event in _GONE:
            # Those already called up count as seated, for they are asked in the same breath.
            called = states | dict.fromkeys(waiting, INVITED)
            waiting += [found for found in [next_reserve(terms, order, called, terms["pool"][number - 1][1])] if found]
    return bool(file["members"] == sorted(number for number, state in states.items() if state == ACCEPTED))


CHECKS: Mapping[str, Callable[[Mapping[str, Any]], bool | None]] = {
    "commitment": _commitment,
    "list": _list,
    "notice": _notice,
    "randomness": _randomness,
    "signature": _signature,
    "draw": _draw,
    "invitations": _invitations,
}


def in_record(file: Mapping[str, Any], record: Iterable[str]) -> bool:
    """The public record (its export, a line an entry) has exactly these entries about the panel, none left out."""
    subject = f"panel:{file['commitment']['panel']}"
    about = [entry["leaf_hash"] for entry in map(json.loads, record) if entry.get("subject") == subject]
    return about == [entry["leaf_hash"] for entry in (file["committed"], file["drawn"], *file["log"])]


def verify(file: Any, record: Iterable[str] | None = None) -> dict[str, bool | None]:
    """Every check by name: True holds, False does not (or cannot be read), None could not be made on this machine.

    `record` is the export of the public record, if one has it: only that shows that no entry was left out.
    """
    checks = dict(CHECKS)
    if record is not None:
        lines = list(record)
        checks["record"] = lambda one: in_record(one, lines)
    found: dict[str, bool | None] = {}
    for name, check in checks.items():
        try:
            found[name] = check(file)
        except (KeyError, IndexError, TypeError, ValueError, AttributeError, OverflowError, ZeroDivisionError):
            found[name] = False
    return found


# --- drand's signature -------------------------------------------------------------------------------------------

_G1 = "97f1d3a73197d7942695638c4fa9ac0fc3688c4f9774b905a14e3a3f171bac586c55e83ff97a1aeffb3af00adb22c6bb"
_G2 = (
    "93e02b6052719f607dacd3a088274f65596bd0d09920b61ab5da61bbdc7f5049334cf11213945d57e5ac7d055d042b7e"
    "024aa2b2f08f0a91260805272dc51051c6e47ad4fa403b02b4510b647ae3d1770bac0326a805bbefd48056c8c121bdb8"
)
_SUITE = "BLS_SIG_BLS12381{}_XMD:SHA-256_SSWU_RO_NUL_"


def check_signature(chain_name: str, response: Mapping[str, Any]) -> bool | None:
    """Whether the chain's key signed this round (e(S, g) = e(H(m), P)); None without the package pyblst.

    The chained scheme signs the previous signature and the round, in G2; the unchained one the round alone, in G1.
    """
    try:
        import pyblst  # noqa: PLC0415  # the one check that needs more than Python; the others must run without
    except ImportError:
        return None
    chain = CHAINS[chain_name]
    first, second = pyblst.BlstP1Element(), pyblst.BlstP2Element()
    number = int(response["round"]).to_bytes(8, "big")
    signature, public = bytes.fromhex(response["signature"]), bytes.fromhex(chain["public_key"])
    if chain["scheme"] == "pedersen-bls-chained":
        message = hashlib.sha256(bytes.fromhex(response["previous_signature"]) + number).digest()
        signed = pyblst.miller_loop(first.uncompress(bytes.fromhex(_G1)), second.uncompress(signature))
        hashed = second.hash_to_group(message, _SUITE.format("G2").encode())
        return bool(pyblst.final_verify(signed, pyblst.miller_loop(first.uncompress(public), hashed)))
    message = hashlib.sha256(number).digest()
    signed = pyblst.miller_loop(first.uncompress(signature), second.uncompress(bytes.fromhex(_G2)))
    hashed = first.hash_to_group(message, _SUITE.format("G1").encode())
    return bool(pyblst.final_verify(signed, pyblst.miller_loop(hashed, second.uncompress(public))))


def main(arguments: Sequence[str]) -> int:
    """Check the file named on the command line; 0 when everything holds, 1 when not, 2 when there is no such file."""
    if len(arguments) not in (2, 3):
        sys.stderr.write("usage: python3 lottery.py FILE [RECORD]\n")
        return 2
    try:
        texts = [Path(name).read_text(encoding="utf-8") for name in arguments[1:]]
        file = json.loads(texts[0])
    except (OSError, ValueError) as error:
        sys.stderr.write(f"cannot read: {error}\n")
        return 2
    found = verify(file, texts[1].splitlines() if texts[1:] else None)
    for name, holds in found.items():
        word = {True: "holds", False: "DOES NOT HOLD", None: "not checked here"}[holds]
        what = (CHECKS.get(name, in_record).__doc__ or "").strip().splitlines()[0]
        sys.stdout.write(f"{name:12} {word:16} {what}\n")
    sys.stdout.write("".join(f"{line}\n" for line in _where_to_look(file)))
    return int(False in found.values())


def _where_to_look(file: Any) -> list[str]:
    """What to compare elsewhere, because no file can prove it of itself."""
    try:
        source, entry = file["commitment"]["source"], file["committed"]
        lines = [f"Compare with the public record: entry {entry['seq']} has the leaf hash {entry['leaf_hash']}."]
        if source["kind"] == "drand":
            lines.append(f"Compare with drand: https://api.drand.sh/{source['chain_hash']}/public/{source['round']}")
    except (KeyError, TypeError):
        return []
    return lines


if __name__ == "__main__":
    sys.exit(main(sys.argv))
