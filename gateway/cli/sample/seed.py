"""Seeds the sample village: its roll from `residents.csv`, two topics, one open poll, and a clerk to sign in as.

Runs at every start and changes nothing once there is any community. The cards (who holds which telephone, with code and
PIN) and the sign-in are files beside the data, for the handset page and for the next start.
"""

from __future__ import annotations

import csv
import json
import os
from dataclasses import dataclass
from datetime import timedelta
from fractions import Fraction
from importlib.resources import files
from itertools import cycle
from pathlib import Path

from gateway.bootstrap import Gateway
from gateway.kernel.db import UnitOfWork
from gateway.kernel.phones import PhoneNumber
from gateway.messaging import actions as messaging
from gateway.messaging import views as messaging_views
from gateway.polls import actions as polls
from gateway.polls.closing import close_poll
from gateway.polls.model import Method, PollDraft, PollWording, Threshold, ThresholdBase
from gateway.roll import actions as roll
from gateway.roll import views as roll_views
from gateway.roll.importing import parse_roll
from gateway.roll.model import NewCommunity
from gateway.staff import actions as staff
from gateway.staff.model import Role, make_password
from gateway.topics import actions as topics

CODE = "shiqiao"
LINE = PhoneNumber("+8657188880001")
CLERK = "clerk"
# The second person, without whom no poll opens.
OFFICER = "officer"
VOTING_TIME = timedelta(days=14)
# The open one, and one that was decided earlier, with how people voted in turn.
QUESTIONS = ("sample.poll", "sample.decided")
EARLIER_VOTES = ("yes", "yes", "no", "yes", "abstain")


@dataclass(frozen=True)
class Sample:
    """What the start has to tell: the community to show, where cards and sign-in are."""

    community_code: str
    cards: Path
    sign_in: Path


def seed(gateway: Gateway) -> Sample:
    """Make the sample community unless there is a community already."""
    folder = gateway.settings.data_dir / "sample"
    sample = Sample(CODE, folder / "cards.json", folder / "sign-in.txt")
    with gateway.db.read() as conn:
        known = roll_views.communities(conn)
    if known:
        return Sample(known[0].code, sample.cards, sample.sign_in)
    passwords = {name: make_password(randomness=gateway.ports.randomness) for name in (CLERK, OFFICER)}
    residents = (files("gateway.cli.sample") / "residents.csv").read_bytes()
    with gateway.db.work() as tx:
        _people(tx, gateway, residents)
        decided = _life(tx, gateway)
        for name, role in ((CLERK, Role.CLERK), (OFFICER, Role.RETURNING_OFFICER)):
            staff.add_staff(tx, name, passwords[name], role, at=gateway.ports.clock.now())
        tx.commit()
    _decide(gateway, decided)
    _write(sample.cards, json.dumps(_cards(residents), ensure_ascii=False))
    _write(sample.sign_in, ",  ".join(f"{name} / {password}" for name, password in passwords.items()))
    return sample


def _people(tx: UnitOfWork, gateway: Gateway, residents: bytes) -> None:
    say = gateway.wording.say
    community = roll.add_community(tx, NewCommunity(CODE, say("sample.village", "zh"), LINE, languages=("zh", "en")))
    ports = gateway.ports
    roll.import_roll(
        tx, community.id, parse_roll(residents, region="CN"), randomness=ports.randomness, secret=ports.secret
    )


def _life(tx: UnitOfWork, gateway: Gateway) -> int:
    """Two topics, of which one is accepted, an open poll, and one with ballots in it, whose number is returned."""
    say, ports = gateway.wording.say, gateway.ports
    now = ports.clock.now()
    community = roll_views.community_by_code(tx.connection, CODE)
    authors = roll_views.community_resident_ids(tx.connection, community.id)
    lamp = topics.raise_topic(tx, community.id, authors[0], say("sample.topic.lamp", "zh"), at=now)
    topics.raise_topic(tx, community.id, authors[5], say("sample.topic.bus", "zh"), at=now)
    topics.screen(tx, lamp.number, True, "", at=now, wording=gateway.wording)
    numbers = [polls.create_poll(tx, _draft(gateway, community.id, question), at=now) for question in QUESTIONS]
    for number in numbers:
        polls.open_poll(tx, number, ports=ports, wording=gateway.wording)
    for resident_id, choice in zip(authors, cycle(EARLIER_VOTES), strict=False):
        if roll_views.resident(tx.connection, resident_id).is_guest:
            continue
        polls.cast(tx, numbers[1], resident_id, choice, ports=ports)
    return numbers[1]


def _draft(gateway: Gateway, community_id: int, question: str) -> PollDraft:
    say = gateway.wording.say
    return PollDraft(
        community_id=community_id,
        method=Method.YESNO,
        wording={"": PollWording(say(question, "zh")), "en": PollWording(say(question, "en"))},
        closes_at=gateway.ports.clock.now() + VOTING_TIME,
        threshold=Threshold(ThresholdBase.PARTICIPANTS, Fraction(1, 2)),
    )


def _decide(gateway: Gateway, number: int) -> None:
    """Close the earlier poll, so that there is a result to hear; nobody is told, for it is long decided."""
    close_poll(number, ports=gateway.ports, wording=gateway.wording)
    with gateway.db.work() as tx:
        for one in messaging_views.broadcasts(tx.connection):
            messaging.abort(tx, one.id)
        tx.commit()


def _cards(residents: bytes) -> list[dict[str, str]]:
    rows = csv.DictReader(residents.decode("utf-8").splitlines())
    return [{name: row[name] for name in ("name", "phone", "code", "pin", "language")} for row in rows]


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
        file.write(text)
