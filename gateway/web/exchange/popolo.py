"""Polls as Popolo motions and vote events (popoloproject.com): what was asked, what came of it, counts, no voters."""

from __future__ import annotations

from typing import Any

from gateway.polls.model import ABSTAIN, Poll, PollState, Result
from gateway.record.model import moment_text
from gateway.roll.model import Community

PASS, FAIL = "pass", "fail"


def motion(community: Community, poll: Poll, result: Result | None, opened: str | None) -> dict[str, Any]:
    """A poll as a motion with its vote event."""
    return {
        "id": f"poll-{poll.number}",
        "organization_id": community.code,
        "identifier": str(poll.number),
        "classification": str(poll.method),
        "text": poll.words(community.languages[0]).question,
        "date": opened,
        "requirement": f"{poll.threshold.share} of {poll.threshold.base}",
        "result": _result(result),
        "vote_events": [vote_event(community, poll, result, opened)],
    }


def vote_event(community: Community, poll: Poll, result: Result | None, opened: str | None) -> dict[str, Any]:
    """The vote on it: `counts` over all, and per group where a group may be published; no `votes`."""
    return {
        "id": f"vote-{poll.number}",
        "organization_id": community.code,
        "identifier": str(poll.number),
        "motion_id": f"poll-{poll.number}",
        "start_date": opened,
        "end_date": moment_text(poll.closes_at) if poll.state is PollState.CLOSED else None,
        "result": _result(result),
        "group_results": _group_results(result) if result else [],
        "counts": _counts(community, poll, result) if result and not result.withheld else [],
    }


def _result(result: Result | None) -> str | None:
    if result is None:
        return None
    return PASS if result.adopted else FAIL


def _group_results(result: Result) -> list[dict[str, Any]]:
    return [
        {"group": {"name": name}, "result": PASS if group.adopted else FAIL}
        for name, group in result.by_group.items()
        if not group.withheld
    ]


def _counts(community: Community, poll: Poll, result: Result) -> list[dict[str, Any]]:
    everybody = [{"option": _option(community, poll, code), "value": value} for code, value in result.counts.items()]
    groups = [
        {"option": _option(community, poll, code), "value": value, "group": {"name": name}}
        for name, group in result.by_group.items()
        if not group.withheld
        for code, value in group.counts.items()
    ]
    return [*everybody, *groups]


def _option(community: Community, poll: Poll, code: str) -> str:
    options = poll.words(community.languages[0]).options
    return code if code == ABSTAIN or not options else options[int(code) - 1]
