"""The polls that texts and calls ask for most: what opening has frozen is read once in a process.

So are the words that votes come in. A thousand people write "1" or "投3 1"; which of them wrote what is not kept.
"""

from __future__ import annotations

from gateway.conversation.understanding.model import Context, Intent, Meaning
from gateway.conversation.understanding.parse import understand
from gateway.polls.model import Poll

MOST_FROZEN = 64
MOST_READINGS = 512
# Longer texts are nobody's but their sender's.
LONGEST_READING = 12


class Frozen:
    """The words and forms of the polls that were asked for last. What opening has frozen need not be read again."""

    def __init__(self) -> None:
        self._polls: dict[int, Poll] = {}
        self._votes: dict[tuple[str, Context], Meaning] = {}

    def meaning(self, text: str, context: Context) -> Meaning:
        """What `text` means; short votes are understood once."""
        known = self._votes.get((text, context))
        if known is not None:
            return known
        meaning = understand(text, context)
        if meaning.intent is Intent.VOTE and len(text) <= LONGEST_READING:
            if len(self._votes) >= MOST_READINGS:
                self._votes.clear()
            self._votes[text, context] = meaning
        return meaning

    def get(self, number: int) -> Poll | None:
        """The poll as it was when it was kept: its state may be another by now."""
        return self._polls.get(number)

    def keep(self, poll: Poll) -> None:
        """Keep a poll whose terms are frozen; the one kept longest makes room."""
        if poll.frozen_sha256 is None:
            return
        if len(self._polls) >= MOST_FROZEN:
            self._polls.pop(next(iter(self._polls)), None)
        self._polls[poll.number] = poll
