"""How things look to other systems: plain JSON of communities, topics, polls, meetings, panels, updates, digests.

Only what the public pages show too: of a topic before screening number and stage, of a poll no turnout before closing.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from gateway.followup.judging import Completion
from gateway.followup.model import Bearer, Update
from gateway.followup.views import Promise
from gateway.meetings.model import Meeting
from gateway.overview.model import Cell, Missing
from gateway.overview.published import PublicMonth, PublicSpot, public_spot
from gateway.overview.views import Overview, Standing
from gateway.panels.model import Panel
from gateway.polls.model import Poll
from gateway.record.model import Entry, moment_text
from gateway.roll.model import Community
from gateway.topics.model import Topic, topic_number
from gateway.township.model import Consultation


def community(one: Community, codes: dict[int, str]) -> dict[str, Any]:
    """A community; `codes` by id, for its parent."""
    return {
        "code": one.code,
        "name": one.name,
        "parent": codes.get(one.parent_id) if one.parent_id is not None else None,
        "timezone": one.timezone,
        "languages": list(one.languages),
        "telephone": one.line.e164 if one.line else None,
    }


def topic(one: Topic) -> dict[str, Any]:
    """A topic; text, category and supporters only once it is public."""
    public = one.is_public
    return {
        "number": one.number,
        "stage": str(one.stage),
        "text": one.shown if public else None,
        "spoken": public and one.recording_id is not None,
        "category": one.category if public and one.category else None,
        "supporters": one.supporters if public else None,
        "raised_at": moment_text(one.raised_at),
        "stage_since": moment_text(one.stage_since),
        "due_at": _moment(one.due_at),
    }


def update(one: Update, number: str) -> dict[str, Any]:
    """News of the topic with that number."""
    stage = str(one.stage) if one.stage else None
    told = {"topic": number, "words": dict(one.words), "stage": stage, "posted_at": moment_text(one.posted_at)}
    return told | {"photo": f"/photos/{one.photo}" if one.photo else None}


def promise(one: Promise) -> dict[str, Any]:
    """A step that was promised; who answers for it by name only where that is an office."""
    step, who = one.milestone, one.milestone.responsible
    return {
        "topic": one.topic.number,
        "milestone": step.number,
        "words": dict(step.words),
        "light": str(one.light),
        "due_at": moment_text(step.due_at),
        "first_due_at": moment_text(step.first_due_at),
        "ended_at": _moment(step.ended_at),
        "responsible": {"kind": str(who.kind), "name": who.name if who.kind is Bearer.OFFICE else None},
    }


def consultation(one: Consultation, asked_by: str) -> dict[str, Any]:
    """A question to many communities; `result` as it was published, null before."""
    return {
        "number": one.number,
        "asked_by": asked_by,
        "question": dict(one.question),
        "options": {language: list(options) for language, options in one.options.items()},
        "closes_at": moment_text(one.closes_at),
        "state": str(one.state),
        "result": one.result,
    }


def verdict(one: Completion) -> dict[str, Any]:
    """What residents said of one time that a topic was called done, once it is counted; `rating` in tenths."""
    outcome = one.outcome.to_json() if one.outcome else {}
    counted = ("asked", "answered", "done", "not_done", "rating", "rated")
    called = {"round": one.round, "called_done_at": moment_text(one.done_at), "state": str(one.state)}
    return called | {name: outcome.get(name) for name in counted}


def poll(one: Poll, electors: int) -> dict[str, Any]:
    """A poll and its fixed terms; the turnout is in its result."""
    threshold = {"of": str(one.threshold.base), "share": str(one.threshold.share)}
    wording = {language or "any": words for language, words in one.wording.items()}
    return {
        "number": one.number,
        "state": str(one.state),
        "method": str(one.method),
        "counting": str(one.counting),
        "wording": {name: {"question": said.question, "options": list(said.options)} for name, said in wording.items()},
        "choices": list(one.choices),
        "electors": electors,
        "threshold": threshold,
        "quorum": str(one.quorum) if one.quorum is not None else None,
        "by_group": one.by_group,
        "closes_at": moment_text(one.closes_at),
        "frozen_sha256": one.frozen_sha256,
        "rehearsal": one.rehearsal,
    }


def meeting(one: Meeting) -> dict[str, Any]:
    """A meeting; minutes and resolution once they are published."""
    return {
        "number": one.number,
        "state": str(one.state),
        "title": one.title,
        "place": one.place,
        "starts_at": moment_text(one.starts_at),
        "topics": [topic_number(key) for key in one.topics],
        "panel": one.panel,
        "summary": one.summary or None,
        "minutes": one.minutes or None,
        "resolution": one.resolution or None,
        "adopted_by": str(one.adoption) if one.adoption else None,
        "poll": one.poll,
    }


def panel(one: Panel) -> dict[str, Any]:
    """A panel whose list is fixed; who was drawn is in its file on the public pages."""
    terms = one.commitment or {}
    return {
        "number": one.number,
        "state": str(one.state),
        "title": one.draft.title,
        "topic": terms.get("topic") or None,
        "seats": one.draft.seats,
        "pool": len(terms.get("pool", ())),
        "source": dict(terms.get("source", {})),
        "committed_at": _moment(one.committed_at),
        "drawn_at": _moment(one.drawn_at),
    }


def digest(one: PublicMonth, month: str, public: dict[int, Topic]) -> dict[str, Any]:
    """A month's digest: counts of people, null for fewer than five; of a hot spot the topics that are public."""
    spots = [
        {
            "topics": [topic_number(key) for key in entry.spot.topics if key in public],
            "people_before": spot.people_before,
            **_spot(spot),
        }
        for spot, entry in one.spots
    ]
    return {
        "month": month,
        "people": one.people,
        "people_before": one.people_before,
        "topics": one.topics,
        "topics_before": one.topics_before,
        "categories": {name: now for name, (now, _) in one.categories.items() if now},
        "hot_spots": spots,
    }


