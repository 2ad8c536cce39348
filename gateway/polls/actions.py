"""The verbs before closing: create a poll, open it, cast a ballot, mark somebody present.

Opening lays a sealed "no choice" in an envelope for every elector, in shuffled order; casting replaces one. Whether
somebody voted is known to staff (turnout); what is in an envelope nobody can tell before closing, in any role.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import CTE
from sqlalchemy.sql.dml import ReturningUpdate

from gateway.kernel.db import UnitOfWork
from gateway.kernel.errors import InputError, NotFound, RuleError
from gateway.kernel.ports import Ports
from gateway.kernel.randomness import Randomness
from gateway.kernel.vault import Vault
from gateway.messaging.actions import note_answered
from gateway.messaging.views import nothing_asks
from gateway.polls import ballots, slots
from gateway.polls.inviting import INVITATION, subject_of
from gateway.polls.model import (
    BallotForm,
    Method,
    Poll,
    PollDraft,
    PollState,
    Presence,
    Walk,
    check_draft,
    straight,
)
from gateway.polls.readiness import check_languages
from gateway.polls.slots import SlotKey
from gateway.polls.store import box, bulk, polls, tables
from gateway.record import actions as record
from gateway.record.model import Value, canonical_json, moment_text
from gateway.roll import views as roll
from gateway.roll.model import Elector
from gateway.wording.catalogue import Wording

FEWEST_GROUPS = 2


@dataclass(frozen=True)
class _Keys:
    slot: SlotKey
    public: bytes


@dataclass(frozen=True)
class _Blank:
    """What an empty ballot is made with: the poll's keys and the room that its longest choice needs."""

    keys: _Keys
    room: int


def create_poll(tx: UnitOfWork, draft: PollDraft, *, at: datetime) -> int:
    """Keep a draft; returns its number, counted through the installation. InputError names what is wrong with it."""
    check_draft(draft, at)
    roll.community(tx.connection, draft.community_id)
    return polls.insert_poll(tx, draft, at)


def open_poll(tx: UnitOfWork, number: int, *, ports: Ports, wording: Wording, walk: Walk = straight) -> None:
    """Freeze the terms and the electorate, prefill the envelopes and put the hash of the terms on the record.

    The keys are in the vault before anything is committed. Keys that a crash left behind are used again: no committed
    ballot has seen them. RuleError: poll_already_opened, closing_time_past, electorate_empty, poll_needs_groups, and
    where a language of the roll lacks words poll_language_missing, poll_prompts_missing.
    """
    now = ports.clock.now()
    poll = _draft(tx, number, now)
    check_languages(tx.connection, poll, wording=wording)
    electors = roll.electorate(tx.connection, poll.community_id)
    groups = _groups(poll, electors)
    keys = _make_keys(number, vault=ports.vault, randomness=ports.randomness)
    blank = _Blank(keys, poll.form.longest)
    digits, draw = _lay_out(tx, number, _grouped(electors, groups), blank, randomness=ports.randomness, walk=walk)
    terms = canonical_json(_terms(poll, electors, groups, keys.public))
    digest = hashlib.sha256(terms.encode()).hexdigest()
    polls.move_poll(
        tx,
        poll,
        state=PollState.OPEN,
        opened_at=now,
        group_names=list(groups),
        frozen=terms,
        frozen_sha256=digest,
        box_key=keys.public,
        receipt_digits=digits,
        receipt_round=draw,
    )
    entry: dict[str, Value] = {
        "poll": number,
        "sha256": digest,
        "electors": len(electors),
        "closes_at": moment_text(poll.closes_at),
    }
    if poll.rehearsal:
        entry["rehearsal"] = True
    record.append(tx, "poll.opened", f"poll:{number}", entry, at=now)


