"""From a text to its meaning, in this order: reserved words, personal code, answer to what was asked, explicit command,
the only open question, what must be asked back, unknown.

Reserved words count as a whole message only. What is a vote, and what is not, stands in votes.py.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from dataclasses import dataclass, replace

from gateway.conversation.understanding.ballots import YESNO, numbers_in
from gateway.conversation.understanding.choices import looks_like_choice, read_choice
from gateway.conversation.understanding.commands import CommandReader
from gateway.conversation.understanding.lexicon import ACKNOWLEDGE, Lexicon, load_lexicon
from gateway.conversation.understanding.model import Context, Doubt, Intent, Meaning, PollContext
from gateway.conversation.understanding.normalise import bare, ending, in_one_script, normalise, without_inner_spaces
from gateway.conversation.understanding.politeness import polite, replied, unmarked
from gateway.conversation.understanding.quoting import without_quotes
from gateway.conversation.understanding.votes import VoteReader, speaks_for_several

# What carriers let through at most. What stands beyond it could take back what stands before: it is no vote then.
LONGEST_TEXT = 1600
_CODE = re.compile(r"^\s*#\s*(\d{3,10})(?!\d)[\s,.。:;、]*")
# What may stand between a command's word and a topic, as it is written.
_AFTER_COMMAND = " \t\r\n\u3000:,.;、-—：，。；"
_RESERVED = (Intent.STOP, Intent.START)
_YES_OR_NO = PollContext(0, YESNO)


def understand(text: str, context: Context, *, lexicon: Lexicon | None = None) -> Meaning:
    """What `text` means to somebody to whom `context` applies."""
    lexicon = lexicon or load_lexicon()
    shown = normalise(text[:LONGEST_TEXT])
    folded = without_quotes(_folded(shown), lexicon.our_words)
    meaning = _Reader(lexicon, VoteReader(context, lexicon), CommandReader(lexicon)).read(folded)
    if len(text) > LONGEST_TEXT and (meaning.votes or meaning.intent in _RESERVED):
        meaning = Meaning(Intent.UNKNOWN, words=bare(shown), code=meaning.code)
    return replace(
        meaning,
        topic_text=_raw(meaning.topic_text, text) or _as_written(meaning.topic_text, shown, folded),
        words=_as_written(meaning.words, shown, folded),
    )


def answers_yes_or_no(text: str, *, lexicon: Lexicon | None = None) -> bool | None:
    """Whether `text` says yes or no to "1 yes, 2 no"; None when it says something else."""
    lexicon = lexicon or load_lexicon()
    plain = _plain(text)
    if unmarked(plain, lexicon) != polite(plain, lexicon):
        # "投1" speaks of a poll, not of our question.
        return None
    return {"yes": True, "no": False}.get(read_choice(plain, _YES_OR_NO, lexicon, soft=True) or "")


def answers_poll(text: str, poll: PollContext, *, lexicon: Lexicon | None = None) -> str | None:
    """The choice that `text`, and nothing else, is in `poll`; "" for one that it does not have, None for no choice."""
    return read_choice(_folded(normalise(text[:LONGEST_TEXT])), poll, lexicon or load_lexicon(), soft=True)


def answers_number(text: str, *, lexicon: Lexicon | None = None) -> int | None:
    """The number that `text` is, when it is nothing but a number ("1", "回1", "第2")."""
    numbers = numbers_in(replied(_plain(text), lexicon or load_lexicon()))
    return numbers[0] if len(numbers) == 1 else None


def answers_done(text: str, *, numbers: bool = True, lexicon: Lexicon | None = None) -> bool | None:
    """Whether `text` says that something is done or not done ("1 done, 2 not done"); None when it says something else.

    Without `numbers` only words count, for numbers may be a grade.
    """
    lexicon = lexicon or load_lexicon()
    plain = _plain(text)
    said = {plain, polite(plain, lexicon), replied(plain, lexicon)}
    if said & set(lexicon.not_done):
        return False
    if said & set(lexicon.done):
        return True
    if not numbers and answers_number(text, lexicon=lexicon) is not None:
        return None
    return answers_yes_or_no(text, lexicon=lexicon)


def calls_off(words: str, *, lexicon: Lexicon | None = None) -> bool:
    """Whether the words behind a booking give it back."""
    return _plain(words) in (lexicon or load_lexicon()).call_off


def is_acknowledgement(text: str, *, lexicon: Lexicon | None = None) -> bool:
    """Whether a text only says thanks or that it was received."""
    lexicon = lexicon or load_lexicon()
    plain = _plain(text)
    return ACKNOWLEDGE in (lexicon.whole.get(plain), lexicon.whole.get(polite(plain, lexicon)))


def _plain(text: str) -> str:
    """A short text without the personal code before it and the signs around it."""
    return without_inner_spaces(bare(_CODE.sub("", _folded(normalise(text[:LONGEST_TEXT])), count=1)))


def _folded(shown: str) -> str:
    lower = shown.lower()
    return in_one_script(lower if len(lower) == len(shown) else shown)


def _as_written(part: str, shown: str, folded: str) -> str:
    """What the sender wrote where `part` was found: capitals and characters as they were, one line."""
    at = folded.rfind(part)
    return " ".join((shown[at : at + len(part)] if at >= 0 else part).split())


def _raw(part: str, text: str) -> str:
    """The end of `text` that comes to `part` when it is normalised: with its own punctuation; "" if there is none."""
    if not part or len(text) > LONGEST_TEXT:
        return ""
    wanted = bare(part)
    # Normalising a later end of the text gives a shorter result.
    at = bisect_left(range(len(text)), -len(part), key=lambda start: -len(bare(_folded(normalise(text[start:])))))
    while at < len(text) and len(bare(_folded(normalise(text[at:])))) > len(wanted):
        at += 1
    end = text[at:]
    return " ".join(end.lstrip(_AFTER_COMMAND).split()) if bare(_folded(normalise(end))) == wanted else ""


@dataclass(frozen=True)
class _Reader:
    """The words to read by, and how votes and commands are read. Texts given to its methods are normalised, in lower
    case and of one script.
    """

    lexicon: Lexicon
    votes: VoteReader
    commands: CommandReader

    def read(self, text: str) -> Meaning:
        """The meaning of a whole text, personal code included."""
        code = _CODE.match(text)
        said = text[code.end() :] if code else text
        meaning = self._meaning(said)
        hesitates = meaning.votes and "?" in ending(said)
        if hesitates or (meaning.votes and code and speaks_for_several(text)):
            # "1?" wonders, it does not vote.
            meaning = Meaning(Intent.AMBIGUOUS, number=str(meaning.votes[0].poll), doubt=Doubt.IS_IT_A_VOTE)
        return replace(meaning, code=code[1]) if code else meaning

    def _meaning(self, text: str) -> Meaning:
        plain = bare(text)
        kind = polite(plain, self.lexicon)
        return (
            self._reserved(text, plain, kind)
            or self.votes.answer(plain, ending(text))
            or self._whole(plain, kind)
            or self.votes.several(plain)
            or self._command(plain, kind)
            or self.votes.command(plain)
            or self.votes.corrected(plain)
            or self.votes.only_open(text, plain)
            or self._to_ask_back(plain, kind)
            or Meaning(Intent.UNKNOWN, words="" if self._named(plain, kind) == ACKNOWLEDGE else plain)
        )

    def _command(self, plain: str, kind: str) -> Meaning | None:
        found = self.commands.command(plain, kind)
        backs = found is not None and found.intent is Intent.SUPPORT and kind.startswith(self.lexicon.soft_words)
        if found and backs and self.votes.context.poll(int(found.number)):
            # "支持3": back topic 3, or yes in poll 3?
            return self.votes.unsure()
        return found

    # --- messages of one word ---

    def _named(self, plain: str, kind: str) -> str | None:
        whole = self.lexicon.whole
        return whole.get(plain) or whole.get(kind) or whole.get(without_inner_spaces(kind))

    def _whole(self, plain: str, kind: str) -> Meaning | None:
        name = self._named(plain, kind)
        if name in (None, ACKNOWLEDGE, *_RESERVED):
            return None if name else self.commands.language_named(kind)
        return Meaning(Intent(name))

    def _reserved(self, text: str, plain: str, kind: str) -> Meaning | None:
        name = self._named(plain, kind)
        if name not in _RESERVED:
            return None
        if "?" in ending(text):
            # "STOP?" is a puzzled person, not one who wants to stop.
            return Meaning(Intent.AMBIGUOUS, doubt=Doubt.IS_IT_STOP) if name == Intent.STOP else None
        return Meaning(Intent(name))

    # --- what must be asked back ---

    def _to_ask_back(self, plain: str, kind: str) -> Meaning | None:
        if self._named(plain, kind) == ACKNOWLEDGE:
            return None
        if kind in self.lexicon.perhaps_stop or plain in self.lexicon.perhaps_stop:
            return Meaning(Intent.AMBIGUOUS, doubt=Doubt.IS_IT_STOP)
        found = self.commands.unfinished(kind)
        if found and found.near is Intent.VOTE:
            found = self.votes.unsure() if self.votes.context.polls else Meaning(Intent.VOTE, doubt=Doubt.NOT_OPEN)
        return found or self.votes.doubtful(plain) or self._of_no_poll(kind)

    def _of_no_poll(self, kind: str) -> Meaning | None:
        """ "赞成" while no poll is open: it can only have been meant for one."""
        if self.votes.context.polls or kind not in self.lexicon.choices or not looks_like_choice(kind, self.lexicon):
            return None
        return Meaning(Intent.AMBIGUOUS, doubt=Doubt.NOT_OPEN)
