"""The entry of calls: one step of a call in, what the carrier does next out.

A step that changes nothing writes nothing: the call's state travels in the sealed token. A step with consequences
claims (call, thread, step) in the same transaction as its effect, so that a repeat of the request, even at the same
moment, finds the first answer. Whatever goes wrong, the caller hears a sentence and a way on.
"""

from __future__ import annotations

import logging
import traceback
from collections.abc import Callable, Hashable, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field, replace
from typing import Any

from sqlalchemy.engine import Connection
from sqlalchemy.exc import DBAPIError

from gateway.carriers.port import CallStep, Hangup, IncomingCall, Say
from gateway.conversation.calls.effects import EFFECTS, Alone, Asks, Changes
from gateway.conversation.calls.reading import read_when_asked
from gateway.conversation.calls.speaking import Reader, Spoken, finish, pack_steps, speak, unpack_steps
from gateway.conversation.calls.step import Step
from gateway.conversation.calls.tokens import THREAD_BYTES, CallState, open_state, seal_state
from gateway.conversation.frozen import Frozen
from gateway.kernel.db import UnitOfWork
from gateway.kernel.languages import DEFAULT_LANGUAGE
from gateway.kernel.ports import Ports
from gateway.messaging import inbox, outages
from gateway.messaging.inbox import InboxKind, InboxState
from gateway.roll import views as roll
from gateway.topics.unkept import note_recording
from gateway.wording.catalogue import Wording
from ivr_flows.engine import enter, resume
from ivr_flows.model import Flow, Join, Record, Value
from ivr_flows.session import Effect, Event, Keys, Left, Outcome, Prompt, Recorded, Session, Silence, Turn

logger = logging.getLogger(__name__)

INBOUND = "main"


@dataclass(frozen=True)
class _Conversation:
    call: IncomingCall
    thread: str
    flow: Flow
    ports: Ports
    wording: Wording
    action_url: Callable[[str], str]
    sound_url: Callable[[str], str]
    frozen: Frozen
    seen: dict[Hashable, Any] = field(default_factory=dict)

    def step(self, turn: Turn) -> Step:
        return Step(self.call, turn.session.values, self.ports, self.wording, self.seen, self.frozen, self.sound_url)

    def read(self) -> AbstractContextManager[Connection]:
        return read_when_asked(self.ports.db)

    def action(self, session: Session) -> str:
        state = CallState(self.call.carrier_id, self.thread, session)
        return self.action_url(seal_state(state, sealer=self.ports.call_sealer))


def receive_call(
    call: IncomingCall,
    token: str | None,
    *,
    ports: Ports,
    wording: Wording,
    flows: Mapping[str, Flow],
    action_url: Callable[[str], str],
    sound_url: Callable[[str], str] = str,
    frozen: Frozen | None = None,
) -> list[CallStep]:
    """Answer one step of a call; `token` is what the carrier brought back, None for a call that begins.

    `action_url` makes the address of the next step from its token, `sound_url` that of a sound; `frozen` is kept from
    request to request. A token that is broken, expired or another call's begins the call again at the greeting. When
    the database is down a call that begins gets its DBAPIError, a later step an apology.
    """
    around = (ports, wording, action_url, sound_url, frozen or Frozen())
    state = open_state(token, call.carrier_id, sealer=ports.call_sealer) if token else None
    if state is None or not _is_current(state.session, flows):
        talk = _Conversation(call, _new_thread(ports), flows[INBOUND], *around)
        return _answer(talk, Session(INBOUND), lambda session: _greet(talk, session, again=bool(token)))
    talk = _Conversation(call, state.thread, flows[state.session.flow], *around)
    event = _read_event(call, talk.flow, state.session)
    return _answer(talk, state.session, lambda session: resume(talk.flow, session, event))


def receive_answered_call(
    call: IncomingCall,
    attempt_id: int,
    token: str | None,
    *,
    ports: Ports,
    wording: Wording,
    flows: Mapping[str, Flow],
    action_url: Callable[[str], str],
    sound_url: Callable[[str], str] = str,
    frozen: Frozen | None = None,
) -> list[CallStep]:
    """Somebody answered a call that was placed for a delivery attempt; later steps are as in `receive_call`."""
    if token:
        return receive_call(
            call,
            token,
            ports=ports,
            wording=wording,
            flows=flows,
            action_url=action_url,
            sound_url=sound_url,
            frozen=frozen,
        )
    talk = _Conversation(
        call, _new_thread(ports), flows[INBOUND], ports, wording, action_url, sound_url, frozen or Frozen()
    )
    session = Session(INBOUND, values={"attempt": attempt_id, "language": DEFAULT_LANGUAGE})
    return _answer(talk, session, lambda session: enter(talk.flow, session, talk.flow.start))


def _new_thread(ports: Ports) -> str:
    return ports.randomness.token(THREAD_BYTES).hex()


def _is_current(session: Session, flows: Mapping[str, Flow]) -> bool:
    # A token from before an upgrade may name a menu or a node that is gone.
    return session.flow in flows and session.node in flows[session.flow].nodes


def _read_event(call: IncomingCall, flow: Flow, session: Session) -> Event:
    if isinstance(flow.nodes[session.node], Record):
        return Recorded(call.recording_id or "", call.recording_seconds)
    if isinstance(flow.nodes[session.node], Join):
        return Left()
    return Keys(call.digits) if call.digits else Silence()


