"""A hundred people are erased: no string of theirs is left anywhere, and every proof about the record still holds."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import time
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Column, insert, select, text, update

from gateway.bootstrap import Gateway
from gateway.erasure import actions, retention
from gateway.erasure.actions import clean_up, erase_again, erase_resident, note_erased
from gateway.erasure.model import Expiring, Rules
from gateway.kernel.db import Database, UnitOfWork, metadata
from gateway.kernel.errors import InputError
from gateway.kernel.ports import Ports
from gateway.meetings import sitting
from gateway.messaging import inbox
from gateway.messaging.inbox import InboxKind, InboxState
from gateway.polls import actions as polls
from gateway.polls.closing import close_poll
from gateway.record import signing, verify, views
from gateway.record.exporting import export_lines, proof_of_consistency, proof_of_inclusion
from gateway.topics import actions as topics
from gateway.topics import asking
from gateway.topics.model import Topic
from gateway.web.public_app import create_public_app
from gateway.wording.catalogue import Wording
from tests.fakes import NOON, ScriptedCarrier, StillClock
from tests.meetings.gathering import a_meeting, work
from tests.messaging.village import send
from tests.polls.village import Village, a_village, an_open_poll
from tests.web.conftest import gateway as gateway  # noqa: PLC0414  # the fixture

PEOPLE, ERASED = (110, 100) if os.environ.get("SOAK") else (24, 20)
ORIGIN = "village.example/record"
SOUND = b"RIFF0000WAVE"


def strings_of(n: int) -> list[str]:
    """Everything by which the n-th person can be recognised."""
    who = [f"魏国某{n:03}", f"861397700{n:04}", f"90817{n:05}", f"溪头{n:03}户"]
    # Those whose topics are declined have nothing to ask.
    return [*who, f"密语甲{n:03}", f"密语丙{n:03}", *([f"密语乙{n:03}"] if n % 2 == 0 else [])]


def populate(ports: Ports, wording: Wording, carrier: ScriptedCarrier, folder: Path, people: int = PEOPLE) -> Village:
    """A village in which everybody has raised, asked, said, voted, written, spoken and been written to."""
    village = a_village(ports, people)
    resident, phone = metadata.tables["resident"], metadata.tables["phone"]

    def name(tx: UnitOfWork) -> None:
        for n, key in enumerate(village.people):
            who, number, code, household, *_ = strings_of(n)
            values = {"name": who, "code": code, "household": household, "birth_year": 1950}
            tx.execute(update(resident).where(resident.c.id == key).values(values))
            tx.execute(update(phone).where(phone.c.resident_id == key).values(number=f"+{number}"))

    work(ports, name)
    meeting, poll = a_meeting(ports, village), an_open_poll(ports, village)
    for n in range(people):
        folder.mkdir(exist_ok=True)
        (folder / f"{n + 1}.sealed").write_bytes(SOUND)

    def live(tx: UnitOfWork) -> None:
        for n, key in enumerate(village.people):
            _live(tx, ports, wording, village, n, key, meeting)
            polls.cast(tx, poll, key, "yes", ports=ports)

    work(ports, live)
    for queue in ("bulk", "urgent"):
        send(ports, carrier, queue)
    return village


def _live(tx: UnitOfWork, ports: Ports, wording: Wording, village: Village, n: int, key: int, meeting: int) -> None:
    _, _, code, _, raised, said, *asked = strings_of(n)
    topic = topics.raise_topic(tx, village.id, key, f"路灯 {raised}", at=NOON)
    topics.screen(tx, topic.number, n % 2 == 0, "" if n % 2 == 0 else f"不办 {raised}", at=NOON, wording=wording)
    if n % 2 == 0:
        topics.set_title(tx, topic.number, f"题 {raised}"[:20])
        question = asking.ask(tx, topic.id, key, f"何时 {asked[0]}", at=NOON)
        asking.answer(tx, question.id, f"答 {asked[0]}", at=NOON, wording=wording)
    sitting.say(tx, meeting, key, f"我说 {said}", at=NOON)
    claim = inbox.claim(tx, f"{n:064}", InboxKind.TEXT, at=NOON)
    assert claim is not None
    sealed = ports.sealer.seal(said.encode())
    inbox.settle(tx, claim, state=InboxState.FOR_PERSON, sealed_text=sealed, community_id=village.id, resident_id=key)
    topics.keep_message(tx, claim, f"RE{n:032}", 5)
    hours = {"resident_id": key, "opens": time(9), "closes": time(10)}
    tx.execute(insert(metadata.tables["own_hours"]).values(hours))
    change = {
        "community_id": village.id,
        "resident_id": key,
        "kind": "remove",
        "reason": f"搬走 {code}",
        "by": "x",
        "at": NOON,
    }
    tx.execute(insert(metadata.tables["roll_change"]).values(change))


def erase(ports: Ports, people: list[int], folder: Path) -> None:
    for key in people:
        work(ports, lambda tx, key=key: erase_resident(tx, key, reason="asked for it", by="test", at=ports.clock.now()))
    clean_up(ports, folder)


def bytes_of(db: Database, folder: Path) -> bytes:
    """Everything in the database's files, and in the folder of the installation but for the vault."""
    if not db.is_sqlite:
        return _postgres_bytes(db)
    files = [path for path in folder.rglob("*") if path.is_file() and "vault" not in path.parts]
    return b"".join(path.read_bytes() for path in files)


