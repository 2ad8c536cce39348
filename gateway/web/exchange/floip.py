"""A closed poll as a FLOIP flow-results package (Flow Results 1.0.0-rc1): a descriptor and rows of responses.

The rows are the published ballots in their published shuffle. They name nobody: contact and session are the row's own
number, the moment of all of them is the closing time. Where so few took part that counts are withheld there are none.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from typing import Any

from gateway.polls.model import Method, Poll, Result
from gateway.record.model import moment_text
from gateway.roll.model import Community

VERSION = "1.0.0-rc1"
LANGUAGES = {"zh": "zho", "en": "eng", "yue": "yue"}
FIELDS = (
    ("timestamp", "Timestamp", "datetime"),
    ("row_id", "Row ID", "string"),
    ("contact_id", "Contact ID", "string"),
    ("session_id", "Session ID", "string"),
    ("question_id", "Question ID", "string"),
    ("response", "Response", "any"),
    ("response_metadata", "Response Metadata", "object"),
)
# Rankings and points have no type of their own in the standard.
_KINDS = {
    Method.YESNO: "select_one",
    Method.SINGLE: "select_one",
    Method.APPROVAL: "select_many",
    Method.BUDGET: "select_many",
}
_NAMESPACE = uuid.UUID("6f2b8d7e-3c1a-5e94-9d0b-7a41c8e2f350")


def descriptor(community: Community, poll: Poll, base: str) -> dict[str, Any]:
    """The package's descriptor; `base` is the address under which the poll's own answers lie."""
    closed = moment_text(poll.closes_at)
    resource = {
        "path": f"{base}/floip/responses",
        "name": f"{_name(community, poll)}-data",
        "access_method": "api",
        "api_data_url": f"{base}/floip/responses",
        "mediatype": "application/json",
        "encoding": "utf-8",
        "schema": {
            "language": LANGUAGES.get(community.languages[0], community.languages[0]),
            "fields": [{"name": name, "title": title, "type": kind} for name, title, kind in FIELDS],
            "questions": {question_id(poll): _question(community, poll)},
        },
    }
    return {
        "profile": "flow-results-package",
        "name": _name(community, poll),
        "flow_results_specification_version": VERSION,
        "created": closed,
        "modified": closed,
        "id": str(uuid.uuid5(_NAMESPACE, _name(community, poll) + (poll.frozen_sha256 or ""))),
        "title": poll.words(community.languages[0]).question,
        "resources": [resource],
    }


def responses(poll: Poll, result: Result, choices: Iterable[tuple[str, str, int]]) -> list[list[Any]]:
    """The rows: (moment, row, contact, session, question, response, nothing more)."""
    if result.withheld:
        return []
    closed, question = moment_text(poll.closes_at), question_id(poll)
    return [
        [closed, str(row), str(row), str(row), question, response(poll, choice), {}]
        for row, (_salt, choice, _group) in enumerate(choices, start=1)
    ]


def response(poll: Poll, choice: str) -> str | list[str]:
    """A ballot as a response: one choice, the list of those named; a ranking and points as they are written."""
    return choice.split(",") if poll.method in (Method.APPROVAL, Method.BUDGET) else choice


def question_id(poll: Poll) -> str:
    """The name of a poll's one question."""
    return f"poll_{poll.number}"


def _name(community: Community, poll: Poll) -> str:
    return f"{community.code}-poll-{poll.number}"


def _question(community: Community, poll: Poll) -> dict[str, Any]:
    kind = _KINDS.get(poll.method, "open")
    return {
        "type": kind,
        "label": poll.words(community.languages[0]).question,
        "type_options": {} if kind == "open" else {"choices": list(poll.choices)},
    }
