"""Votes by text. The answer gives the receipt and never the choice; vote, vote again and abstention sound the same."""

from __future__ import annotations

from gateway.conversation.acts.asking import ask, ask_poll, ask_which_poll, move_on
from gateway.conversation.acts.unclear import pass_on, unfinished, was_asked_back
from gateway.conversation.answers import Answer, Turn
from gateway.conversation.store import Asked
from gateway.conversation.understanding.model import Doubt
from gateway.conversation.understanding.parse import is_acknowledgement
from gateway.kernel.errors import InputError, RuleError
from gateway.polls import actions as polls
from gateway.polls.speaking import sender

_OF_COMMANDS = (Doubt.INCOMPLETE, Doubt.MISSPELT, Doubt.IS_IT_STOP)
_REFUSED = {"poll_keys_lost": "vote.keys_lost", "voted_in_person": "vote.in_person"}


def vote(turn: Turn) -> Answer:
    """Cast what was understood; what was not open says so."""
    if not turn.meaning.votes:
        move_on(turn)
        return _not_open(turn)
    words = tuple(_cast(turn, vote.poll, vote.choice) for vote in turn.meaning.votes)
    if any(vote.poll != turn.context.asked for vote in turn.meaning.votes):
        # Our answer is about that poll now; a bare number must not fall into the one asked about before.
        move_on(turn)
    elif turn.question:
        ask(turn, Asked.VOTED, ref=turn.question.ref)
    return Answer(words, ballot=True)


def doubt(turn: Turn) -> Answer:
    """A text that may be a vote, or a command: ask back once, then leave it to a person; never guess."""
    meaning = turn.meaning
    if meaning.doubt in _OF_COMMANDS:
        return unfinished(turn)
    if meaning.doubt is Doubt.WHICH_POLL:
        return pass_on(turn) if was_asked_back(turn) else ask_which_poll(turn)
    poll = turn.poll(int(meaning.number)) if meaning.number else None
    if poll is None:
        return _not_open(turn)
    asked_already = turn.question and (turn.question.asked, turn.question.ref) == (Asked.POLL, poll.number)
    if asked_already and not is_acknowledgement(turn.text):
        return pass_on(turn)
    # Somebody who says "ok" to our question believes to have voted: it is put once more, without fuss.
    key = "vote.no_such_option" if meaning.doubt is Doubt.NO_SUCH_OPTION else "vote.is_it_a_vote"
    return ask_poll(turn, poll, key)


def _not_open(turn: Turn) -> Answer:
    key = "vote.not_open" if turn.meaning.number else "vote.none_open"
    return Answer((turn.say(key, poll=turn.meaning.number),), ballot=True)


def _cast(turn: Turn, number: int, choice: str) -> str:
    try:
        receipt = polls.cast(turn.tx, number, turn.resident.id, choice, ports=turn.ports)
    except RuleError as error:
        return turn.say(_REFUSED.get(error.code, "vote.not_open"), poll=number)
    except InputError:
        # Understood, but the poll's own rule forbids it: together the options cost more than there is.
        return turn.say("vote.over_budget", poll=number)
    poll = turn.poll(number)
    village = turn.community.name
    if poll:
        village = sender(poll, village, turn.resident.language, wording=turn.wording)
    return turn.wording.say("text.vote.counted", turn.resident.language, village=village, poll=number, receipt=receipt)
