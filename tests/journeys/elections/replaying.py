"""Casting real ballots by text and counting them: as a whole through the gateway, or through its parser and its count."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import insert

from gateway.bootstrap import Gateway
from gateway.carriers.port import IncomingText
from gateway.conversation.texts import receive_text
from gateway.conversation.understanding.model import Context, PollContext
from gateway.conversation.understanding.parse import understand
from gateway.kernel.db import metadata
from gateway.kernel.phones import PhoneNumber
from gateway.polls import actions, closing
from gateway.polls.counting import Tally, report
from gateway.polls.model import COUNTINGS, Method, Poll, PollDraft, PollState, PollWording, Result, Stage
from gateway.roll import actions as roll
from gateway.roll import views as roll_views
from gateway.roll.model import NewCommunity
from tests.journeys.elections.reading import Election

LINE = PhoneNumber("+8657188880009")
# Several ways to write each form of ballot, in turn.
WAYS = {
    Method.YESNO: ("投{poll} {choice}", "VOTE {poll} {choice}", "表决{poll} {choice}"),
    Method.SINGLE: ("投{poll} {choice}", "表决{poll} {choice}"),
    Method.APPROVAL: ("投{poll} {choice}", "VOTE {poll} {choice}", "表决{poll} {choice}"),
    Method.BUDGET: ("投{poll} {choice}", "VOTE {poll} {choice}"),
    Method.RANKED: ("投{poll} {choice}", "VOTE {poll} {choice}"),
    Method.SCORE: ("投{poll} {choice}", "VOTE {poll} {choice}"),
}
SPOKEN = {"yes": ("赞成", "1", "YES"), "no": ("反对", "2", "NO"), "abstain": ("弃权", "弃权", "ABSTAIN")}


def text_of(choice: str, method: Method, poll: int, turn: int) -> str:
    """A ballot as somebody may text it; `turn` chooses among the ways."""
    words = SPOKEN[choice][turn % 3] if choice in SPOKEN and (method is Method.YESNO or choice == "abstain") else choice
    ways = WAYS[method]
    return ways[turn % len(ways)].format(poll=poll, choice=words)


def as_poll(election: Election, number: int = 5) -> Poll:
    """The election as a poll that is open."""
    return Poll(
        number=number,
        community_id=1,
        state=PollState.OPEN,
        stage=Stage.CASTING,
        wording={"": PollWording(election.title[:200], election.options)},
        closes_at=datetime(2030, 1, 1, tzinfo=UTC),
        quorum=None,
        by_group=False,
        **{"counting": COUNTINGS[election.terms["method"]][0], **election.terms},
    )


def understood(election: Election, choices: Iterable[str]) -> list[tuple[str, str]]:
    """The (text, choice) of those choices that the gateway's parser does not read out of their texts as they are."""
    poll = as_poll(election)
    form = poll.form
    known = PollContext(poll.number, poll.method, election.options, form.most or None, form.score_max or None)
    context = Context((known,), None)
    wrong = []
    for turn, choice in enumerate(choices):
        text = text_of(choice, poll.method, poll.number, turn)
        if [vote.choice for vote in understand(text, context).votes] != [choice]:
            wrong.append((text, choice))
    return wrong


def counted(election: Election, ballots: Counter[str] | None = None) -> Result:
    """The result of ballots (all of the election's) by the gateway's count alone."""
    cast = election.ballots if ballots is None else ballots
    return report(as_poll(election), [Tally(cast.total(), cast.total(), dict(cast))])


def people(gateway: Gateway, many: int, line: PhoneNumber = LINE) -> list[PhoneNumber]:
    """A village with that line, of so many people with a telephone each; their numbers in the order of the roll."""
    with gateway.db.work() as tx:
        community = roll.add_community(tx, NewCommunity(_code(line), "万村", line, languages=("zh", "en")))
        rows = [
            {"community_id": community.id, "code": f"{at:05}", "name": f"v{at}", "language": "zh"} for at in range(many)
        ]
        tx.execute(insert(metadata.tables["resident"]), [row | {"group_name": ""} for row in rows])
        ids = [elector.resident_id for elector in roll_views.electorate(tx.connection, community.id)]
        phones = [{"resident_id": one, "number": f"+86138{one:08}", "position": 0} for one in ids]
        tx.execute(insert(metadata.tables["phone"]), phones)
        tx.commit()
    return [PhoneNumber(phone["number"]) for phone in phones]


def _code(line: PhoneNumber) -> str:
    return f"v{line.e164[-4:]}"


def open_poll(
    gateway: Gateway, terms: dict[str, Any], title: str, options: tuple[str, ...] = (), line: PhoneNumber = LINE
) -> int:
    """A poll of a village of `people`, opened."""
    now = gateway.ports.clock.now()
    with gateway.db.work() as tx:
        draft = PollDraft(
            community_id=roll_views.community_by_code(tx.connection, _code(line)).id,
            wording={"": PollWording(title[:200], options)},
            closes_at=now + timedelta(days=1),
            **terms,
        )
        number = actions.create_poll(tx, draft, at=now)
        actions.open_poll(tx, number, ports=gateway.ports, wording=gateway.wording)
        tx.commit()
    return number


def cast_by_text(
    gateway: Gateway,
    number: int,
    method: Method,
    ballots: Iterable[tuple[PhoneNumber, str]],
    line: PhoneNumber = LINE,
) -> int:
    """Text every (telephone, choice) to the gateway, as the hook does after checking the signature; how many it took."""
    taken = 0
    for turn, (phone, choice) in enumerate(ballots):
        text = IncomingText(f"SM{number}-{turn}", phone, line, text_of(choice, method, number, turn))
        answer = receive_text(text, ports=gateway.ports, wording=gateway.wording, carrier_name="twilio")
        taken += any("回执" in words for words in answer)
    return taken


def replayed(gateway: Gateway, election: Election, phones: list[PhoneNumber], most: int) -> tuple[Result, Counter[str]]:
    """The result of a real poll in which up to `most` of the ballots (an even sample of them) were texted."""
    ballots = list(_sample(election, most))
    number = open_poll(gateway, election.terms, election.title, election.options)
    method = election.terms["method"]
    assert cast_by_text(gateway, number, method, zip(phones, ballots, strict=False)) == len(ballots)
    return closing.close_poll(number, ports=gateway.ports, wording=gateway.wording), Counter(ballots)


def _sample(election: Election, most: int) -> Iterator[str]:
    everything = list(election.ballots.elements())
    step = max(1, -(-len(everything) // most))
    yield from everything[::step]