def _postgres_bytes(db: Database) -> bytes:
    found = []
    with db.engine.connect() as conn:
        conn.execute(text("CHECKPOINT"))
        home = Path(conn.execute(text("SHOW data_directory")).scalar_one())
        paths = conn.execute(text("SELECT pg_relation_filepath(oid) FROM pg_class WHERE relkind IN ('r', 'i', 't')"))
        for path in [row[0] for row in paths if row[0]]:
            found += [file.read_bytes() for file in home.glob(f"{path}*") if file.is_file()]
    return b"".join(found)


def public_bytes(gateway: Gateway) -> bytes:
    """Every public page, the exported record and every proof, as they are given to anybody."""
    client = create_public_app(gateway).test_client()
    with gateway.db.read() as conn:
        entries = views.head(conn).size
        topic_numbers = [topic.number for topic in _all_topics(gateway)]
    addresses = [
        "/", "/c/shitan/", "/c/shitan/topics", "/c/shitan/polls", "/c/shitan/polls/1", "/record/", "/record/record.jsonl",
        *(f"/c/shitan/topics/{number}" for number in topic_numbers),
        *(f"/record/entries?start={start}&limit=500" for start in range(0, entries, 500)),
    ]  # fmt: skip
    answers = [client.get(address) for address in addresses]
    assert {answer.status_code for answer in answers} == {200}
    return b"".join(answer.get_data() for answer in answers)


def _all_topics(gateway: Gateway) -> list[Topic]:
    with gateway.db.read() as conn:
        ids = conn.execute(select(metadata.tables["topic"].c.id)).scalars().all()
        from gateway.topics import views as topic_views

        return [topic for key in ids if (topic := topic_views.topic_by_id(conn, key))]


def found_in(content: bytes, people: range) -> set[str]:
    return {one for n in people for one in strings_of(n) if one.encode() in content}