def entry(one: Entry) -> dict[str, Any]:
    """An entry of the record."""
    return {
        "seq": one.seq,
        "kind": one.kind,
        "subject": one.subject,
        "data": dict(one.data),
        "at": moment_text(one.at),
        "leaf_hash": one.leaf_hash,
    }


def overview(one: Overview) -> dict[str, Any]:
    """All communities of a township in counts."""
    spots = [_spot(spot) for spot in map(public_spot, one.hot_spots) if spot.people]
    return {"communities": [_standing(*each) for each in one.standings], "hot_spots": spots}


def _spot(one: PublicSpot) -> dict[str, Any]:
    return {"category": one.category, "people": one.people, "households": one.households, "communities": one.places}


def _standing(one: Standing, missed: Missing) -> dict[str, Any]:
    return {
        "code": one.community.code,
        "name": one.community.name,
        "people": missed.people,
        "topics": dict(one.topics),
        "overdue": one.overdue,
        "open_polls": one.open_polls,
        "closed_polls": one.closed_polls,
        "meetings": one.meetings,
        "reached": missed.reached,
        "took_part": missed.took_part,
    }


def missing(one: Missing) -> dict[str, Any]:
    """Who is missing; `null` where a number is kept back."""
    return {
        "since": moment_text(one.since),
        "people": one.people,
        "never_reached": one.never_reached,
        "reached": one.reached,
        "took_part": one.took_part,
        "by_age": _cells(one.by_age),
        "by_group": _cells(one.by_group),
        "by_channel": _cells(one.by_channel),
        "by_last_contact": _cells(one.by_last_contact),
    }


def _cells(cells: Sequence[Cell]) -> list[dict[str, Any]]:
    return [vars(cell).copy() for cell in cells]


def _moment(at: datetime | None) -> str | None:
    return moment_text(at) if at else None
