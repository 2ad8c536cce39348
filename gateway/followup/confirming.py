"""Asking residents whether what is called done is done, counting what they say, and reopening what is not.

`judge` and `rate` take `tx`; `ask_due` and `close_due` are the clock's, each matter in a transaction of its own, and
may run twice at once.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.engine import Connection

from gateway.followup.desk import clerks_with_telephones, put_on_list
from gateway.followup.judging import (
    CONFIRMATION,
    Completion,
    CompletionState,
    Outcome,
    Terms,
    check_rating,
    check_terms,
    decide,
)
from gateway.followup.model import Bearer, Verdict
from gateway.followup.store import completions, plans
from gateway.followup.telling import Said, concerned, tell
from gateway.kernel.db import UnitOfWork
from gateway.kernel.errors import Conflict, NotFound, RuleError
from gateway.kernel.ports import Ports
from gateway.messaging.actions import note_answered
from gateway.record import actions as record
from gateway.record.model import Value
from gateway.roll import views as roll
from gateway.topics import actions as topic_actions
from gateway.topics import views as topics
from gateway.topics.model import Mover, Stage, Topic
from gateway.wording.catalogue import Wording

CONFIRMED, REOPENED = "confirmed", "reopened"
# A community reads a topic's first words in a text.
_FEW = 12
_OPEN = (CompletionState.WAITING, CompletionState.ASKING)


@dataclass(frozen=True)
class _Work:
    """What the clock's work is done with."""

    ports: Ports
    wording: Wording
    now: datetime


def judge(
    tx: UnitOfWork, topic_id: int, resident_id: int, verdict: Verdict, *, at: datetime, rating: int | None = None
) -> bool:
    """Keep what a resident says of a topic that is called done, last word first; False when it is not (any more), or
    answers are counted already. InputError("rating_wrong")."""
    topic = topics.topic_by_id(tx.connection, topic_id)
    if topic is None or topic.stage is not Stage.DONE:
        return False
    found = completions.ensure(tx, topic_id, topic.stage_since)
    if found.state not in _OPEN:
        return False
    graded = None if rating is None or verdict is Verdict.NOT_DONE else check_rating(rating)
    note_answered(tx, resident_id, CONFIRMATION, f"topic:{topic.number}")
    if completions.put_verdict(tx, found.id, resident_id, verdict, graded):
        record.append(tx, "topic.judged", f"topic:{topic.number}", {}, at=at)
    return True


def ask_now(tx: UnitOfWork, topic_id: int, *, at: datetime, wording: Wording) -> int:
    """Ask about one topic without waiting; returns how many people. NotFound("topic_unknown"),
    RuleError("topic_not_done"), Conflict("asked_already")."""
    topic = topics.topic_by_id(tx.connection, topic_id)
    if topic is None:
        raise NotFound("topic_unknown")
    if topic.stage is not Stage.DONE:
        raise RuleError("topic_not_done", topic=topic.number)
    people = _ask(tx, topic, at, wording)
    if people is None:
        raise Conflict("asked_already", topic=topic.number)
    return people


def set_terms(
    tx: UnitOfWork,
    community_id: int,
    *,
    ask_after: int | None = None,
    ask_for: int | None = None,
    reopen_above: str | None = None,
) -> Terms:
    """Say how a community's residents are asked, in days and as a share; None leaves it. InputError("followup_…")."""
    now = completions.terms_of(tx.connection, community_id)
    terms = check_terms(
        now.ask_after.days if ask_after is None else ask_after,
        now.ask_for.days if ask_for is None else ask_for,
        reopen_above or str(now.reopen_above),
    )
    completions.set_terms(tx, community_id, terms)
    return terms


def ask_due(ports: Ports, *, wording: Wording) -> int:
    """Ask about everything that was called done long enough ago; returns about how many topics. Own transactions."""
    now = ports.clock.now()
    with ports.db.read() as conn:
        done = _called_done(conn)
    return sum(_in_own_work(ports, topic_id, now, wording) for topic_id in done)


def due_to_ask(tx: UnitOfWork, now: datetime) -> list[Topic]:
    """The topics about which residents are to be asked by now, and are not as far as is known."""
    found = [topics.topic_by_id(tx.connection, topic_id) for topic_id in _called_done(tx.connection)]
    return [topic for topic in found if topic is not None and _is_due(tx, topic, now)]


def begin_silently(tx: UnitOfWork, topic: Topic, now: datetime) -> int:
    """Take answers about a topic without asking, as that may have been done; returns its community."""
    _begin(tx, topic, now)
    return topic.community_id


def close_due(ports: Ports, *, wording: Wording) -> int:
    """Count everything whose time for answers is over, and reopen what is not done; returns how many. As above."""
    now = ports.clock.now()
    with ports.db.read() as conn:
        over = completions.find_over(conn, now)
    for completion_id in over:
        with ports.db.work() as tx:
            _close(tx, completion_id, _Work(ports, wording, now))
            tx.commit()
    return len(over)


def _called_done(conn: Connection) -> list[int]:
    done = [one for place in roll.communities(conn) for one in topics.topics(conn, place.id, Stage.DONE)]
    known = {(one.topic_id, one.done_at): one for one in completions.find_all(conn, [one.id for one in done])}
    waits = (CompletionState.WAITING, None)
    return [
        topic.id
        for topic in done
        if (found := known.get((topic.id, topic.stage_since))) is None or found.state in waits
    ]


