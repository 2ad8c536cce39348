"""The play itself: the villagers act, many at once, through the simulated telephone company; the clerk in between.

Everything passes the real hooks, workers and carrier interface. Only the clerk's decisions are taken here, by the same
actions that the console and the command line take them with.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field
from datetime import timedelta
from fractions import Fraction

from gateway.bootstrap import Gateway
from gateway.carriers.simulator.driver import AsyncTelephones
from gateway.cli.demo import acting
from gateway.cli.demo.village import LINE, Villager
from gateway.followup import actions as followup
from gateway.messaging import views as messaging
from gateway.messaging.model import Progress
from gateway.polls import actions as polls
from gateway.polls import closing
from gateway.polls.inviting import ask_for_votes
from gateway.polls.model import Method, PollDraft, PollWording, Result, Threshold, ThresholdBase
from gateway.roll import views as roll
from gateway.topics import actions as topics
from gateway.topics import views as topic_views
from gateway.topics.model import Stage, Topic

# As many villagers on the telephone at once.
AT_ONCE = 24
SUPPORTERS = 40
QUIET_SECONDS = 4.0
LONGEST_WAIT = 60.0


@dataclass
class Tally:
    """What the villagers did, counted while they did it."""

    texts: int = 0
    calls: int = 0
    hang_ups: int = 0
    votes_again: int = 0
    receipts: int = 0
    told: Counter[str] = field(default_factory=Counter)


@dataclass
class Play:
    """One performance."""

    gateway: Gateway
    telephones: AsyncTelephones
    villagers: list[Villager]
    community_id: int
    tally: Tally = field(default_factory=Tally)

    async def set_up(self, report: Callable[[int], None]) -> None:
        """Give every villager a telephone with its behaviour."""
        rules = acting.listening_rules(self.gateway.wording)
        owners = {villager.phone: villager for villager in self.villagers}

        async def place(villager: Villager) -> None:
            await self.telephones.add(villager.phone, villager.name, villager.trouble)
            await self.telephones.set_answers(villager.phone, rules)

        await self._all(owners.values(), place, report)

    async def raise_topics(self, report: Callable[[int], None]) -> list[Topic]:
        """Some villagers raise topics, by text or by call; others back the first ones."""
        await self._all([v for v in self.villagers if v.topic], self._raise_topic, report)
        with self.gateway.db.read() as conn:
            raised = topic_views.topics(conn, self.community_id)
        rng = random.Random(1)  # noqa: S311  # a made-up village needs no secrecy
        able = [v for v in self.villagers if v.trouble == "" and not v.votes_by_call]
        backers = [(v, rng.choice(raised)) for v in rng.sample(able, min(SUPPORTERS, len(able)))]
        await self._all(backers, lambda pair: self._text(pair[0], acting.support_text(pair[0], pair[1].number)))
        return raised

    def screen(self, raised: Iterable[Topic]) -> None:
        """The clerk takes up every topic."""
        for topic in raised:
            with self.gateway.db.work() as tx:
                at = self.gateway.ports.clock.now()
                topics.screen(tx, topic.number, True, "", at=at, wording=self.gateway.wording)
                tx.commit()

    def open_poll(self) -> int:
        """The clerk puts a question to the vote; it goes to everybody."""
        now = self.gateway.ports.clock.now()
        say = self.gateway.wording.say
        draft = PollDraft(
            community_id=self.community_id,
            method=Method.YESNO,
            wording={"": PollWording(say("sample.poll", "zh")), "en": PollWording(say("sample.poll", "en"))},
            closes_at=now + timedelta(hours=2),
            threshold=Threshold(ThresholdBase.PARTICIPANTS, Fraction(1, 2)),
            quorum=Fraction(1, 2),
        )
        with self.gateway.db.work() as tx:
            number = polls.create_poll(tx, draft, at=now)
            polls.open_poll(tx, number, ports=self.gateway.ports, wording=self.gateway.wording)
            ask_for_votes(tx, number, at=now, wording=self.gateway.wording)
            tx.commit()
        return number

    async def vote(self, poll: int, report: Callable[[int], None]) -> None:
        """Everybody who means to vote does, on their telephone, some of them twice, some after a dropped call."""
        await self._all([v for v in self.villagers if v.choice], lambda v: self._vote(v, poll), report)

    def close(self, poll: int) -> Result:
        """The clerk closes the poll; counting and the broadcast of the result follow by themselves."""
        return closing.close_poll(poll, ports=self.gateway.ports, wording=self.gateway.wording)

    def post_update(self, topic: Topic) -> None:
        """The clerk tells what came of a topic."""
        words = {code: self.gateway.wording.say("sample.update", code) for code in self.gateway.wording.languages}
        with self.gateway.db.work() as tx:
            at = self.gateway.ports.clock.now()
            followup.post_update(
                tx, topic.id, words, at=at, wording=self.gateway.wording, stage=Stage.DONE, everyone=False
            )
            tx.commit()

    def wait_for_deliveries(self, report: Callable[[Progress], None]) -> None:
        """Until nobody is under way any more, or all who are wait for another try later."""
        began = quiet_since = time.monotonic()
        before: list[tuple[int, int]] = []
        while time.monotonic() - began < LONGEST_WAIT:
            progress = self.progress()
            now = [(p.delivered, p.under_way) for p in progress]
            report(progress[-1])
            if now != before:
                quiet_since, before = time.monotonic(), now
            if all(p.under_way == 0 for p in progress) or time.monotonic() - quiet_since > QUIET_SECONDS:
                return
            time.sleep(0.2)

    def progress(self) -> list[Progress]:
        """How each broadcast stands, the result's last."""
        with self.gateway.db.read() as conn:
            found = messaging.broadcasts(conn, self.community_id)
            return sorted((messaging.progress(conn, b.id) for b in found), key=lambda p: (p.total, p.broadcast_id))

    def names(self) -> dict[str, str]:
        """Names by personal code."""
        with self.gateway.db.read() as conn:
            return {person.code: person.name for person in roll.residents(conn, self.community_id)}

    async def _raise_topic(self, villager: Villager) -> None:
        if villager.votes_by_call:
            await self._call(villager, acting.topic_rules(villager, self.gateway.wording))
        else:
            await self._text(villager, acting.topic_text(villager))

    async def _vote(self, villager: Villager, poll: int) -> None:
        choices = [villager.changes_mind_from] if villager.changes_mind_from else []
        self.tally.votes_again += len(choices)
        for choice in (*choices, villager.choice):
            if villager.votes_by_call:
                await self._vote_by_call(villager, choice)
            else:
                await self._text(villager, acting.vote_text(villager, poll, choice))

    async def _vote_by_call(self, villager: Villager, choice: str) -> None:
        wording = self.gateway.wording
        if villager.hangs_up_first:
            await self._call(villager, acting.vote_rules(villager, choice, confirm=False, wording=wording))
            self.tally.hang_ups += 1
        await self._call(villager, acting.vote_rules(villager, choice, confirm=True, wording=wording))

    async def _text(self, villager: Villager, body: str) -> None:
        await self.telephones.text(villager.phone, LINE, body)
        self.tally.texts += 1

    async def _call(self, villager: Villager, rules: acting.Rules) -> None:
        await self.telephones.call(villager.phone, LINE, rules)
        self.tally.calls += 1

    async def _all(
        self,
        items: Iterable[object],
        act: Callable[..., Awaitable[None]],
        report: Callable[[int], None] = lambda _done: None,
    ) -> None:
        """Let all act, so many at once; people of one telephone one after the other."""
        gate = asyncio.Semaphore(AT_ONCE)
        lines: dict[str, asyncio.Lock] = {}

        async def one(item: object) -> None:
            villager = item[0] if isinstance(item, tuple) else item
            assert isinstance(villager, Villager)
            async with lines.setdefault(villager.phone, asyncio.Lock()), gate:
                await act(item)
            report(1)

        await asyncio.gather(*(one(item) for item in items))
