"""A notice before it is a broadcast: its words, whom it is meant for, and who has let it go. Pure.

A notice to a township and the villages below it is a series: one broadcast for each of them, from its own line, in its
own hours, on its own account.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from gateway.kernel.errors import InputError
from gateway.messaging.model import Preview
from gateway.roll.model import Channel

NOTICE = "notice"
LONGEST_WORDS = 600


@dataclass(frozen=True)
class Audience:
    """Whom a notice is meant for: everybody, or those who had a part in something, narrowed down by what they are.

    `parts` name things people had a part in, each as "kind:number" (topic:13, poll:3); whoever had a part in one of
    them is meant. `groups`, `households`, `language` and `channel` all narrow it down.
    """

    parts: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    households: tuple[str, ...] = ()
    language: str = ""
    channel: Channel | None = None

    def to_json(self) -> dict[str, Any]:
        """As it is kept until the notice goes."""
        return {
            "parts": list(self.parts),
            "groups": list(self.groups),
            "households": list(self.households),
            "language": self.language,
            "channel": self.channel,
        }


def audience_from_json(kept: Mapping[str, Any]) -> Audience:
    """The audience that `to_json` wrote."""
    return Audience(
        parts=tuple(kept["parts"]),
        groups=tuple(kept["groups"]),
        households=tuple(kept["households"]),
        language=kept["language"],
        channel=Channel(kept["channel"]) if kept["channel"] else None,
    )


@dataclass(frozen=True)
class NoticeDraft:
    """A notice to write: `words` per language, said alike by text, call, sheet and loudspeaker; `by` whom.

    With `children` it goes to the communities below as well; without `calls` nobody is called. `send_at` None: now.
    """

    community_id: int
    words: Mapping[str, str] = field(repr=False)
    audience: Audience = Audience()
    by: str = ""
    children: bool = False
    calls: bool = True
    send_at: datetime | None = None


@dataclass(frozen=True)
class Notice:
    """A notice as it stands; `series` is the number of the first of those written together.

    `problem`: the code of what kept it from going when its hour had come.
    """

    broadcast_id: int
    series: int
    words: Mapping[str, str] = field(repr=False)
    audience: Audience
    people: int
    by: str
    needs_second: bool
    approved_by: str
    send_at: datetime | None
    problem: str

    @property
    def may_go(self) -> bool:
        """Whether nobody has to agree any more."""
        return not self.needs_second or bool(self.approved_by)


@dataclass(frozen=True)
class Outlook:
    """What a notice would do, community by community (code → preview), and whether a second person must agree."""

    previews: Mapping[str, Preview]
    people: int
    price: int
    needs_second: bool


@dataclass(frozen=True)
class Written:
    """What became of a notice that was sent: the numbers of its broadcasts, and whether it waits."""

    series: int
    numbers: tuple[int, ...]
    needs_second: bool
    send_at: datetime | None

    @property
    def waits(self) -> bool:
        """Whether it has not been released yet."""
        return self.needs_second or self.send_at is not None


def check_words(words: Mapping[str, str]) -> dict[str, str]:
    """The words without spaces around them. InputError("broadcast_empty", "notice_too_long")."""
    clean = {language: said.strip() for language, said in words.items()}
    if not clean or not all(clean.values()):
        raise InputError("broadcast_empty")
    if any(len(said) > LONGEST_WORDS for said in clean.values()):
        raise InputError("notice_too_long", most=LONGEST_WORDS)
    return clean