def _in_own_work(ports: Ports, topic_id: int, now: datetime, wording: Wording) -> bool:
    with ports.db.work() as tx:
        topic = topics.topic_by_id(tx.connection, topic_id)
        asked = topic is not None and _is_due(tx, topic, now) and _ask(tx, topic, now, wording) is not None
        tx.commit()
    return asked


def _is_due(tx: UnitOfWork, topic: Topic, now: datetime) -> bool:
    terms = completions.terms_of(tx.connection, topic.community_id)
    return topic.stage is Stage.DONE and topic.stage_since + terms.ask_after <= now


def _ask(tx: UnitOfWork, topic: Topic, now: datetime, wording: Wording) -> int | None:
    """Ask; how many people, None when they were asked already."""
    found, people = _begin(tx, topic, now)
    if people is None:
        return None
    said: dict[str, Said] = {"about": _about(topic, wording)}
    silent = [one for one in people if completions.verdict_of(tx.connection, found.id, one) is None]
    key = "confirmation" if found.round == 1 else "confirmation_again"
    tell(tx, topic, CONFIRMATION, key, silent, at=now, wording=wording, said=said)
    entry: dict[str, Value] = {"round": found.round, "asked": len(people)}
    record.append(tx, "topic.asked_whether_done", f"topic:{topic.number}", entry, at=now)
    return len(people)


def _begin(tx: UnitOfWork, topic: Topic, now: datetime) -> tuple[Completion, list[int] | None]:
    """Take answers from now on; from whom, None when they are taken or counted already."""
    terms = completions.terms_of(tx.connection, topic.community_id)
    found = completions.ensure(tx, topic.id, topic.stage_since)
    people = _to_ask(tx, topic)
    begun = completions.begin(tx, found.id, people, now, now + terms.ask_for)
    return found, people if begun else None


def _to_ask(tx: UnitOfWork, topic: Topic) -> list[int]:
    """Those concerned who are residents, or the whole community where the plan says so: guests do not judge."""
    plan = plans.find_plan(tx.connection, topic.id)
    residents = [one.resident_id for one in roll.electorate(tx.connection, topic.community_id)]
    if plan is not None and plan.ask_everyone:
        return residents
    meant = set(concerned(tx.connection, topic))
    return [one for one in residents if one in meant]


def _close(tx: UnitOfWork, completion_id: int, work: _Work) -> None:
    found = completions.find(tx.connection, completion_id)
    topic = topics.topic_by_id(tx.connection, found.topic_id) if found else None
    if found is None or topic is None:
        return
    if topic.stage is not Stage.DONE or topic.stage_since != found.done_at:
        # Staff took it up again meanwhile: there is nothing left to decide.
        completions.give_up(tx, completion_id)
        return
    people = completions.people_asked(tx.connection, completion_id)
    terms = completions.terms_of(tx.connection, topic.community_id)
    outcome = decide(completions.count(tx.connection, completion_id), terms.reopen_above)
    if not completions.end(tx, completion_id, outcome):
        return
    audience = list(dict.fromkeys([*concerned(tx.connection, topic), *people]))
    said = _said(topic, outcome, work.wording)
    if outcome.reopened:
        _reopen(tx, topic, audience, key=_key(REOPENED, outcome), said=said, work=work)
    else:
        key = _key(CONFIRMED, outcome)
        tell(tx, topic, CONFIRMED, key, audience, at=work.now, wording=work.wording, said=said)
    _on_record(tx, topic, found, outcome, work.now)


def _reopen(tx: UnitOfWork, topic: Topic, audience: list[int], *, key: str, said: dict[str, Said], work: _Work) -> None:
    """The topic is under way again: everybody hears of it, and whoever answered for it, and the clerk."""
    moved = topic_actions.move(tx, topic.id, Stage.IN_PROGRESS, at=work.now, by=Mover.RESIDENTS)
    people = [
        *audience,
        *_bearers(tx.connection, topic),
        *clerks_with_telephones(tx.connection, topic.community_id),
    ]
    told = list(dict.fromkeys(people))
    tell(tx, moved, REOPENED, key, told, at=work.now, wording=work.wording, said=said)
    language = roll.community(tx.connection, topic.community_id).languages[0]
    words = work.wording.say("followup_news.desk.reopened", language, topic=topic.number)
    what = f"reopened:{topic.id}:{topic.stage_since.isoformat()}"
    put_on_list(tx, work.ports, topic.community_id, what, words, at=work.now)


def _bearers(conn: Connection, topic: Topic) -> list[int]:
    plan = plans.find_plan(conn, topic.id)
    responsible = [one.responsible for one in plan.milestones] if plan else []
    return [one.guest_id for one in responsible if one.kind is Bearer.GUEST and one.guest_id is not None]


def _key(name: str, outcome: Outcome) -> str:
    return f"{name}_few" if outcome.done is None else name


def _said(topic: Topic, outcome: Outcome, wording: Wording) -> dict[str, Said]:
    return {
        "about": _about(topic, wording),
        "asked": outcome.asked,
        "answered": outcome.answered,
        "done": outcome.done or 0,
        "not_done": outcome.not_done or 0,
    }


def _about(topic: Topic, wording: Wording) -> dict[str, str]:
    """What it is about in a few words; a spoken one is called a recording."""
    few = 12
    return {language: topic.shown[:few] or wording.say("text.news.spoken", language) for language in wording.languages}


def _on_record(tx: UnitOfWork, topic: Topic, found: Completion, outcome: Outcome, now: datetime) -> None:
    kind = "topic.reopened" if outcome.reopened else "topic.confirmed"
    entry: dict[str, Value] = {"round": found.round, **outcome.to_json()}
    record.append(tx, kind, f"topic:{topic.number}", entry, at=now)
