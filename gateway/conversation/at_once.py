"""The usual vote by text, in two trips to the database: what has to be known, then all that is written, together.

A text takes this way when it turns out to be one vote of somebody alone on their telephone, in answer to nothing but a
poll. All else, and every vote that the second trip finds to be otherwise than it was thought to be, takes the general
way (`texts.py`), which alone knows what to say then: nothing has been written before that. What is said and written is
the same on both ways. The second trip is one transaction: ballot, claim, sealed answer, what the carrier is to forget.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import func, literal_column, select
from sqlalchemy.exc import DataError, IntegrityError

from gateway.carriers.port import IncomingText
from gateway.conversation.acts.asking import REMEMBERED_FOR
from gateway.conversation.acts.invited import is_invitation
from gateway.conversation.contexts import context_of, live
from gateway.conversation.frozen import Frozen
from gateway.conversation.sealed_answers import seal_answer
from gateway.conversation.store import Asked, Question, Sender, asked_after, asking, find_senders
from gateway.conversation.understanding.model import Context, Intent
from gateway.kernel.db import Database
from gateway.kernel.errors import InputError, RuleError
from gateway.kernel.ports import Ports
from gateway.kernel.prepared import Prepared
from gateway.kernel.straight import Straight
from gateway.messaging import inbox
from gateway.messaging.model import Told
from gateway.polls import actions as polls
from gateway.polls import views
from gateway.polls.model import Poll
from gateway.polls.speaking import sender
from gateway.wording.catalogue import Wording

# What we may have asked last for a vote to be nothing but a vote.
_ASKED = (Asked.POLL, Asked.VOTED, Asked.NOTHING)


@dataclass(frozen=True)
class Around:
    """What the text is handled with."""

    ports: Ports
    wording: Wording
    frozen: Frozen
    now: datetime


def vote_at_once(incoming: IncomingText, key: str, around: Around) -> list[str] | None:
    """The answer to a text that is the usual vote, which then is in the box; None: it is not, and nothing was done."""
    if incoming.sender is None or "#" in incoming.body or "＃" in incoming.body:
        return None
    found = find_senders(around.ports.db, incoming.recipient, incoming.sender, around.now)
    if len(found) != 1 or not found[0].parts or found[0].invited:
        return None
    who = found[0]
    question = live(who.question, who.told)
    if not _asks_for_votes_alone(question, who.told):
        return None
    open_to_them = _open_polls(who, around)
    context = context_of(open_to_them, who.resident.language, who.told, question)
    meaning = around.frozen.meaning(incoming.body, context)
    if meaning.intent is not Intent.VOTE or len(meaning.votes) != 1:
        return None
    poll = next(one for one in open_to_them if one.number == meaning.votes[0].poll)
    asked = _next_question(poll.number, context, who.told, question)
    return _put_in(_Cast(incoming.carrier_id, key, who, poll, meaning.votes[0].choice, asked), around)


def _asks_for_votes_alone(question: Question | None, told: Told | None) -> bool:
    if question is not None:
        return question.asked in _ASKED
    return told is None or not is_invitation(told.kind)


def _open_polls(who: Sender, around: Around) -> list[Poll]:
    """The polls in which they have a vote, from memory as far as they were asked for before."""
    new = [number for number in who.parts if around.frozen.get(number) is None]
    if new:
        with around.ports.db.read() as conn:
            for number in new:
                around.frozen.keep(views.poll(conn, number))
    known = [poll for number in who.parts if (poll := around.frozen.get(number))]
    return [poll for poll in known if poll.closes_at > around.now]


def _next_question(poll: int, context: Context, told: Told | None, question: Question | None) -> Question | None:
    """What is to be remembered as asked after a vote, as `acts.voting` has it; None: what there is may stay."""
    after = told.delivery_id if told else 0
    if poll != context.asked:
        return Question(Asked.NOTHING, after=after) if question or told else None
    return Question(Asked.VOTED, question.ref, after=after) if question else None


@dataclass(frozen=True)
class _Cast:
    """A vote as it was understood; `asked`: what is to be remembered as asked after it."""

    carrier_id: str
    key: str
    who: Sender
    poll: Poll
    choice: str = field(repr=False)
    asked: Question | None


def _put_in(cast: _Cast, around: Around) -> list[str] | None:
    ports, poll, who = around.ports, cast.poll, cast.who
    try:
        made = polls.make_ballot(poll, who.resident.id, who.parts[poll.number], cast.choice, ports=ports)
    except (InputError, RuleError):
        return None
    language = who.resident.language
    village = sender(poll, who.community.name, language, wording=around.wording)
    words = [around.wording.say("text.vote.counted", language, village=village, poll=poll.number, receipt=made.receipt)]
    values = {
        **polls.asking_of(poll.number),
        **inbox.settled_claim(
            cast.key, who.community.id, cast.carrier_id, seal_answer(words, ports.sealer), at=around.now
        ),
        "poll": poll.number,
        "resident": who.resident.id,
        "sealed": made.envelope,
        "now": around.now,
    }
    if cast.asked:
        values |= asking(who.resident.id, cast.asked, around.now + REMEMBERED_FOR)
    try:
        return words if _write(ports.db, values, asks=cast.asked is not None) else None
    except IntegrityError:
        # It was claimed before: the general way gives the first answer.
        return None


def _write(db: Database, values: dict[str, Any], *, asks: bool) -> bool:
    """Write all of it, or nothing when the ballot cannot be put in. IntegrityError: the text has been claimed."""
    if db.is_sqlite:
        return db.straight(lambda tx: _write_one_by_one(tx, values, asks))
    try:
        return bool(db.ask(_in_one_statement(asks), values))
    except DataError:
        return False


def _write_one_by_one(tx: Straight, values: dict[str, Any], asks: bool) -> bool:
    put, *rest = _one_by_one(asks)
    if not tx.run(put, values)[0]:
        return False
    for statement in rest:
        tx.run(statement, values)
    return True


@cache
def _one_by_one(asks: bool) -> tuple[Prepared, ...]:
    rest = [inbox.claim_settled(), inbox.redact_after("sqlite"), *([asked_after("sqlite")] if asks else [])]
    return (Prepared(polls.put_if_open()), *map(Prepared, rest))


@cache
def _in_one_statement(asks: bool) -> Prepared:
    # The claim first, as on the general way: locks taken in another order could wait for each other in a circle.
    claimed = inbox.claim_settled().cte("claimed")
    put = polls.put_if_open(claimed).cte("put")
    parts = [inbox.redact_after("postgresql", put).cte("redacted")]
    if asks:
        parts.append(asked_after("postgresql", put).cte("asked_now"))
    # A ballot that was not put in makes this a division by zero, which undoes the claim.
    count = select(func.count()).select_from(put).scalar_subquery()
    return Prepared(select(literal_column("1").op("/")(count).label("put_in")).add_cte(*parts))
