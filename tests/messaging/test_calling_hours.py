"""A year of attempts under random schedules: none outside the hours, whatever changes meanwhile.

The oracle knows nothing of the product's rule: it writes each moment as the clock on the village's wall shows it and
compares letters.
"""

from __future__ import annotations

import os
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from gateway.carriers.port import OutgoingCall, ReportedStatus
from gateway.kernel.errors import InputError, NotFound, RuleError
from gateway.kernel.ports import Ports
from gateway.messaging import calendars, sending, views
from gateway.messaging.following import first_time
from gateway.messaging.windows import Calendar, Hours, next_allowed_time, parse_hours
from gateway.roll.actions import set_timezone
from gateway.roll.model import Channel
from tests.fakes import ScriptedCarrier
from tests.messaging.village import add_people, add_village, outbox_rows, report, send, start

# Zones that change their clocks, one by half an hour, one in the other hemisphere, one with a Ramadan in between.
ZONES = (
    "Asia/Shanghai",
    "Europe/Berlin",
    "America/New_York",
    "Australia/Lord_Howe",
    "Africa/Casablanca",
    "Asia/Kathmandu",
)
YEAR = 366
OUTCOMES = (ReportedStatus.BUSY, ReportedStatus.NO_ANSWER, ReportedStatus.DELIVERED, ReportedStatus.FAILED)


@dataclass
class Rules:
    """What holds at the moment, in the words of the wall clock; `own` by telephone number."""

    zone: str
    hours: dict[str, tuple[str, str]]
    free: set[str] = field(default_factory=set)
    own: dict[str, tuple[str, str]] = field(default_factory=dict)

    def allow(self, channel: str, number: str, moment: datetime) -> bool:
        """Whether a person may be contacted, by comparing letters."""
        day, _, clock = moment.astimezone(ZoneInfo(self.zone)).strftime("%Y-%m-%d %H:%M:%S").partition(" ")
        opens, closes = self.hours[channel]
        inside = opens <= clock < closes and day not in self.free
        if channel == "call" and number in self.own:
            first, last = self.own[number]
            return inside and first <= clock < last
        return inside


def _text_of(hours: Hours) -> tuple[str, str]:
    return (f"{hours.opens:%H:%M}:00", f"{hours.closes:%H:%M}:00")


def test_a_year_of_plans_has_no_attempt_outside_the_hours(figure: Callable[[str], None]) -> None:
    """The rule alone: chains of attempts and retries from random moments, 8,000 of them."""
    chance = random.Random(20_261_125)
    outside = planned = late = 0
    begin = datetime(2026, 1, 1, tzinfo=UTC)
    for _ in range(2000):
        rules, days = _a_schedule(chance)
        own = Hours(time(chance.randrange(8, 18)), time(19, 30)) if chance.random() < 0.4 else None
        rules.own = {"somebody": _text_of(own)} if own else {}
        moment = begin + timedelta(minutes=chance.randrange(YEAR * 24 * 60))
        for _ in range(4):
            channel = chance.choice(list(Channel))
            at = first_time(moment, channel, days, own=own)
            planned += 1
            outside += not rules.allow(channel.value, "somebody", at)
            # Nobody waits longer than needed: a minute before, it was not allowed, or it was not wanted yet.
            before = at - timedelta(minutes=1)
            late += at > moment and rules.allow(channel.value, "somebody", before) and before >= moment
            moment = at + timedelta(minutes=chance.choice((5, 15, 60, 120)))
    figure(f"calling hours, the rule: {outside} of {planned} attempts outside over a year, {late} later than needed")
    assert (outside, late) == (0, 0)


def _a_schedule(chance: random.Random) -> tuple[Rules, Calendar]:
    calls = Hours(time(chance.randrange(6, 11), chance.choice((0, 30))), time(chance.randrange(19, 22)))
    texts = Hours(time(chance.randrange(5, 10)), time(chance.randrange(18, 23), 30))
    zone = chance.choice(ZONES)
    free = {date(2026, 1, 1) + timedelta(chance.randrange(YEAR)) for _ in range(chance.randrange(40))}
    rules = Rules(zone, {"call": _text_of(calls), "text": _text_of(texts)}, {day.isoformat() for day in free})
    return rules, Calendar(ZoneInfo(zone), {Channel.CALL: calls, Channel.TEXT: texts}, frozenset(free))


@pytest.mark.one_database
def test_a_year_of_sending_has_no_attempt_outside_the_hours(ports: Ports, figure: Callable[[str], None]) -> None:
    """The sender itself: random broadcasts, retries and fallbacks while zone, hours, holidays and own hours change."""
    rounds = 1500 if os.environ.get("SOAK") else 10
    chance = random.Random(7)
    year = _Year(ports, chance)
    for _ in range(rounds):
        year.go_on(timedelta(days=YEAR) / rounds)
    figure(
        f"calling hours, the sender on {ports.db.engine.dialect.name}: {year.outside} of {year.made} attempts outside"
        f" over a year, {year.changes} changes of zone, hours, holidays and own hours"
    )
    assert year.outside == 0
    assert year.made >= rounds