def _greet(talk: _Conversation, session: Session, *, again: bool) -> Turn:
    if not again:
        return enter(talk.flow, session, talk.flow.start)
    with talk.ports.db.read() as conn:
        community = roll.community_by_line(conn, talk.call.line)
    values: dict[str, Value] = {"language": community.languages[0] if community else DEFAULT_LANGUAGE}
    return enter(talk.flow, replace(session, values=values), talk.flow.start, [Prompt("call.restart")])


def _answer(talk: _Conversation, session: Session, go: Callable[[Session], Turn]) -> list[CallStep]:
    try:
        _note_recording(talk)
        return _go_on(talk, go(session))
    except Exception as error:
        if isinstance(error, DBAPIError) and not session.node:
            # Nothing has been said yet: the carrier's fallback address may serve the whole call.
            raise
        # Whatever it is, the caller must not be left in silence.
        outages.turn_away(
            talk.ports, outages.Kind.CALL, outages.call_key(talk.ports, talk.call.carrier_id), talk.call.line
        )
        _log(talk, error)
        return _apologise(talk, session)


def _note_recording(talk: _Conversation) -> None:
    """What a caller has just said lies at the carrier, whatever becomes of it, also when it was cut off."""
    recording, ports = talk.call.recording_id, talk.ports
    if recording:
        with ports.db.work() as tx:
            note_recording(tx, recording, at=ports.clock.now())
            tx.commit()


def _go_on(talk: _Conversation, turn: Turn) -> list[CallStep]:
    said: list[Spoken] = []
    while isinstance(turn.then, Effect):
        if isinstance(EFFECTS[turn.then.name], Changes):
            return _change_once(talk, turn, said)
        turn = _do(talk, turn, said, read=talk.read)
    return _rest(talk, turn, said, read=talk.read)


def _change_once(talk: _Conversation, turn: Turn, said: list[Spoken]) -> list[CallStep]:
    ports, at = talk.ports, talk.ports.clock.now()
    key = ports.secret.hash("call step", f"{talk.call.carrier_id}:{talk.thread}:{turn.session.step}")
    with ports.db.work() as tx:
        claimed = inbox.claim(tx, key, InboxKind.CALL_STEP, at=at)
        if claimed is None:
            first_answer = inbox.answer_of(tx.connection, key) or ""
            return unpack_steps(ports.call_sealer.open(first_answer))
        steps = _go_on_in(talk, turn, said, tx)
        # Kept without a name: it lies beside the ballot in the database's log.
        inbox.settle(tx, claimed, state=InboxState.DONE, answer=ports.call_sealer.seal(pack_steps(steps)))
        tx.commit()
    return steps


def _go_on_in(talk: _Conversation, turn: Turn, said: list[Spoken], tx: UnitOfWork) -> list[CallStep]:
    def read() -> AbstractContextManager[Connection]:
        return nullcontext(tx.connection)

    while isinstance(turn.then, Effect):
        turn = _do(talk, turn, said, read=read, tx=tx)
    return _rest(talk, turn, said, read=read)


def _do(talk: _Conversation, turn: Turn, said: list[Spoken], *, read: Reader, tx: UnitOfWork | None = None) -> Turn:
    """Say what comes before an effect, have the effect, and go on with its outcome."""
    assert isinstance(turn.then, Effect)
    step = talk.step(turn)
    said += speak(turn, step, read)
    outcome = _outcome(EFFECTS[turn.then.name], step, read=read, tx=tx)
    # Keys pressed ahead were meant for what came before a change.
    session = turn.session if tx is None else replace(turn.session, ahead="")
    return resume(talk.flow, session, outcome)


def _outcome(effect: Asks | Changes | Alone, step: Step, *, read: Reader, tx: UnitOfWork | None) -> Outcome:
    match effect:
        case Asks():
            with read() as conn:
                return effect.run(step, conn)
        case Changes() if tx is not None:
            return effect.run(step, tx)
        case Alone() if tx is None:
            return effect.run(step)
        case _:
            raise RuntimeError("an effect in the wrong place")


def _rest(talk: _Conversation, turn: Turn, said: list[Spoken], *, read: Reader) -> list[CallStep]:
    said += speak(turn, talk.step(turn), read)
    return finish(said, turn, talk.action(turn.session))


def _apologise(talk: _Conversation, session: Session) -> list[CallStep]:
    if session.values.get("troubled") is not True:
        try:
            values = {**session.values, "troubled": True}
            session = replace(session, step=session.step + 1, values=values, ahead="")
            return _go_on(talk, enter(talk.flow, session, talk.flow.trouble))
        except Exception as error:  # noqa: BLE001  # the last sentence below needs nothing that could fail
            _log(talk, error)
    language = talk.wording.language_for(str(session.values.get("language") or DEFAULT_LANGUAGE))
    return [Say(talk.wording.say("call.trouble.end", language), language), Hangup()]


def _log(talk: _Conversation, error: Exception) -> None:
    # Neither the exception's words nor its values: they may quote what somebody keyed.
    frame = traceback.extract_tb(error.__traceback__)[-1]
    logger.error(
        "a step of a call failed",
        extra={
            "problem": talk.ports.randomness.token(4).hex(),
            "error": type(error).__name__,
            "place": f"{frame.filename}:{frame.lineno}",
            "flow": talk.flow.name,
        },
    )
