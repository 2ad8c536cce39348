"""Votes by text. The answer gives the receipt and never the choice; vote, vote again and abstention sound the same."""

from __future__ import annotations

from gateway.conversation.acts.asking import ask_poll, move_on
from gateway.conversation.acts.unclear import pass_on, unclear
from gateway.conversation.answers import Answer, Turn
from gateway.conversation.store import Asked
from gateway.conversation.understanding.model import Doubt
from gateway.kernel.errors import RuleError
from gateway.polls import actions as polls


def vote(turn: Turn) -> Answer:
    """Cast what was understood; what was not open says so."""
    if not turn.meaning.votes:
        move_on(turn)
        key = "vote.not_open" if turn.meaning.number else "vote.none_open"
        return Answer((turn.say(key, poll=turn.meaning.number),), ballot=True)
    words = tuple(_cast(turn, vote.poll, vote.choice) for vote in turn.meaning.votes)
    if any(vote.poll != turn.context.asked for vote in turn.meaning.votes):
        # Our answer is about that poll now; a bare number must not fall into the one asked about before.
        move_on(turn)
    return Answer(words, ballot=True)


def doubt(turn: Turn) -> Answer:
    """A text that may be a vote: ask back once, then leave it to a person; never guess."""
    meaning = turn.meaning
    if meaning.doubt in (Doubt.IS_IT_STOP, Doubt.INCOMPLETE, Doubt.MISSPELT):
        return unclear(turn)
    if meaning.doubt is Doubt.WHICH_POLL:
        numbers = " ".join(str(poll.number) for poll in turn.polls)
        first = turn.polls[0].number
        return Answer((turn.say("vote.which_poll", numbers=numbers, poll=first),), ballot=True)
    poll = turn.poll(int(meaning.number)) if meaning.number else None
    if poll is None:
        key = "vote.not_open" if meaning.number else "vote.none_open"
        return Answer((turn.say(key, poll=meaning.number),), ballot=True)
    if turn.question and (turn.question.asked, turn.question.ref) == (Asked.POLL, poll.number):
        return pass_on(turn)
    key = "vote.no_such_option" if meaning.doubt is Doubt.NO_SUCH_OPTION else "vote.is_it_a_vote"
    return ask_poll(turn, poll, key)


def _cast(turn: Turn, number: int, choice: str) -> str:
    try:
        receipt = polls.cast(turn.tx, number, turn.resident.id, choice, ports=turn.ports)
    except RuleError as error:
        key = "vote.keys_lost" if error.code == "poll_keys_lost" else "vote.not_open"
        return turn.say(key, poll=number)
    return turn.say("vote.counted", poll=number, receipt=receipt)