def cast(tx: UnitOfWork, number: int, resident_id: int, choice: str, *, ports: Ports, in_person: bool = False) -> str:
    """Take a resident's ballot in place of any earlier one; returns the receipt, the same for each choice.

    One given `in_person` stands against all that come by telephone afterwards, as the terms say.
    RuleError: poll_not_open, not_an_elector, poll_keys_lost, voted_in_person; InputError: no_such_option; NotFound:
    poll_unknown.
    """
    terms = box.terms_for_casting(tx, number, resident_id)
    if terms is None:
        raise NotFound("poll_unknown", poll=number)
    if terms.state != PollState.OPEN or terms.closes_at <= ports.clock.now():
        raise RuleError("poll_not_open", poll=number)
    form = box.form_of(terms)
    if not form.allows(choice):
        raise InputError("no_such_option", poll=number)
    if terms.group_index is None:
        raise RuleError("not_an_elector", poll=number)
    made = _make(
        _Frame(number, terms.box_key, form, (terms.receipt_digits, terms.receipt_round)),
        resident_id,
        terms.group_index,
        choice,
        ports=ports,
    )
    if not box.put_envelope(tx, number, resident_id, made.envelope, in_person=in_person):
        raise RuleError("voted_in_person", poll=number)
    # Asked by text and by call: whoever answered one is not asked by the other.
    note_answered(tx, resident_id, INVITATION, subject_of(number))
    return made.receipt


@dataclass(frozen=True)
class MadeBallot:
    """A ballot ready to be put in: the elector's envelope and the receipt they will have."""

    envelope: bytes = field(repr=False)
    receipt: str = field(repr=False)


def make_ballot(poll: Poll, resident_id: int, group_index: int, choice: str, *, ports: Ports) -> MadeBallot:
    """A ballot for an opened poll, to be put in by `put_if_open`; nothing is asked of the database.

    RuleError: poll_keys_lost; InputError: no_such_option.
    """
    if not poll.form.allows(choice) or poll.box_key is None:
        raise InputError("no_such_option", poll=poll.number)
    frame = _Frame(poll.number, poll.box_key, poll.form, (poll.receipt_digits, poll.receipt_round))
    return _make(frame, resident_id, group_index, choice, ports=ports)


def put_if_open(after: CTE | None = None) -> ReturningUpdate[tuple[int]]:
    """Puts a ballot in if the poll is open still, the elector has not voted in person, and no message that asks for the
    vote is on its way to them; gives a row if it did.

    Values: poll, resident, sealed, now; kind and subject as `asking_of` gives them. Only after the row of `after`.
    """
    return box.put_if_open(nothing_asks(), after)


def asking_of(number: int) -> dict[str, str]:
    """What messages that ask for a vote in this poll are named by, for `put_if_open`."""
    return {"kind": INVITATION, "subject": subject_of(number)}


@dataclass(frozen=True)
class _Frame:
    """What opening has frozen of a poll, as far as a ballot is made by it; `receipts`: their digits and round."""

    number: int
    box_key: bytes
    form: BallotForm
    receipts: tuple[int, int]


def _make(frame: _Frame, resident_id: int, group_index: int, choice: str, *, ports: Ports) -> MadeBallot:
    slot_key = _live_slot_key(frame.number, vault=ports.vault)
    ballot = ballots.Ballot(choice, group_index, ports.randomness.token(ballots.SALT_BYTES))
    sealed = ballots.seal(ballots.sealing_box(frame.box_key), ballot, frame.form.longest)
    slot = slot_key.slot_of(frame.number, resident_id)
    return MadeBallot(slot_key.enclose(frame.number, resident_id, sealed), slot_key.receipt_of(slot, *frame.receipts))


def mark_present(tx: UnitOfWork, number: int, resident_id: int) -> None:
    """Note that an elector is at the meeting; it counts where the threshold is a share of those present.

    RuleError: poll_not_open, not_an_elector; NotFound: poll_unknown.
    """
    terms = box.terms_for_casting(tx, number, resident_id)
    if terms is None:
        raise NotFound("poll_unknown", poll=number)
    if terms.state != PollState.OPEN:
        raise RuleError("poll_not_open", poll=number)
    if terms.group_index is None:
        raise RuleError("not_an_elector", poll=number)
    box.mark_present(tx, number, resident_id)


def _draft(tx: UnitOfWork, number: int, now: datetime) -> Poll:
    poll = polls.find_poll(tx.connection, number, lock=True)
    if poll is None:
        raise NotFound("poll_unknown", poll=number)
    if poll.state is not PollState.DRAFT:
        raise RuleError("poll_already_opened", poll=number)
    if poll.closes_at <= now:
        raise RuleError("closing_time_past")
    return poll


def _groups(poll: Poll, electors: Sequence[Elector]) -> tuple[str, ...]:
    if not electors:
        raise RuleError("electorate_empty")
    if not poll.by_group:
        return ()
    groups = sorted({elector.group for elector in electors})
    if "" in groups or len(groups) < FEWEST_GROUPS:
        raise RuleError("poll_needs_groups", poll=poll.number)
    return tuple(groups)