@pytest.mark.one_database
def test_a_hundred_erased_leave_nothing_and_every_proof_holds(
    gateway: Gateway,
    carrier: ScriptedCarrier,
    wording: Wording,
    clock: StillClock,
    tmp_path: Path,
    figure: Callable[[str], None],
) -> None:
    ports, folder = gateway.ports, tmp_path / "recordings"
    village = populate(ports, wording, carrier, folder)
    clock.advance(hours=4)
    close_poll(1, ports=ports, wording=wording)
    signing.sign_due(ports, ORIGIN)
    with ports.db.read() as conn:
        kept = views.newest_checkpoint(conn)
        assert kept
        proofs = [proof_of_inclusion(conn, seq) for seq in range(0, kept.size, 7)]
        proofs += [proof_of_consistency(conn, size) for size in range(1, kept.size, 97)]
        counted = _counts(ports.db)
        commitments = sum(len(entry.data.get("commitments", {})) for entry in views.entries(conn, 0, kept.size))
    # Before: everything about everybody is to be found by just this search.
    assert found_in(bytes_of(ports.db, tmp_path), range(PEOPLE)) == {
        one for n in range(PEOPLE) for one in strings_of(n)
    }
    assert len(found_in(public_bytes(gateway), range(PEOPLE))) >= PEOPLE // 2
    texts = len(carrier.sent)

    erase(ports, village.people[:ERASED], folder)
    ports.db.compact()

    for content in (bytes_of(ports.db, tmp_path), public_bytes(gateway)):
        assert found_in(content, range(ERASED)) == set()
    left = {one for n in range(ERASED, PEOPLE) for one in strings_of(n)}
    assert found_in(bytes_of(ports.db, tmp_path), range(PEOPLE)) == left
    assert sorted(path.name for path in folder.iterdir()) == sorted(f"{n + 1}.sealed" for n in range(ERASED, PEOPLE))
    assert _counts(ports.db) == counted
    for proof in proofs:
        assert verify.verify_proof(proof)
    signing.sign_due(ports, ORIGIN)
    whole = verify.verify(export_lines(ports.db), kept=[kept.note])
    with ports.db.read() as conn:
        salts = sum(len(views.salts(conn, seq)) for seq in range(whole.size))
        redactions = len(conn.execute(select(metadata.tables["redaction"].c.id)).all())
        at_carrier = len(conn.execute(select(metadata.tables["unkept_recording"].c.id)).all())
    assert 0 < salts <= commitments * (PEOPLE - ERASED) // PEOPLE + 1
    assert redactions >= ERASED
    assert at_carrier == ERASED
    kind = ports.db.engine.dialect.name
    figure(
        f"{kind}: {ERASED} people erased: 0 of {sum(len(strings_of(n)) for n in range(ERASED))} strings left, {len(proofs)} of {len(proofs)} proofs hold"
    )
    assert texts


def _counts(db: Database) -> dict[str, int]:
    """What stays: how many rows there are of what is counted."""
    tables = ("participation", "support", "delivery", "outbox", "meeting_seat", "poll_choice", "poll_receipt", "topic")
    with db.read() as conn:
        return {name: len(conn.execute(select(metadata.tables[name])).all()) for name in tables}


def test_erased_person_may_be_erased_again_and_is_erased_from_a_restored_copy(
    gateway: Gateway, carrier: ScriptedCarrier, wording: Wording, tmp_path: Path
) -> None:
    ports, folder = gateway.ports, tmp_path / "recordings"
    village = populate(ports, wording, carrier, folder, people=3)
    code = strings_of(0)[2]
    note_erased(ports, "shitan", code, village.people[0])
    assert work(ports, lambda tx: erase_again(tx, ports=ports, by="restore")) == 1
    assert work(ports, lambda tx: erase_again(tx, ports=ports, by="restore")) == 0
    erase(ports, village.people[:1], folder)
    ports.db.compact()
    assert found_in(bytes_of(ports.db, tmp_path), range(3)) == {one for n in (1, 2) for one in strings_of(n)}


# Every table that points to a person, and the room that forgets them there, or why the row may stay.
FORGOTTEN = {
    "asked": "conversation", "own_hours": "conversation", "behalf": "behalf", "helper": "behalf",
    "consultation_answer": "township", "reception_asked": "delegates", "reception_slot": "delegates",
    "referral": "delegates", "delivery": "messaging", "inbox": "messaging", "phone": "roll", "roll_change": "roll",
    "topic": "topics", "topic_question": "topics", "complaint": "followup", "milestone": "followup", "statement": "meetings",
}  # fmt: skip
STAYS = {
    "participation": "that somebody took part is counted", "support": "backing is counted",
    "confirmation": "emptied when it is counted", "panel_lot": "a seat is somebody's, nobody's name",
    "panel": "a witness is a number", "meeting_seat": "who came is counted", "straw_hand": "a show of hands is counted",
    "reception_day": "a delegate's office holds it", "system_token": "a system's own account",
}  # fmt: skip


def _refers_to_a_person(column: Column[Any]) -> bool:
    return any(key.column.table.name == "resident" for key in column.foreign_keys)


def test_every_table_that_points_to_a_person_is_forgotten_or_says_why_not() -> None:
    pointing = {
        table.name
        for table in metadata.tables.values()
        if any(column.name == "resident_id" or _refers_to_a_person(column) for column in table.columns)
    }
    assert pointing == FORGOTTEN.keys() | STAYS.keys()
    rooms = Path(actions.__file__).parent.parent
    assert [room for room in set(FORGOTTEN.values()) - {"roll"} if not (rooms / room / "erasing.py").is_file()] == []


