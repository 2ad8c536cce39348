"""Missed calls: who is called back, and the thousand who are not."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime

import phonenumbers
import pytest
from phonenumbers import PhoneNumberType
from sqlalchemy import insert

from gateway.carriers.port import IncomingCall, OutgoingCall, Reject, ReportedStatus
from gateway.conversation.calls.missed import take_missed_call
from gateway.kernel.errors import InputError, NotFound
from gateway.kernel.phones import PhoneNumber, charges_the_caller, parse_phone
from gateway.kernel.ports import Ports
from gateway.messaging import calendars, spending
from gateway.messaging.calling_back import CallBackLimits, Verdict, call_back
from gateway.messaging.money import UNIT, Terms
from gateway.messaging.windows import parse_hours
from gateway.roll import store as roll_store
from gateway.roll import views as roll
from gateway.roll.actions import set_line
from gateway.wording.catalogue import Wording
from tests.fakes import ScriptedCarrier
from tests.messaging.village import LINE, add_people, add_village, number_of, outbox_rows, report, send

LIMITS = CallBackLimits(("+86", "+852"))
WORDS = {"zh": "石滩村给您回电。"}
COSTLY = (PhoneNumberType.PREMIUM_RATE, PhoneNumberType.SHARED_COST, PhoneNumberType.UAN, PhoneNumberType.VOICEMAIL)


@pytest.fixture
def village(ports: Ports) -> int:
    """A village whose line is for missed calls."""
    key = add_village(ports)
    with ports.db.work() as tx:
        set_line(tx, key, LINE, calls_back=True)
        tx.commit()
    return key


def ring(ports: Ports, village: int, caller: PhoneNumber | None, limits: CallBackLimits = LIMITS) -> Verdict:
    """A missed call."""
    with ports.db.work() as tx:
        community = roll.community(tx.connection, village)
        verdict = call_back(tx, community, caller, WORDS, at=ports.clock.now(), limits=limits)
        tx.commit()
    return verdict


def register(ports: Ports, resident_id: int, numbers: list[PhoneNumber]) -> None:
    """Give a resident numbers as a forged roll file would."""
    rows = [{"resident_id": resident_id, "number": n.e164, "position": at} for at, n in enumerate(numbers, 1)]
    with ports.db.work() as tx:
        tx.execute(insert(roll_store.phone), rows)
        tx.commit()


def numbers_that_cost(count: int) -> list[PhoneNumber]:
    """Premium and shared-cost numbers of every country that has some, in their real ranges, the allowed ones first."""
    chance, found = random.Random(3), {}
    regions = ["CN", "HK", *sorted(phonenumbers.SUPPORTED_REGIONS)]
    examples = [phonenumbers.example_number_for_type(region, kind) for region in regions for kind in COSTLY]
    known = [phonenumbers.format_number(one, phonenumbers.PhoneNumberFormat.E164) for one in examples if one]
    while len(found) < count:
        for text in known:
            # Another subscriber of the same service: the last three digits vary.
            number = PhoneNumber(f"{text[:-3]}{chance.randrange(1000):03d}" if len(text) > 8 else text)
            found[number.e164] = number
    return list(found.values())[:count]


@pytest.mark.one_database
def test_a_thousand_costly_foreign_and_unknown_callers_get_no_call(
    ports: Ports, carrier: ScriptedCarrier, village: int, wording: Wording, figure: Callable[[str], None]
) -> None:
    chance = random.Random(11)
    [victim] = add_people(ports, village, 1)
    costly = numbers_that_cost(400)
    foreign = [PhoneNumber(f"+{code}{chance.randrange(10**8, 10**9)}")
               for code in (1, 44, 53, 252, 675, 881, 882, 883, 870, 979) for _ in range(30)]  # fmt: skip
    # Those stand on the roll; these do not.
    register(ports, victim, costly + foreign)
    strangers = [PhoneNumber(f"+86139{n:08d}") for n in chance.sample(range(10**8), 300)]
    callers = costly + foreign + strangers
    chance.shuffle(callers)
    answers = []
    for at, caller in enumerate(callers):
        call = IncomingCall(f"CA{at}", caller, LINE)
        answers += take_missed_call(call, ports=ports, wording=wording, limits=LIMITS, carrier_name="t") or ["answered"]
    send(ports, carrier, "urgent")
    send(ports, carrier)
    figure(
        f"missed calls from {len(callers)} premium, foreign and unregistered numbers on {ports.db.engine.dialect.name}:"
        f" {len(carrier.sent)} calls placed, {sum(isinstance(one, Reject) for one in answers)} rejected unanswered"
    )
    assert len(callers) == 1000
    assert carrier.sent == []
    assert answers == [Reject()] * 1000
    assert any(one.e164.startswith("+86") for one in costly), "premium numbers behind an allowed prefix are among them"
    # The sender would refuse them too, should a broadcast find them on the roll.
    assert all(charges_the_caller(one) or not one.e164.startswith("+86") for one in costly)


def test_a_registered_caller_is_called_back_on_that_number_and_only_once(
    ports: Ports, carrier: ScriptedCarrier, village: int, wording: Wording
) -> None:
    [person] = add_people(ports, village, 1, phones=2)
    second = number_of(person, 1)
    call = IncomingCall("CA7", second, LINE)
    for _ in range(10):
        assert take_missed_call(call, ports=ports, wording=wording, limits=LIMITS, carrier_name="t") == [Reject()]
    assert ring(ports, village, second) is Verdict.ON_ITS_WAY
    send(ports, carrier, "urgent")
    [placed] = carrier.sent
    assert isinstance(placed, OutgoingCall)
    assert placed.to == second


def test_a_line_that_answers_is_not_rejected(ports: Ports, wording: Wording) -> None:
    add_village(ports)
    call = IncomingCall("CA1", PhoneNumber("+8613800000001"), LINE)
    assert take_missed_call(call, ports=ports, wording=wording, limits=LIMITS, carrier_name="t") is None


def test_number_day_and_money_each_have_an_end(ports: Ports, carrier: ScriptedCarrier, village: int) -> None:
    people = add_people(ports, village, 8)
    limits = replace(LIMITS, per_number=2, per_day=5)

    def served(person: int, limits: CallBackLimits = limits) -> Verdict:
        verdict = ring(ports, village, number_of(person), limits)
        if verdict is Verdict.CALLED:
            send(ports, carrier, "urgent")
            _finish(ports)
        return verdict

    assert Counter(served(people[0]) for _ in range(4)) == {Verdict.CALLED: 2, Verdict.NUMBER_FULL: 2}
    assert Counter(served(one) for one in people[1:]) == {Verdict.CALLED: 3, Verdict.DAY_FULL: 4}
    with ports.db.work() as tx:
        spending.set_terms(tx, village, Terms("CNY", minute_price=UNIT // 10))
        tx.commit()
    # Five calls of at most fifteen minutes at 0.10 are 7.50; the sixth would pass 8.
    assert served(people[7], replace(limits, per_day=99, money_per_day=8)) is Verdict.MONEY_FULL
    assert served(people[7], replace(limits, per_day=99, money_per_day=9)) is Verdict.CALLED
    ports.clock.advance(days=1)  # type: ignore[attr-defined]
    assert served(people[0]) is Verdict.CALLED


def _finish(ports: Ports) -> None:
    """Everybody so far has been served."""
    with ports.db.work() as tx:
        tables = tx.connection.engine, roll_store.metadata.tables
        tx.execute(tables[1]["delivery"].update().values(state="delivered"))
        tx.execute(tables[1]["outbox"].update().values(state="delivered", ended_at=ports.clock.now()))
        tx.commit()


def test_a_forged_call_in_the_night_wakes_nobody(ports: Ports, carrier: ScriptedCarrier, village: int) -> None:
    """Outside the hours the call comes at the person's own, or when the hours begin."""
    anytime, evening = add_people(ports, village, 2)
    with ports.db.work() as tx:
        calendars.set_own_hours(tx, evening, parse_hours("18-19"))
        tx.commit()
    ports.clock.at = datetime(2026, 11, 24, 18, tzinfo=UTC)  # type: ignore[attr-defined]  # two in the morning
    assert ring(ports, village, number_of(anytime)) is Verdict.CALLED
    assert ring(ports, village, number_of(evening)) is Verdict.CALLED
    assert send(ports, carrier, "urgent") == 0
    assert [row.due_at for row in outbox_rows(ports)] == [
        datetime(2026, 11, 25, 0, tzinfo=UTC),
        datetime(2026, 11, 25, 10, tzinfo=UTC),
    ]


