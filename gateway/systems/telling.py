"""Webhooks are told of what comes onto the record: from the record to messages, from messages to receivers.

The record already says in order what happened, without a name, a number or a choice; so nothing has to be told to this
room, and nothing that happens can be forgotten. A message is claimed, posted with no transaction open, and settled;
what nobody took is tried again over days. A receiver that gets one twice knows it by its id.
"""

from __future__ import annotations

import json
from datetime import datetime, timedelta

from nacl.exceptions import CryptoError
from sqlalchemy.engine import Connection

from gateway.kernel.db import UnitOfWork
from gateway.kernel.ports import Ports
from gateway.record import views as record
from gateway.record.model import Entry, moment_text
from gateway.roll import views as roll
from gateway.systems import store
from gateway.systems.guarding import Guard
from gateway.systems.model import Hook, Message, MessageState, next_try
from gateway.systems.posting import NO_ANSWER, post
from gateway.systems.signing import headers, unseal
from gateway.systems.subjects import community_of

ENTRIES_A_TIME = 500
MESSAGES_A_RUN = 50
# Longer than a post may take, so that nobody else takes a message that is under way.
CLAIM = timedelta(seconds=60)
RUN_FOR = timedelta(seconds=45)
GONE = 410
OK = range(200, 300)


def collect(ports: Ports) -> int:
    """Make messages of all entries that webhooks have not been told of; returns how many. Each in its transaction."""
    with ports.db.read() as conn:
        hooks, size = store.list_hooks(conn), record.head(conn).size
    return sum(_collect_for(ports, hook, size) for hook in hooks if hook.cursor < size)


def _collect_for(ports: Ports, hook: Hook, size: int) -> int:
    with ports.db.work() as tx:
        entries = record.entries(tx.connection, hook.cursor, min(ENTRIES_A_TIME, size - hook.cursor))
        after = entries[-1].seq + 1
        if not store.move_cursor(tx, hook.id, hook.cursor, after):
            return 0
        wanted = [one.seq for one in entries if hook.wants(one.kind, community_of(tx.connection, one.subject))]
        store.insert_messages(tx, hook.id, wanted, ports.clock.now())
        tx.commit()
    return len(wanted)


def send_due(ports: Ports, *, guard: Guard) -> int:
    """Post the messages that are due; returns how many were taken. Ends after a while, however slow receivers are."""
    begun, taken = ports.clock.now(), 0
    silent: set[int] = set()
    with ports.db.read() as conn:
        due = store.find_due(conn, begun, MESSAGES_A_RUN)
    for message in due:
        if ports.clock.now() - begun > RUN_FOR:
            break
        # Others do not wait behind a receiver that keeps us waiting.
        if message.hook_id in silent:
            continue
        answer = _send(ports, message, guard)
        taken += answer in OK
        if answer == NO_ANSWER:
            silent.add(message.hook_id)
    return taken


def _send(ports: Ports, message: Message, guard: Guard) -> int | None:
    """Post one message; returns what was answered, None when it was not ours to send."""
    now = ports.clock.now()
    with ports.db.work() as tx:
        hook = store.find_hook(tx.connection, message.hook_id)
        if hook is None:
            store.settle(tx, message.id, state=MessageState.GIVEN_UP)
        elif not store.claim(tx, message, now + CLAIM):
            return None
        (entry,) = record.entries(tx.connection, message.seq, 1)
        body = _body(tx.connection, entry)
        tx.commit()
    if hook is None:
        return None
    # By the entry's hash: after a restored copy another entry may have the same number.
    answer = _post(ports, hook, f"msg_{hook.id}_{entry.leaf_hash[:24]}", body, guard)
    with ports.db.work() as tx:
        _settle(tx, message, answer, ports.clock.now())
        tx.commit()
    return answer


def _post(ports: Ports, hook: Hook, message_id: str, body: bytes, guard: Guard) -> int:
    try:
        secret = unseal(hook.sealed_secret, secret_key=ports.secret)
    except CryptoError:
        # SECRET_KEY was changed: nothing can be signed until the webhook is added anew.
        return NO_ANSWER
    return post(hook.url, body, headers(message_id, body, secret, ports.clock.now()), guard=guard)


def _settle(tx: UnitOfWork, message: Message, answer: int, at: datetime) -> None:
    attempts = message.attempts + 1
    if answer in OK:
        store.settle(tx, message.id, state=MessageState.TAKEN, attempts=attempts, answer=answer)
        return
    again = None if answer == GONE else next_try(attempts, at)
    state = MessageState.WAITING if again else MessageState.GIVEN_UP
    store.settle(tx, message.id, state=state, attempts=attempts, answer=answer, due_at=again or at)


def _body(conn: Connection, entry: Entry) -> bytes:
    """What a receiver is sent of an entry: its kind as `type`, its moment, and the entry as it stands on the record."""
    community_id = community_of(conn, entry.subject)
    data = {
        "seq": entry.seq,
        "subject": entry.subject,
        "community": roll.community(conn, community_id).code if community_id is not None else None,
        "data": dict(entry.data),
        "leaf_hash": entry.leaf_hash,
    }
    told = {"type": entry.kind, "timestamp": moment_text(entry.at), "data": data}
    return json.dumps(told, ensure_ascii=False, separators=(",", ":")).encode()


def send_test(ports: Ports, hook: Hook, *, guard: Guard) -> int:
    """Post a message that means nothing, at once; returns the HTTP status, 0 for no answer."""
    at = ports.clock.now()
    told = {"type": "webhook.test", "timestamp": moment_text(at), "data": {}}
    return _post(ports, hook, f"msg_test_{int(at.timestamp())}_{hook.id}", json.dumps(told).encode(), guard)
