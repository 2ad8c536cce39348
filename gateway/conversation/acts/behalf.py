"""Acting for somebody else: a helper by text, and the person's own word on what was entered for them (1 right, 2 undo).

A helper is a resident whom the clerk has registered with the person's consent. Nobody votes for another.
"""

from __future__ import annotations

from gateway.behalf import actions, views
from gateway.behalf.model import TOLD, Actor, Entered
from gateway.behalf.telling import entered_words, what_words
from gateway.conversation.acts.asking import ask
from gateway.conversation.answers import Answer, Turn
from gateway.conversation.store import Asked
from gateway.conversation.understanding.behalf import ForAnother, for_another
from gateway.conversation.understanding.model import Intent
from gateway.conversation.understanding.parse import answers_yes_or_no
from gateway.kernel.errors import GatewayError, NotFound
from gateway.roll import views as roll
from gateway.roll.model import Resident
from gateway.topics import views as topics
from gateway.topics.model import topic_id_of


def helping(turn: Turn) -> Answer | None:
    """What a helper does for another person; None when the text is nothing of the kind."""
    meant = for_another(turn.text)
    if meant is None:
        return None
    if meant.votes:
        return Answer((_say(turn, "no_vote"),), ballot=True)
    person = roll.resident_by_code(turn.tx.connection, turn.community.id, meant.code)
    # Whether there is such a code is told to nobody who may not act for it.
    if person is None or not views.may_help(turn.tx.connection, turn.resident.id, person.id):
        return Answer((_say(turn, "not_registered", code=meant.code),))
    try:
        with turn.tx.connection.begin_nested():
            entered = _enter(turn, meant, person)
    except GatewayError as error:
        why = turn.wording.say(f"error.{error.code}", turn.resident.language, **error.params)
        return Answer((_say(turn, "not_done", person=person.name, why=why),))
    deed = what_words(turn.tx.connection, entered, turn.resident.language, wording=turn.wording)
    return Answer((_say(turn, "done", person=person.name, deed=deed),))


def verdict(turn: Turn) -> Answer | None:
    """The person's word on what we just told them was entered for them; None when they say something else."""
    entered_id = _asked(turn)
    said = answers_yes_or_no(turn.text) if entered_id else None
    entered = views.entered(turn.tx.connection, entered_id) if said is not None else None
    if entered is None or entered.resident_id != turn.resident.id:
        return None
    if said:
        actions.confirm(turn.tx, entered.id, turn.resident.id)
        return Answer((_say(turn, "stays"),))
    return _revoke(turn, entered)


def ask_about(turn: Turn) -> str | None:
    """What was entered for this person and still waits for their word, put once more; None when there is nothing."""
    waiting = views.open_for(turn.tx.connection, turn.resident.id, turn.now)
    if not waiting:
        return None
    ask(turn, Asked.BEHALF, ref=waiting[0].id)
    return entered_words(turn.tx.connection, waiting[0], turn.resident.language, wording=turn.wording)


def _asked(turn: Turn) -> int:
    """The deed that our last word to this person was about; 0 if it was something else."""
    if turn.question is not None:
        return turn.question.ref if turn.question.asked is Asked.BEHALF else 0
    told = turn.last_told
    return int(told.subject.partition(":")[2]) if told and told.kind == TOLD else 0


def _revoke(turn: Turn, entered: Entered) -> Answer:
    try:
        with turn.tx.connection.begin_nested():
            actions.revoke(turn.tx, entered.id, turn.resident.id, at=turn.now)
    except GatewayError as error:
        why = turn.wording.say(f"error.{error.code}", turn.resident.language, **error.params)
        # A person sees what can still be done about it.
        return Answer((_say(turn, "not_undone", why=why),), for_person=error.code != "behalf_settled")
    deed = what_words(turn.tx.connection, entered, turn.resident.language, wording=turn.wording)
    return Answer((_say(turn, "undone", deed=deed),))


def _enter(turn: Turn, meant: ForAnother, person: Resident) -> Entered:
    reason = turn.wording.say("text_behalf.reason", turn.community.languages[0])
    actor = Actor(reason=reason, helper_id=turn.resident.id)
    tx, said, at, wording = turn.tx, meant.meaning, turn.now, turn.wording
    if meant.comes is not None:
        return actions.enter_reply(tx, person.id, meant.meeting, meant.comes, actor, at=at, wording=wording)
    match said.intent:
        case Intent.TOPIC:
            return actions.enter_topic(tx, person.id, said.topic_text, actor, at=at, wording=wording)
        case Intent.SUPPORT:
            return actions.enter_support(tx, person.id, _topic(turn, said.number), actor, at=at, wording=wording)
        case Intent.QUESTION:
            topic = _topic(turn, said.number)
            return actions.enter_question(tx, person.id, topic, said.words, actor, at=at, wording=wording)
        case _:
            meeting = int(said.number)
            return actions.enter_statement(tx, person.id, meeting, said.words, actor, at=at, wording=wording)


def _topic(turn: Turn, number: str) -> int:
    if topic_id_of(number) is None:
        raise NotFound("topic_number_wrong")
    found = topics.topic(turn.tx.connection, number, turn.community.id)
    if found is None:
        raise NotFound("topic_unknown")
    return found.id


def _say(turn: Turn, key: str, **values: str | int) -> str:
    return turn.wording.say(f"text_behalf.{key}", turn.resident.language, village=turn.community.name, **values)
