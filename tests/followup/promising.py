"""A village with a topic that is promised to be dealt with, for the tests of this room."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select

from gateway.followup import planning
from gateway.followup.model import Bearer, MilestoneDraft, Plan, PlanDraft, Responsible
from gateway.kernel.db import metadata
from gateway.kernel.ports import Ports
from gateway.topics.model import Topic
from gateway.wording.catalogue import Wording
from tests.meetings.gathering import work

WATER = Responsible(Bearer.OFFICE, "水利站")


def a_milestone(due_at: datetime, words: str = "换好栏杆", responsible: Responsible = WATER) -> MilestoneDraft:
    return MilestoneDraft({"zh": words}, due_at, responsible)


def a_plan(ports: Ports, topic: Topic, wording: Wording, *, days: tuple[int, ...] = (10, 20), **more: Any) -> Plan:
    """A plan with a milestone due after each number of `days`."""
    now = ports.clock.now()
    milestones = tuple(a_milestone(now + timedelta(days=one)) for one in days)
    draft = PlanDraft(topic.id, {"zh": "修好村口的桥", "en": "Mend the bridge"}, milestones, **more)
    made: Plan = work(ports, lambda tx: planning.make_plan(tx, draft, at=now, wording=wording))
    return made


def told(ports: Ports, kind: str) -> list[tuple[int, str]]:
    """Resident id and text in Chinese of everything of a kind that went out or waits to, in the order of its making."""
    broadcast, delivery, words = (metadata.tables[name] for name in ("broadcast", "delivery", "broadcast_text"))
    joined = delivery.join(broadcast, broadcast.c.id == delivery.c.broadcast_id)
    joined = joined.join(words, words.c.broadcast_id == broadcast.c.id)
    query = select(delivery.c.resident_id, words.c.body).select_from(joined)
    mine = query.where(broadcast.c.kind == kind, words.c.language == "zh", words.c.channel == "text")
    with ports.db.read() as conn:
        return [(row.resident_id, row.body) for row in conn.execute(mine.order_by(delivery.c.id))]