def _grouped(electors: Sequence[Elector], groups: tuple[str, ...]) -> list[tuple[int, int]]:
    index = {name: position for position, name in enumerate(groups)}
    return [(elector.resident_id, index.get(elector.group, 0) if groups else 0) for elector in electors]


def _make_keys(number: int, *, vault: Vault, randomness: Randomness) -> _Keys:
    # The vault keeps the first of two keys of one name, so openings may race: both read what is there.
    vault.put(ballots.slot_key_name(number), randomness.token(ballots.KEY_BYTES))
    vault.put(ballots.box_key_name(number), randomness.token(ballots.KEY_BYTES))
    private = vault.get(ballots.box_key_name(number))
    return _Keys(SlotKey(vault.get(ballots.slot_key_name(number))), ballots.public_half(private))


def _lay_out(
    tx: UnitOfWork, number: int, electors: list[tuple[int, int]], blank: _Blank, *, randomness: Randomness, walk: Walk
) -> tuple[int, int]:
    """Prefill everybody's part with an empty ballot, in shuffled order; returns digits and draw of the receipts."""
    digits = slots.receipt_digits(len(electors))
    places = [blank.keys.slot.slot_of(number, elector) for elector, _ in electors]
    draw = blank.keys.slot.find_receipt_draw(places, digits)
    randomness.shuffle(electors)
    rows = _empty_parts(number, walk(electors, len(electors)), blank, randomness)
    bulk.insert_many(tx, tables.participation, ("poll_id", "resident_id", "group_index", "state", "envelope"), rows)
    return digits, draw


def _empty_parts(number: int, electors: Any, blank: _Blank, randomness: Randomness) -> Iterator[tuple[Any, ...]]:
    sealing = ballots.sealing_box(blank.keys.public)
    for elector, group in electors:
        empty = ballots.Ballot(ballots.NO_CHOICE, group, randomness.token(ballots.SALT_BYTES))
        sealed = ballots.seal(sealing, empty, blank.room)
        envelope = blank.keys.slot.enclose(number, elector, sealed)
        yield number, elector, group, Presence.NONE.value, envelope


def _live_slot_key(number: int, *, vault: Vault) -> SlotKey:
    # Read every time: a key kept in this process would outlive its destruction.
    try:
        slot_key = SlotKey(vault.get(ballots.slot_key_name(number)))
    except (NotFound, RuleError):
        # Lost, here or with the trustees' copy: to a voter that is the same.
        raise RuleError("poll_keys_lost", poll=number) from None
    if not vault.holds(ballots.box_key_name(number)):
        raise RuleError("poll_keys_lost", poll=number)
    return slot_key


def _terms(poll: Poll, electors: Sequence[Elector], groups: tuple[str, ...], box_key: bytes) -> dict[str, Any]:
    roll_of_poll = sorted([elector.resident_id, elector.group if groups else ""] for elector in electors)
    return {
        "poll": poll.number,
        "method": poll.method,
        "counting": poll.counting,
        "ties": poll.tie_rule,
        "lot_source": poll.lot_source,
        "max_choices": poll.max_choices,
        "score_max": poll.form.score_max if poll.method is Method.SCORE else None,
        "costs": list(poll.costs),
        "budget": poll.budget,
        "knapsack": poll.knapsack,
        "least_votes": poll.least_votes,
        "exclusive": [list(some) for some in poll.exclusive],
        "rehearsal": poll.rehearsal,
        "wording": {
            language: {"question": words.question, "options": list(words.options)}
            for language, words in poll.wording.items()
        },
        "closes_at": moment_text(poll.closes_at),
        "extension_hours": poll.extension_hours,
        "threshold": {"of": poll.threshold.base, "share": str(poll.threshold.share)},
        "quorum": None if poll.quorum is None else str(poll.quorum),
        "groups": list(groups),
        "group_electors": [sum(elector.group == name for elector in electors) for name in groups],
        "electors": len(electors),
        "electorate_sha256": hashlib.sha256(canonical_json(roll_of_poll).encode()).hexdigest(),
        "box_key": box_key.hex(),
        "ballots": "the last one received; one given in person before any by telephone",
    }
