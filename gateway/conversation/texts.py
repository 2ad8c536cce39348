"""An inbound text, from the hook to the answer, in one transaction: claim, who, meaning, act, settle.

A repeat of the same carrier message finds the claim, waits for its holder and gives the first answer. A bug of ours
while acting is taken back whole and loses nothing: a second transaction gives the text to a person. See docs/adr/0003.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial

from sqlalchemy.exc import InterfaceError, OperationalError

from gateway.carriers.port import IncomingText
from gateway.conversation.acts import behalf, invited, late, meetings, personal, replying, topics, unclear, voting
from gateway.conversation.acts.asked_back import asked_back
from gateway.conversation.acts.asking import move_on
from gateway.conversation.acts.complaining import complaint
from gateway.conversation.acts.consulting import consultation_answer
from gateway.conversation.acts.judging import judgement_answer, remark
from gateway.conversation.acts.receipts import receipt
from gateway.conversation.acts.receiving import booking, reception_answer
from gateway.conversation.answers import Answer, Turn
from gateway.conversation.at_once import Around, vote_at_once
from gateway.conversation.contexts import context_of, live
from gateway.conversation.frozen import Frozen
from gateway.conversation.people import Household, find_household
from gateway.conversation.sealed_answers import open_answer, seal_answer, seal_envelope
from gateway.conversation.store import find_question
from gateway.conversation.understanding.model import Context, Intent, Meaning
from gateway.conversation.understanding.normalise import written_in
from gateway.conversation.understanding.parse import understand
from gateway.kernel.db import UnitOfWork
from gateway.kernel.ports import Ports
from gateway.messaging import inbox
from gateway.messaging import views as messaging
from gateway.messaging.actions import MOST_IDENTICAL
from gateway.messaging.inbox import InboxKind, InboxState
from gateway.polls import views as polls
from gateway.polls.model import Poll
from gateway.roll import views as roll
from gateway.roll.model import Community, Resident
from gateway.wording.catalogue import Wording

logger = logging.getLogger(__name__)

ACTS: Mapping[Intent, Callable[[Turn], Answer]] = {
    Intent.VOTE: voting.vote,
    Intent.AMBIGUOUS: voting.doubt,
    Intent.TOPIC: topics.topic,
    Intent.SUPPORT: topics.support,
    Intent.STATUS: topics.status,
    Intent.QUESTION: topics.question,
    Intent.FEEDBACK: remark,
    Intent.STATEMENT: meetings.statement,
    Intent.RECEIPT: receipt,
    Intent.COMPLAINT: complaint,
    Intent.BOOKING: booking,
    Intent.HELP: personal.help_,
    Intent.STOP: personal.stop,
    Intent.START: personal.start,
    Intent.LANGUAGE: personal.language,
    Intent.MINE: personal.mine,
    Intent.NEWS: personal.news,
    Intent.CALL: personal.call,
    Intent.UNKNOWN: unclear.unclear,
}
# What anybody on a shared telephone may ask without saying who they are.
_FOR_ALL = (Intent.STOP, Intent.START, Intent.HELP, Intent.NEWS)
# What leaves a question about a poll open: a vote, a doubt (asked anew), thanks or something unclear (asked back).
_OF_VOTING = (Intent.VOTE, Intent.AMBIGUOUS, Intent.UNKNOWN)


@dataclass(frozen=True)
class _Inbound:
    """One text with everything it is handled with."""

    incoming: IncomingText
    claim: int
    ports: Ports
    wording: Wording
    now: datetime
    sent_at: datetime | None = None


class _ActingFailedError(Exception):
    """A bug of ours while acting: what it was and whose text it was, for the transaction that apologises."""

    def __init__(self, error: Exception, community: Community, resident: Resident, *, may_be_ballot: bool) -> None:
        super().__init__()
        self.error = error
        self.community = community
        self.resident = resident
        self.may_be_ballot = may_be_ballot


def claim_key(ports: Ports, carrier_name: str, carrier_id: str) -> str:
    """Under which name a text is accepted once, however it comes."""
    return ports.secret.hash("inbox", f"{carrier_name}|text|{carrier_id}")


def receive_text(
    incoming: IncomingText,
    *,
    ports: Ports,
    wording: Wording,
    carrier_name: str,
    sent_at: datetime | None = None,
    frozen: Frozen | None = None,
) -> list[str]:
    """Act on a text once and return the texts to answer with; a repeat gets the first answer.

    `sent_at`: it was fetched from the carrier, which took it then; its answers wait to be sent as texts of their own.
    `frozen`: what this process remembers of the polls.
    Errors of the database pass up, so that the hook can ask the carrier to try again.
    """
    key = claim_key(ports, carrier_name, incoming.carrier_id)
    now = ports.clock.now()
    if sent_at is None and (voted := _at_once(incoming, key, Around(ports, wording, frozen or Frozen(), now))):
        return _unless_looping(voted, incoming, ports)
    inbound = _Inbound(incoming, 0, ports, wording, now, sent_at)
    try:
        words, is_new = _once(key, inbound, _handle)
    except _ActingFailedError as failure:
        words, is_new = _once(key, inbound, partial(_apologise, failure))
    if not is_new:
        return words
    return [] if sent_at is not None else _unless_looping(words, incoming, ports)


def _at_once(incoming: IncomingText, key: str, around: Around) -> list[str] | None:
    """The answer to the usual vote; None: the general way has to see to the text, and to what went wrong with it."""
    try:
        return vote_at_once(incoming, key, around)
    except (OperationalError, InterfaceError):
        raise
    except Exception:
        # Our own bug: nothing was written, and the general way loses nothing by it.
        logger.exception("vote not taken at once")
        return None


def _once(key: str, inbound: _Inbound, act: Callable[[UnitOfWork, _Inbound], list[str]]) -> tuple[list[str], bool]:
    """Claim the text, act on it and keep the answer, in one transaction; the answer, and whether the text is new."""
    with inbound.ports.db.work() as tx:
        claim = inbox.claim(tx, key, InboxKind.TEXT, at=inbound.now)
        if claim is None:
            return open_answer(inbox.answer_of(tx.connection, key), inbound.ports.sealer), False
        words = act(tx, replace(inbound, claim=claim))
        if inbound.sent_at is not None and words:
            sealed = seal_envelope(inbound.incoming, words, inbound.ports.sealer)
            inbox.reply_later(tx, claim, sealed, at=inbound.now)
        tx.commit()
    return words, True


def _unless_looping(words: list[str], incoming: IncomingText, ports: Ports) -> list[str]:
    """Nothing, when this telephone got the very same answer too often just now: two machines are talking.

    What the text did is done all the same. Answers that differ, as those to votes do, never come to this.
    """
    number = incoming.sender.e164 if incoming.sender else ""
    key = ports.secret.hash("loop", "|".join([number, *words]))
    if not words or ports.recent.count(key) <= MOST_IDENTICAL:
        return words
    logger.warning("loop stopped", extra={"answers": MOST_IDENTICAL})
    return []


def _handle(tx: UnitOfWork, inbound: _Inbound) -> list[str]:
    community = roll.community_by_line(tx.connection, inbound.incoming.recipient)
    if community is None:
        inbox.settle(tx, inbound.claim, state=InboxState.DONE)
        return []
    household = find_household(tx.connection, inbound.incoming.sender, community)
    if household is None:
        return _settle(tx, inbound, community, None, _to_stranger(tx, inbound, community))
    return _from_household(tx, inbound, household)


def _to_stranger(tx: UnitOfWork, inbound: _Inbound, community: Community) -> Answer:
    """An unknown number changes nothing and gets one fixed answer a day."""
    sender = inbound.incoming.sender
    if sender is None:
        return Answer()
    key = inbound.ports.secret.hash("stranger", sender.e164)
    if not inbox.once_a_day(tx, key, inbound.now.astimezone(UTC).date()):
        return Answer()
    language = written_in(inbound.incoming.body) or community.languages[0]
    return Answer((inbound.wording.say("text.stranger", language, village=community.name),))


def _from_household(tx: UnitOfWork, inbound: _Inbound, household: Household) -> list[str]:
    """Who of them it was, what it means, and the act."""
    if household.only and "#" not in inbound.incoming.body and "＃" not in inbound.incoming.body:
        # No code to look for, and nobody to tell apart.
        return _act(tx, inbound, household, household.only)
    named = understand(inbound.incoming.body, Context())
    resident = household.with_code(named.code) if named.code else household.only
    if resident is None and (named.code or named.intent not in _FOR_ALL):
        return _settle(tx, inbound, household.community, None, _ask_who(inbound, household, named))
    return _act(tx, inbound, household, resident or household.residents[0])


def _ask_who(inbound: _Inbound, household: Household, named: Meaning) -> Answer:
    """Several people share this telephone: ask for the code, neutrally, and keep nothing of what was said."""
    key = "text.who.code_unknown" if named.code else "text.who.ask"
    language = written_in(inbound.incoming.body) or household.residents[0].language
    return Answer((inbound.wording.say(key, language, village=household.community.name),), ballot=True)


def _act(tx: UnitOfWork, inbound: _Inbound, household: Household, resident: Resident) -> list[str]:
    open_to_them = _open_polls(tx, household.community, resident, inbound.now)
    try:
        turn = _make_turn(tx, inbound, household, resident, open_to_them)
        answer = (inbound.sent_at and late.too_late(turn, inbound.sent_at)) or _answer(turn)
        return _settle(tx, inbound, household.community, resident, answer)
    except (OperationalError, InterfaceError):
        raise
    except Exception as error:
        # Our own bug, whatever it is, must not lose what a person sent.
        raise _ActingFailedError(error, household.community, resident, may_be_ballot=bool(open_to_them)) from error


def _answer(turn: Turn) -> Answer:
    """Do what is meant. Once we have spoken of something else, a bare number is no vote any more."""
    if answer := asked_back(turn):
        return answer
    replied = (
        behalf.helping(turn)
        or invited.invitation_answer(turn)
        or behalf.verdict(turn)
        or _to_what_we_asked(turn)
        or replying.reply(turn)
    )
    answer = replied or ACTS[turn.meaning.intent](turn)
    if turn.polls and not answer.asks and (replied or turn.meaning.intent not in _OF_VOTING):
        move_on(turn)
    return answer


def _to_what_we_asked(turn: Turn) -> Answer | None:
    """Whether it is done, at what time somebody comes, what the level above wants to know."""
    return judgement_answer(turn) or reception_answer(turn) or consultation_answer(turn)


def _make_turn(
    tx: UnitOfWork, inbound: _Inbound, household: Household, resident: Resident, open_to_them: tuple[Poll, ...]
) -> Turn:
    told = messaging.last_told(tx.connection, resident.id)
    question = live(find_question(tx.connection, resident.id, inbound.now), told)
    context = context_of(open_to_them, resident.language, told, question)
    return Turn(
        tx=tx,
        resident=resident,
        community=household.community,
        household=household,
        text=inbound.incoming.body,
        meaning=understand(inbound.incoming.body, context),
        context=context,
        polls=open_to_them,
        question=question,
        last_told=told,
        now=inbound.now,
        ports=inbound.ports,
        wording=inbound.wording,
        media=inbound.incoming.media,
    )


def _open_polls(tx: UnitOfWork, community: Community, resident: Resident, now: datetime) -> tuple[Poll, ...]:
    return tuple(polls.open_to(tx.connection, community.id, resident.id, now))


def _apologise(failure: _ActingFailedError, tx: UnitOfWork, inbound: _Inbound) -> list[str]:
    """Nothing of the act is left; the text goes to a person."""
    logger.error("acting on a text failed", exc_info=failure.error, extra={"inbox": inbound.claim})
    community, resident = failure.community, failure.resident
    words = inbound.wording.say("text.trouble", resident.language, village=community.name)
    answer = Answer((words,), for_person=True, ballot=failure.may_be_ballot)
    return _settle(tx, inbound, community, resident, answer)


def _settle(
    tx: UnitOfWork, inbound: _Inbound, community: Community, resident: Resident | None, answer: Answer
) -> list[str]:
    """Keep the answer, sealed, and the text only if a person must read it and it cannot be a choice."""
    keeps = answer.for_person and not answer.ballot
    sealer = inbound.ports.sealer
    inbox.settle(
        tx,
        inbound.claim,
        state=InboxState.FOR_PERSON if answer.for_person else InboxState.DONE,
        answer=seal_answer(answer.words, sealer),
        sealed_text=sealer.seal((answer.read or inbound.incoming.body).encode("utf-8", "replace")) if keeps else None,
        community_id=community.id,
        resident_id=resident.id if resident and answer.for_person else None,
    )
    if answer.ballot:
        inbox.redact_later(tx, inbound.incoming.carrier_id, at=inbound.now)
    return list(answer.words)
