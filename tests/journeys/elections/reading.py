"""Real elections from the files of shared data, each as the terms of a poll, ballots by choice, and what was published."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Any

from gateway.polls.model import ABSTAIN, Counting, Method, Threshold, ThresholdBase, TieRule

MOST = Threshold(ThresholdBase.PARTICIPANTS, Fraction(0))
GREEDY = {"greedy-no-skip": Counting.GREEDY_STOP, "equalshares/add1": Counting.EQUAL_SHARES}
_HEADING = re.compile(r"# ALTERNATIVE NAME (\d+): (.*)")


@dataclass(frozen=True)
class Election:
    """One election. `published`: what was published or recomputed elsewhere, by the name of what it is.

    `votes`: votes or points by option; `winners`: who won or what was funded; `rounds`: of an instant run-off.
    """

    kind: str
    title: str
    terms: dict[str, Any]
    options: tuple[str, ...]
    ballots: Counter[str]
    published: dict[str, Any] = field(default_factory=dict)
    note: str = ""


def ranked(folder: Path) -> Iterator[Election]:
    """The 20 ranked elections; a ballot is followed to its first tied rank, as a scanner would."""
    outcomes = json.loads((folder / "outcomes.json").read_text(encoding="utf-8"))
    for name, known in outcomes.items():
        lines = (folder / name).read_text(encoding="utf-8").splitlines()
        options = {found[1]: found[2].strip() for line in lines if (found := _HEADING.match(line))}
        number = {title: code for code, title in options.items()}
        ballots: Counter[str] = Counter()
        for line in lines:
            if not line.startswith("#") and line.strip():
                many, ranking = line.split(":", 1)
                ballots[_ranking(ranking)] += int(many)
        schulze = known["rule"] == "schulze"
        published: dict[str, Any] = {"condorcet": sorted(number[title] for title in known["condorcet_winner"])}
        if known["seats"] == 1:
            published["winners"] = {number[title] for title in known["published_winner"]}
        if known.get("recount_rounds") and not known.get("ballots_with_tied_rank"):
            published["rounds"] = [
                {number[title]: votes for title, votes in one.items()} for one in known["recount_rounds"]
            ]
        terms = {"method": Method.RANKED, "threshold": MOST, "tie_rule": TieRule.ORDER,
                 "counting": Counting.SCHULZE if schulze else Counting.IRV}  # fmt: skip
        note = "" if known["seats"] == 1 else f"{known['seats']} seats: first ranks and Condorcet winner"
        yield Election("ranked", known["title"], terms, tuple(options.values()), ballots, published, note)


def _ranking(text: str) -> str:
    kept: list[str] = []
    for part in re.findall(r"\{[^}]*\}|[^,]+", text.strip()):
        if part.startswith("{"):
            break
        kept.append(part.strip())
    return ">".join(kept) or ABSTAIN


def approval(folder: Path) -> Iterator[Election]:
    """The three approval elections; a blank ballot is an abstention."""
    for name, known in json.loads((folder / "counts.json").read_text(encoding="utf-8")).items():
        lines = (folder / name).read_text(encoding="utf-8").splitlines()
        options = {found[1]: found[2].strip() for line in lines if (found := _HEADING.match(line))}
        ballots: Counter[str] = Counter()
        for line in lines:
            if not line.startswith("#") and line.strip():
                many, said = line.split(":", 1)
                first = re.findall(r"\{[^}]*\}|[^,]+", said.strip())[0].strip("{} ")
                named = sorted(int(part) for part in first.split(",") if part.strip())
                ballots[",".join(map(str, named)) or ABSTAIN] += int(many)
        number = {title: code for code, title in options.items()}
        published = {
            "votes": {number[title]: votes for title, votes in known["approvals"].items()},
            "abstain": known["blank_ballots"],
        }
        terms = {"method": Method.APPROVAL, "threshold": MOST, "tie_rule": TieRule.ORDER}
        yield Election("approval", known["title"], terms, tuple(options.values()), ballots, published)


def budgets(folder: Path) -> Iterator[Election]:
    """The 31 participatory budgets, whose money is in whole units."""
    for name, known in json.loads((folder / "outcomes.json").read_text(encoding="utf-8")).items():
        projects, votes, meta = _pabulib(folder / name)
        number = {project["project_id"]: str(at) for at, project in enumerate(projects, start=1)}
        kind = known["vote_type"]
        ballots: Counter[str] = Counter(_budget_choice(vote, kind, number) for vote in votes)
        method = {"cumulative": Method.SCORE, "ordinal": Method.RANKED}.get(kind, Method.BUDGET)
        terms: dict[str, Any] = {
            "method": method,
            "threshold": MOST,
            "tie_rule": TieRule.ORDER,
            "counting": GREEDY.get(known["rule"], Counting.GREEDY),
            "budget": int(float(meta["budget"])),
            "costs": tuple(int(float(project["cost"])) for project in projects),
            "least_votes": int(known["threshold"]) if known["threshold"] else None,
            "max_choices": {"choose-1": 1, "ordinal": 3}.get(kind),
        }
        if method is Method.SCORE:
            terms["score_max"] = int(meta["max_sum_points"])
        counted = known["published_score"] or known["published_votes"]
        published: dict[str, Any] = {"points" if kind == "ordinal" else "votes": {
            number[project]: int(float(many)) for project, many in counted.items()
        }}  # fmt: skip
        if known["published_selected"] is not None:
            published["winners"] = {number[project] for project in known["published_selected"]}
        title = name.removesuffix(".pb").replace("_", " ")
        names = tuple(f"{at} {project.get('name', '')[:50]}" for at, project in enumerate(projects, start=1))
        yield Election(
            "budget", title, terms, names, ballots, published, "" if "winners" in published else "votes only"
        )


def _pabulib(path: Path) -> tuple[list[dict[str, str]], list[dict[str, str]], dict[str, str]]:
    lines = path.read_text(encoding="utf-8-sig").splitlines()
    first, second = lines.index("PROJECTS"), lines.index("VOTES")
    meta = dict(line.split(";", 1) for line in lines[2:first])
    head, other = lines[first + 1].split(";"), lines[second + 1].split(";")
    projects = [dict(zip(head, line.split(";"), strict=False)) for line in lines[first + 2 : second]]
    votes = [dict(zip(other, line.split(";"), strict=False)) for line in lines[second + 2 :]]
    return projects, votes, meta


def _budget_choice(vote: dict[str, str], kind: str, number: dict[str, str]) -> str:
    named = [number[project] for project in vote["vote"].split(",") if project]
    if not named:
        return ABSTAIN
    if kind == "ordinal":
        return ">".join(named)
    if kind == "cumulative":
        given = zip(named, vote["points"].split(","), strict=True)
        return ",".join(f"{option}={points}" for option, points in sorted(given, key=lambda pair: int(pair[0])))
    return ",".join(sorted(named, key=int))


@dataclass(frozen=True)
class Statement:
    """One statement of a conversation: every vote in the order of time, a voter's earlier ones too, and the counts."""

    conversation: str
    number: int
    votes: tuple[tuple[int, str], ...]
    counts: dict[str, int]

    @property
    def again(self) -> int:
        """How many votes came from somebody who had voted before."""
        return len(self.votes) - len({voter for voter, _ in self.votes})


def conversations(folder: Path) -> Iterator[list[Statement]]:
    """The four conversations, statement by statement: agree, disagree and pass are yes, no and abstain."""
    words = {"1": "yes", "-1": "no", "0": ABSTAIN}
    for place in sorted(folder.iterdir()):
        votes: dict[int, list[tuple[int, str]]] = {}
        for line in (place / "votes.csv").read_text(encoding="utf-8").splitlines()[1:]:
            _, comment, voter, vote = line.split(",")
            votes.setdefault(int(comment), []).append((int(voter), words[vote]))
        comments = (json.loads(line) for line in (place / "comments.jsonl").read_text(encoding="utf-8").splitlines())
        yield [
            Statement(place.name, comment["id"], tuple(votes[comment["id"]]), {
                "yes": comment["one_person_one_vote"]["agree"],
                "no": comment["one_person_one_vote"]["disagree"],
                ABSTAIN: comment["one_person_one_vote"]["pass"],
            })
            for comment in comments if comment["id"] in votes
        ]  # fmt: skip
