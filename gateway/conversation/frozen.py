"""The polls that texts and calls ask for most: what opening has frozen is read once in a process."""

from __future__ import annotations

from gateway.polls.model import Poll

MOST_FROZEN = 64


class Frozen:
    """The words and forms of the polls that were asked for last. What opening has frozen need not be read again."""

    def __init__(self) -> None:
        self._polls: dict[int, Poll] = {}

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
