"""The shapes of answers as JSON Schema (2020-12): what the OpenAPI document promises and tests hold answers against."""

from __future__ import annotations

from typing import Any

Schema = dict[str, Any]

TEXT: Schema = {"type": "string"}
NUMBER: Schema = {"type": "integer"}
FLAG: Schema = {"type": "boolean"}
MOMENT: Schema = {"type": "string", "format": "date-time"}
COUNTS: Schema = {"type": "object", "additionalProperties": {"type": "integer"}}
ANYTHING: Schema = {"type": "object"}


def maybe(schema: Schema) -> Schema:
    """That, or null."""
    return {**schema, "type": [schema["type"], "null"]}


def many(schema: Schema) -> Schema:
    """A list of that."""
    return {"type": "array", "items": schema}


def obj(**properties: Schema) -> Schema:
    """An object with exactly these properties."""
    return {"type": "object", "properties": properties, "required": list(properties), "additionalProperties": False}


def ref(name: str) -> Schema:
    """The component of that name."""
    return {"$ref": f"#/components/schemas/{name}"}


def paged(schema: Schema) -> Schema:
    """A page of a long list."""
    return obj(items=many(schema), page=NUMBER, pages=NUMBER, total=NUMBER)


_STAGES = ["raised", "asked", "accepted", "declined", "merged", "in_progress", "done"]
STAGE: Schema = {"type": "string", "enum": _STAGES}
_MAYBE_STAGE: Schema = {"type": ["string", "null"], "enum": [*_STAGES, None]}
_WORDS: Schema = {"type": "object", "additionalProperties": {"type": "string"}}
_DOWNTIME = {"type": "object", "required": ["what", "from", "until", "counted"]}
_OUTAGES = obj(
    texts=NUMBER, calls=NUMBER, by_hour=COUNTS, down=many(_DOWNTIME), uncounted=FLAG, at_most=NUMBER,
    could_have_changed_the_outcome=FLAG,
)  # fmt: skip
_SHARE = obj(of=TEXT, share=TEXT)
_GROUP = obj(eligible=NUMBER, participants=NUMBER, present=NUMBER, counts=COUNTS, adopted={"type": ["boolean", "null"]})
_CELL = obj(name=TEXT, people=NUMBER, reached=maybe(NUMBER), took_part=maybe(NUMBER))