class _Year:
    """A village that lives through a year, with a carrier that never reaches anybody at first."""

    def __init__(self, ports: Ports, chance: random.Random) -> None:
        self.ports, self.chance = ports, chance
        self.carrier = ScriptedCarrier()
        self.village = add_village(ports)
        texted = add_people(ports, self.village, 3)
        self.people = texted + add_people(ports, self.village, 4, channel="call")
        self.rules = Rules("Asia/Shanghai", {"text": ("07:00:00", "21:30:00"), "call": ("08:00:00", "20:00:00")})
        self.outside = self.made = self.changes = 0

    def go_on(self, span: timedelta) -> None:
        """Change something, start something, then look in at random moments, as workers do."""
        self._change()
        if self.chance.random() < 0.6:
            start(self.ports, self.village, self.chance.sample(self.people, 4))
        sending.sweep(self.ports)
        end = self.ports.clock.now() + span
        while self.ports.clock.now() < end:
            self._look()
            self.ports.clock.advance(minutes=self.chance.randrange(300, 8000))

    def _look(self) -> None:
        before = len(self.carrier.sent)
        send(self.ports, self.carrier)
        now = self.ports.clock.now()
        for index in range(before, len(self.carrier.sent)):
            item = self.carrier.sent[index]
            channel = "call" if isinstance(item, OutgoingCall) else "text"
            self.made += 1
            self.outside += not self.rules.allow(channel, item.to.e164, now)
            report(self.ports, self.carrier, index, self.chance.choice(OUTCOMES))

    def _change(self) -> None:
        self.changes += 1
        with self.ports.db.work() as tx:
            match self.chance.randrange(4):
                case 0:
                    self.rules.zone = self.chance.choice(ZONES)
                    set_timezone(tx, self.village, self.rules.zone)
                case 1:
                    # Never so short that own hours are passed over, which has a test of its own.
                    hours = Hours(time(self.chance.randrange(7, 10)), time(self.chance.randrange(19, 22)))
                    calendars.set_hours(tx, self.village, Channel.CALL, hours)
                    self.rules.hours["call"] = _text_of(hours)
                case 2:
                    day = self.ports.clock.now().date() + timedelta(self.chance.randrange(1, 9))
                    days = calendars.add_holidays(tx, self.village, day, day + timedelta(2), "")
                    self.rules.free |= {(day + timedelta(offset)).isoformat() for offset in range(days)}
                case _:
                    person = self.chance.choice(self.people)
                    hours = Hours(time(self.chance.randrange(10, 18)), time(self.chance.randrange(18, 19), 45))
                    calendars.set_own_hours(tx, person, hours)
                    self.rules.own[f"+8613{person:09d}"] = _text_of(hours)
            tx.commit()


# --- single rules ------------------------------------------------------------------------------------------------


def test_a_person_is_called_at_the_hour_of_their_own_choice(ports: Ports, carrier: ScriptedCarrier) -> None:
    village = add_village(ports)
    early, anytime = add_people(ports, village, 2, channel="call")
    with ports.db.work() as tx:
        calendars.set_own_hours(tx, early, parse_hours("18-19:30"))
        tx.commit()
    key = start(ports, village, [early, anytime])
    send(ports, carrier)
    assert len(carrier.sent) == 1
    with ports.db.read() as conn:
        [later] = views.held_until(conn, key, now=ports.clock.now())
    assert later == (Channel.CALL, 1, datetime(2026, 11, 24, 10, tzinfo=UTC))
    ports.clock.advance(hours=6)
    send(ports, carrier)
    assert len(carrier.sent) == 2


def test_own_hours_chosen_later_hold_for_what_is_planned_already(ports: Ports, carrier: ScriptedCarrier) -> None:
    village = add_village(ports)
    [person] = add_people(ports, village, 1, channel="call")
    start(ports, village, [person])
    with ports.db.work() as tx:
        calendars.set_own_hours(tx, person, parse_hours("18-19"))
        tx.commit()
    send(ports, carrier)
    assert carrier.sent == []
    assert outbox_rows(ports)[0].due_at == datetime(2026, 11, 24, 10, tzinfo=UTC)


def test_what_a_person_asked_for_just_now_knows_no_hours(ports: Ports, carrier: ScriptedCarrier) -> None:
    village = add_village(ports)
    [person] = add_people(ports, village, 1, channel="call")
    with ports.db.work() as tx:
        calendars.set_own_hours(tx, person, parse_hours("18-19"))
        calendars.add_holidays(tx, village, date(2026, 11, 24), date(2026, 11, 24), "")
        tx.commit()
    start(ports, village, [person], urgent=True)
    send(ports, carrier, "urgent")
    assert len(carrier.sent) == 1


def test_own_hours_outside_the_communitys_are_refused_and_later_passed_over(ports: Ports) -> None:
    village = add_village(ports)
    [person] = add_people(ports, village, 1)
    with ports.db.work() as tx:
        with pytest.raises(RuleError, match="hours_outside"):
            calendars.set_own_hours(tx, person, parse_hours("20-22"))
        with pytest.raises(NotFound):
            calendars.remove_holidays(tx, village, date(2026, 11, 24), date(2026, 11, 25))
        with pytest.raises(InputError):
            calendars.add_holidays(tx, village, date(2026, 11, 24), date(2027, 11, 25), "")
    days = Calendar(ZoneInfo("Asia/Shanghai"), {Channel.CALL: parse_hours("14-20")})
    own = parse_hours("8-10")
    assert days.window(Channel.CALL, own) == days.window(Channel.CALL)


def test_no_call_begins_so_late_that_it_rings_after_the_hours() -> None:
    window = Calendar(ZoneInfo("Asia/Shanghai")).window(Channel.CALL)
    last = datetime(2026, 11, 24, 11, 58, tzinfo=UTC)
    assert window.is_open(last - timedelta(seconds=1))
    assert next_allowed_time(last, window) == datetime(2026, 11, 25, 0, tzinfo=UTC)


@pytest.mark.parametrize("text", ["", "20-8", "8-8:10", "8", "24-25", "8-20-22", "八点"])
def test_hours_that_make_no_sense_are_refused(text: str) -> None:
    with pytest.raises(InputError, match="hours_unreadable"):
        parse_hours(text)