def test_hours_booked_answers_given_and_questions_of_the_level_above_are_forgotten(
    gateway: Gateway, carrier: ScriptedCarrier, wording: Wording, tmp_path: Path
) -> None:
    ports, tables = gateway.ports, metadata.tables
    village = populate(ports, wording, carrier, tmp_path / "recordings", people=2)
    person, other = village.people

    def live(tx: UnitOfWork) -> None:
        topic = tx.connection.execute(select(tables["topic"].c.id)).scalars().first()
        due = {"asked_at": NOON, "due_at": NOON, "answered_at": NOON}
        tx.execute(insert(tables["referral"]).values(topic_id=topic, guest_id=person, answer={"zh": "密语丁"}, **due))
        day = {
            "community_id": village.id,
            "guest_id": other,
            "place": "x",
            "starts_at": NOON,
            "minutes": 10,
            "state": "open",
        }
        key = tx.execute(
            insert(tables["reception_day"]).values(day).returning(tables["reception_day"].c.id)
        ).scalar_one()
        tx.execute(insert(tables["reception_slot"]).values(day_id=key, number=1, starts_at=NOON, resident_id=person))
        tx.execute(insert(tables["reception_asked"]).values(day_id=key, resident_id=person, answered=True))
        asked = {"community_id": village.id, "question": {}, "options": {}, "closes_at": NOON, "state": "open"}
        table = tables["consultation"]
        number = tx.execute(insert(table).values(asked).returning(table.c.id)).scalar_one()
        choice = {"consultation_id": number, "community_id": village.id, "choice": 1}
        tx.execute(insert(tables["consultation_answer"]), [{**choice, "resident_id": one} for one in (person, other)])

    work(ports, live)
    erase(ports, [person], tmp_path / "recordings")
    with ports.db.read() as conn:
        assert conn.execute(select(tables["referral"].c.answer)).scalars().all() == [{}]
        assert conn.execute(select(tables["reception_slot"].c.resident_id)).scalars().all() == [None]
        assert conn.execute(select(tables["reception_asked"].c.resident_id)).scalars().all() == []
        assert conn.execute(select(tables["consultation_answer"].c.resident_id)).scalars().all() == [other]


def test_reason_that_names_the_person_is_refused(
    gateway: Gateway, carrier: ScriptedCarrier, wording: Wording, tmp_path: Path
) -> None:
    ports = gateway.ports
    village = populate(ports, wording, carrier, tmp_path / "recordings", people=1)
    who, number, code, *_ = strings_of(0)
    for reason in (f"for {who}", f"call +{number}", f"{code} asked", " "):
        with pytest.raises(InputError):
            work(ports, lambda tx, reason=reason: erase_resident(tx, village.people[0], reason=reason, by="x", at=NOON))
    assert strings_of(0)[0].encode() in bytes_of(ports.db, tmp_path)


def test_what_is_past_its_time_is_shown_beforehand_and_then_forgotten(
    gateway: Gateway, carrier: ScriptedCarrier, wording: Wording, clock: StillClock, tmp_path: Path
) -> None:
    ports, folder = gateway.ports, tmp_path / "recordings"
    village = populate(ports, wording, carrier, folder, people=2)
    spoken: Topic = work(
        ports, lambda tx: topics.raise_spoken_topic(tx, village.id, village.people[0], f"RE{7:032}", 5, at=NOON)
    )
    (folder / f"{spoken.recording_id}.sealed").write_bytes(SOUND)
    work(ports, lambda tx: topics.screen(tx, spoken.number, False, "听不清", at=NOON, wording=wording))
    work(ports, lambda tx: tx.execute(update(metadata.tables["broadcast"]).values(state="finished")))
    rules = Rules(texts=30, recordings=365, numbers=90, reasons=1095)
    assert retention.preview(ports, rules) == Expiring(0, 0, 0)
    clock.advance(days=91)
    before = retention.preview(ports, rules)
    assert before.numbers > 0
    assert retention.expire(ports, rules, folder) == before
    assert retention.preview(ports, rules) == Expiring(0, 0, 0)
    clock.advance(days=300)
    assert retention.expire(ports, rules, folder).recordings == 1
    assert not (folder / f"{spoken.recording_id}.sealed").exists()
    assert (folder / "1.sealed").exists()
    clock.advance(days=800)
    assert retention.expire(ports, rules, folder) == Expiring(0, 0, 2)
    assert retention.expire(ports, rules, folder) == Expiring(0, 0, 0)
