"""What came out of the demonstration, held against what the villagers meant and what their telephones received."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from gateway.carriers.simulator.driver import AsyncTelephones, CallTranscript
from gateway.cli.demo.play import Play
from gateway.cli.demo.village import Villager, intended
from gateway.messaging import views as messaging
from gateway.polls import views as polls
from gateway.polls.announcing import Announcement
from gateway.polls.model import Result
from gateway.polls.telling import announced
from gateway.topics import views as topics
from gateway.topics.model import Topic

CHOICES = ("yes", "no", "abstain")


@dataclass(frozen=True)
class NotReached:
    """Somebody whose telephone has not got the result: why and when it is tried again, by the gateway's own account."""

    name: str
    phone_trouble: str
    outcome: str = ""
    next_at: str = ""


@dataclass(frozen=True)
class Summary:
    """The figures of one demonstration."""

    people: int
    topics: int
    supports: int
    texts: int
    calls: int
    hang_ups: int
    votes_again: int
    meant: Counter[str]
    result: Result
    got_text: int
    heard_call: int
    warnings: int
    doubled: int
    not_reached: list[NotReached] = field(default_factory=list)

    @property
    def counted_right(self) -> bool:
        """Whether the published tally is what the villagers meant."""
        return all(self.result.counts.get(choice, 0) == self.meant[choice] for choice in CHOICES)

    @property
    def all_reached(self) -> bool:
        """Whether everybody with a telephone that works has the result, and the gateway knows of all the others."""
        return all(person.phone_trouble and person.outcome for person in self.not_reached)

    @property
    def is_right(self) -> bool:
        """Whether everything came out as it should."""
        return self.counted_right and self.all_reached and self.doubled == 0 and self.warnings == 0

    def to_json(self) -> dict[str, Any]:
        """The summary for machines."""
        return {
            "right": self.is_right,
            "people": self.people,
            "topics": self.topics,
            "supports": self.supports,
            "texts": self.texts,
            "calls": self.calls,
            "hang_ups": self.hang_ups,
            "votes_again": self.votes_again,
            "meant": {choice: self.meant[choice] for choice in CHOICES},
            "counted": {choice: self.result.counts.get(choice, 0) for choice in CHOICES},
            "participants": self.result.participants,
            "adopted": self.result.adopted,
            "result_by_text": self.got_text,
            "result_by_call": self.heard_call,
            "not_reached": [vars(person) for person in self.not_reached],
            "sent_twice": self.doubled,
            "carrier_warnings": self.warnings,
        }

    def to_text(self, say: Callable[..., str], seconds: float) -> str:
        """The summary for people."""
        rows = [
            say("staff_demo.count_row", choice=say(f"staff_demo.choice.{choice}"), meant=self.meant[choice],
                counted=self.result.counts.get(choice, 0))
            for choice in CHOICES
        ]  # fmt: skip
        people = [_reason(person, say) for person in self.not_reached]
        return say(
            "staff_demo.summary",
            people=self.people,
            topics=self.topics,
            supports=self.supports,
            texts=self.texts,
            calls=self.calls,
            hang_ups=self.hang_ups,
            votes_again=self.votes_again,
            rows=_indented(rows),
            participants=self.result.participants,
            eligible=self.result.eligible,
            verdict=say(f"staff_demo.adopted.{str(self.result.adopted).lower()}"),
            by_text=self.got_text,
            by_call=self.heard_call,
            missing=len(self.not_reached),
            list=_indented(people),
            right=say(f"staff_demo.right.{str(self.is_right).lower()}"),
            seconds=round(seconds),
        )


async def summarise(play: Play, result: Result, raised: Sequence[Topic], *, warnings: int) -> Summary:
    """Ask the telephones what they received and hold it against the gateway's own account."""
    phones: dict[str, list[Villager]] = {}
    for villager in play.villagers:
        phones.setdefault(villager.phone, []).append(villager)
    words = _words(play, result)
    copies = {phone: await _received(play.telephones, phone, words) for phone in phones}
    missing = [v for phone, people in phones.items() for v in people[sum(copies[phone]) :]]
    return Summary(
        people=len(play.villagers),
        topics=len(raised),
        supports=_supports(play, raised),
        texts=play.tally.texts,
        calls=play.tally.calls,
        hang_ups=play.tally.hang_ups,
        votes_again=play.tally.votes_again,
        meant=intended(play.villagers),
        result=result,
        got_text=sum(texts for texts, _ in copies.values()),
        heard_call=sum(calls for _, calls in copies.values()),
        doubled=sum(max(0, sum(copies[phone]) - len(people)) for phone, people in phones.items()),
        warnings=warnings,
        not_reached=_account(play, missing),
    )


def _account(play: Play, missing: Sequence[Villager]) -> list[NotReached]:
    """What the gateway says of those whose telephones have nothing."""
    with play.gateway.db.read() as conn:
        trying = {person.code: person for person in messaging.still_trying(conn, play.progress()[-1].broadcast_id)}
    found = []
    for villager in missing:
        known = trying.get(villager.code)
        next_at = known.next_at.astimezone().strftime("%H:%M") if known and known.next_at else ""
        found.append(NotReached(villager.name, villager.trouble, known.outcome if known else "", next_at))
    return found


def _reason(person: NotReached, say: Callable[..., str]) -> str:
    why = say(f"staff_broadcast.outcome.{person.outcome}") if person.outcome else say("staff_demo.unaccounted")
    return say("staff_demo.not_reached_row", name=person.name, why=why, at=person.next_at or "…")


def _words(play: Play, result: Result) -> Announcement:
    with play.gateway.db.read() as conn:
        poll = polls.poll(conn, result.poll)
        return announced(conn, poll, result, wording=play.gateway.wording)


async def _received(telephones: AsyncTelephones, phone: str, words: Announcement) -> tuple[int, int]:
    """How many copies of the result a telephone got as texts, and how many people heard it out in calls."""
    texts = [body for body in await telephones.messages(phone) if body in words.texts.values()]
    calls = await telephones.transcripts(phone)
    return len(texts), sum(_heard_out(call, words) for call in calls)


def _heard_out(call: CallTranscript, words: Announcement) -> int:
    """How many people heard the words in one call: each confirms it with a key before the telephone is passed on."""
    people, is_said = 0, False
    for moment in call.moments:
        is_said = is_said or moment["text"] in words.calls.values()
        if is_said and moment["kind"] == "keys":
            people, is_said = people + 1, False
    return people


def _supports(play: Play, raised: Sequence[Topic]) -> int:
    with play.gateway.db.read() as conn:
        found = [topics.topic_by_id(conn, topic.id) for topic in raised]
    return sum(topic.supporters for topic in found if topic)


def _indented(lines: list[str]) -> str:
    return "\n".join(f"    {line}" for line in lines)