def test_within_the_hours_the_call_comes_at_once_even_to_who_stopped(
    ports: Ports, carrier: ScriptedCarrier, village: int
) -> None:
    [person] = add_people(ports, village, 1, stopped="everything", consent=False)
    assert ring(ports, village, number_of(person)) is Verdict.CALLED
    assert send(ports, carrier, "urgent") == 1


def test_a_call_back_that_nobody_took_is_tried_again_within_the_hours(
    ports: Ports, carrier: ScriptedCarrier, village: int
) -> None:
    [person] = add_people(ports, village, 1, phones=2)
    with ports.db.work() as tx:
        calendars.add_holidays(tx, village, date(2026, 11, 25), date(2026, 11, 25), "")
        tx.commit()
    ports.clock.at = datetime(2026, 11, 24, 11, tzinfo=UTC)  # type: ignore[attr-defined]  # seven in the evening
    ring(ports, village, number_of(person))
    send(ports, carrier, "urgent")
    report(ports, carrier, 0, ReportedStatus.NO_ANSWER)
    later = outbox_rows(ports)[1]
    assert later.phone == number_of(person).e164
    assert later.due_at == datetime(2026, 11, 26, 0, tzinfo=UTC)


def test_withheld_numbers_and_foreign_lines_change_nothing(ports: Ports, village: int) -> None:
    assert ring(ports, village, None) is Verdict.NOT_ALLOWED
    with ports.db.work() as tx, pytest.raises(NotFound):
        set_line(tx, village, PhoneNumber("+8610000"), calls_back=True)
    with pytest.raises(InputError):
        parse_phone("anonymous")