COMPONENTS: dict[str, Schema] = {
    "Error": obj(error=obj(code=TEXT, message=TEXT)),
    "Community": obj(
        code=TEXT, name=TEXT, parent=maybe(TEXT), timezone=TEXT, languages=many(TEXT), telephone=maybe(TEXT)
    ),
    "Topic": obj(
        number=TEXT, stage=STAGE, text=maybe(TEXT), spoken=FLAG, category=maybe(TEXT), supporters=maybe(NUMBER),
        raised_at=MOMENT, stage_since=MOMENT, due_at=maybe(MOMENT),
    ),
    "Update": obj(topic=TEXT, words=_WORDS, stage=_MAYBE_STAGE, posted_at=MOMENT, photo=maybe(TEXT)),
    "Promise": obj(
        topic=TEXT, milestone=NUMBER, words=_WORDS, light=TEXT, due_at=MOMENT, first_due_at=MOMENT,
        ended_at=maybe(MOMENT), responsible=obj(kind=TEXT, name=maybe(TEXT)),
    ),
    "Verdict": obj(
        round=NUMBER, called_done_at=MOMENT, state=TEXT, asked=maybe(NUMBER), answered=maybe(NUMBER),
        done=maybe(NUMBER), not_done=maybe(NUMBER), rating=maybe(NUMBER), rated=maybe(NUMBER),
    ),
    "Poll": obj(
        number=NUMBER, state=TEXT, method=TEXT, counting=TEXT,
        wording={"type": "object", "additionalProperties": obj(question=TEXT, options=many(TEXT))},
        choices=many(TEXT), electors=NUMBER, threshold=_SHARE, quorum=maybe(TEXT), by_group=FLAG, closes_at=MOMENT,
        frozen_sha256=maybe(TEXT), rehearsal=FLAG,
    ),
    "Result": obj(
        poll=NUMBER, method=TEXT, counting=TEXT, question=TEXT, eligible=NUMBER, participants=NUMBER, present=NUMBER,
        counts=COUNTS, winners=many(TEXT), tie=FLAG, tied=many(TEXT), tie_broken_between=many(TEXT), adopted=FLAG,
        threshold=_SHARE, quorum={"anyOf": [{"type": "null"}, obj(share=TEXT, reached=FLAG)]},
        by_group={"type": "object", "additionalProperties": _GROUP}, working=ANYTHING, withheld=FLAG, rehearsal=FLAG,
        margin=maybe(NUMBER), outages=maybe(_OUTAGES),
    ),
    "Meeting": obj(
        number=NUMBER, state=TEXT, title=TEXT, place=TEXT, starts_at=MOMENT, topics=many(TEXT), panel=maybe(NUMBER),
        summary=maybe(TEXT), minutes=maybe(TEXT), resolution=maybe(TEXT), adopted_by=maybe(TEXT), poll=maybe(NUMBER),
    ),
    "Panel": obj(
        number=NUMBER, state=TEXT, title=TEXT, topic=maybe(TEXT), seats=NUMBER, pool=NUMBER, source=ANYTHING,
        committed_at=maybe(MOMENT), drawn_at=maybe(MOMENT),
    ),
    "Digest": obj(
        month=TEXT, people=maybe(NUMBER), people_before=maybe(NUMBER), topics=NUMBER, topics_before=NUMBER,
        categories=COUNTS,
        hot_spots=many(obj(topics=many(TEXT), category=TEXT, people=maybe(NUMBER), households=maybe(NUMBER),
                           communities=NUMBER, people_before=maybe(NUMBER))),
    ),
    "Entry": obj(seq=NUMBER, kind=TEXT, subject=TEXT, data=ANYTHING, at=MOMENT, leaf_hash=TEXT),
    "Motion": obj(
        id=TEXT, organization_id=TEXT, identifier=TEXT, classification=TEXT, text=TEXT, date=maybe(MOMENT),
        requirement=TEXT, result=maybe(TEXT), vote_events=many(ref("VoteEvent")),
    ),
    "VoteEvent": obj(
        id=TEXT, organization_id=TEXT, identifier=TEXT, motion_id=TEXT, start_date=maybe(MOMENT),
        end_date=maybe(MOMENT), result=maybe(TEXT), group_results=many(ANYTHING), counts=many(ANYTHING),
    ),
    "FlowResults": {"type": "object", "required": ["profile", "name", "resources"]},
    "FlowResponses": many({"type": "array", "minItems": 7, "maxItems": 7}),
    "Consultation": obj(
        number=NUMBER, asked_by=TEXT, question=_WORDS, options=ANYTHING, closes_at=MOMENT, state=TEXT,
        result=maybe(ANYTHING),
    ),
    "Overview": obj(
        communities=many(obj(
            code=TEXT, name=TEXT, people=NUMBER, topics=COUNTS, overdue=NUMBER, open_polls=NUMBER,
            closed_polls=NUMBER, meetings=NUMBER, reached=maybe(NUMBER), took_part=maybe(NUMBER),
        )),
        hot_spots=many(obj(category=TEXT, people=NUMBER, households=maybe(NUMBER), communities=NUMBER)),
    ),
    "Missing": obj(
        since=MOMENT, people=NUMBER, never_reached=maybe(NUMBER), reached=maybe(NUMBER), took_part=maybe(NUMBER),
        by_age=many(_CELL), by_group=many(_CELL), by_channel=many(_CELL), by_last_contact=many(_CELL),
    ),
}  # fmt: skip
