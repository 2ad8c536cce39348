"""Taking off what says nothing: greetings and thanks, words for voting before a choice, emphasis."""

from __future__ import annotations

from gateway.conversation.understanding.lexicon import Lexicon
from gateway.conversation.understanding.normalise import bare, parts

# Nobody greets more often; a text made of nothing else must cost no more than another.
_MOST_ROUNDS = 8


def polite(text: str, lexicon: Lexicon) -> str:
    """A bare text without polite words around it; never shortened to nothing."""
    for _ in range(_MOST_ROUNDS):
        before = text
        text = _without_end(_without_start(text, lexicon.polite_before), lexicon.polite_after)
        if before == text:
            break
    return text


def unmarked(words: str, lexicon: Lexicon) -> str:
    """`words` without politeness and leading words for voting ("投1", "我投1" → "1")."""
    return _stripped(words, lexicon, lexicon.choice_marks)


def replied(words: str, lexicon: Lexicon) -> str:
    """`words` without politeness and words for answering ("回1" → "1", but not "投1")."""
    return _stripped(words, lexicon, (*lexicon.reply_marks, *lexicon.emphasis))


def unanswered(words: str, lexicon: Lexicon) -> str:
    """`words` without politeness, words for voting, words for answering, and emphasis ("我坚决反对", "回复1")."""
    return _stripped(words, lexicon, (*lexicon.choice_marks, *lexicon.reply_marks, *lexicon.emphasis))


def _stripped(words: str, lexicon: Lexicon, marks: tuple[str, ...]) -> str:
    for _ in range(_MOST_ROUNDS):
        before = words
        words = _without_start(polite(words, lexicon), marks, digits_follow=True)
        if before == words:
            break
    return words


def _without_start(text: str, forms: tuple[str, ...], *, digits_follow: bool = False) -> str:
    """`text` without the first of `forms` it begins with, unless nothing would be left."""
    if not text.startswith(forms):
        return text
    for form in forms:
        if text.startswith(form):
            rest = text[len(form) :]
            left = bare(rest)
            if left and (parts(form, rest) or (digits_follow and rest[0].isdigit())):
                return left
    return text


def _without_end(text: str, forms: tuple[str, ...]) -> str:
    if not text.endswith(forms):
        return text
    for form in forms:
        if text.endswith(form):
            rest = text[: -len(form)]
            left = bare(rest)
            if left and parts(form[0], rest[-1]):
                return left
    return text
