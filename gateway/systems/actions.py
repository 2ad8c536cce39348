"""The verbs of other systems: give and revoke tokens, add and remove webhooks, hand in a topic."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from gateway.kernel.db import UnitOfWork
from gateway.kernel.errors import InputError, NotFound
from gateway.kernel.ports import Ports
from gateway.record import views as record
from gateway.roll import actions as roll
from gateway.roll import views as roll_views
from gateway.roll.importing import ParsedRoll, RollRow
from gateway.systems import store
from gateway.systems.guarding import Guard, check_url
from gateway.systems.model import (
    LONGEST_DAYS,
    SECRET_BYTES,
    TOKEN_BYTES,
    Hook,
    Scope,
    Token,
    check_name,
    check_scopes,
    secret_text,
    token_hash,
    token_text,
)
from gateway.systems.signing import seal
from gateway.topics import actions as topics
from gateway.topics.model import Topic


def add_token(
    tx: UnitOfWork, name: str, community_id: int | None, scopes: Sequence[str], days: int, *, ports: Ports
) -> tuple[Token, str]:
    """Give a system a token for so many days; returns it and its text, which nobody sees again.

    A system that may hand in topics needs one community and becomes a guest there: topics have an author.
    InputError("system_name_wrong", "scope_unknown", "scope_missing", "token_days_wrong", "report_needs_community").
    """
    name, allowed, now = check_name(name), check_scopes(scopes), ports.clock.now()
    if not 0 < days <= LONGEST_DAYS:
        raise InputError("token_days_wrong", most=LONGEST_DAYS)
    if Scope.REPORT in allowed and community_id is None:
        raise InputError("report_needs_community")
    guest = _guest(tx, name, community_id, ports) if community_id is not None and Scope.REPORT in allowed else None
    text = token_text(ports.randomness.token(TOKEN_BYTES))
    made = Token(0, name, community_id, allowed, guest, now, now + timedelta(days=days), None)
    values = {
        "name": name,
        "community_id": community_id,
        "scopes": ",".join(sorted(allowed)),
        "secret_hash": token_hash(text),
        "guest_id": guest,
        "created_at": now,
        "expires_at": made.expires_at,
    }
    return replace(made, id=store.insert_token(tx, values)), text


def _guest(tx: UnitOfWork, name: str, community_id: int, ports: Ports) -> int:
    """The guest as whom a system raises topics: on the roll without a telephone, without a vote."""
    row = ParsedRoll(rows=(RollRow(line=0, name=name, consent=False),), problems=(), warnings=())
    before = set(roll_views.community_resident_ids(tx.connection, community_id))
    roll.import_roll(tx, community_id, row, randomness=ports.randomness, secret=ports.secret, guests=True)
    (made,) = set(roll_views.community_resident_ids(tx.connection, community_id)) - before
    return made


def revoke_token(tx: UnitOfWork, token_id: int, *, at: datetime) -> None:
    """Let a token open nothing any more, from now on. NotFound("token_unknown")."""
    if not store.revoke_token(tx, token_id, at):
        raise NotFound("token_unknown", number=token_id)


def hand_in(tx: UnitOfWork, token: Token, text: str, category: str, *, at: datetime) -> Topic:
    """Raise a topic for a system, to be screened like any other. InputError as in `topics.raise_topic`,
    InputError("topic_category_unknown") for a category that there is not; "" lets it be guessed.
    """
    assert token.guest_id is not None
    assert token.community_id is not None
    made = topics.raise_topic(tx, token.community_id, token.guest_id, text, at=at)
    return topics.set_category(tx, made.number, category) if category else made


def add_hook(
    tx: UnitOfWork, name: str, url: str, community_id: int | None, kinds: Sequence[str], *, ports: Ports, guard: Guard
) -> tuple[Hook, str]:
    """Tell `url` of everything that comes onto the record from now on; returns the webhook and its secret.

    InputError("system_name_wrong", "hook_url_wrong", "hook_kind_wrong").
    """
    name = check_name(name)
    check_url(url, guard)
    if not all(one.replace(".", "").replace("_", "").isascii() and one for one in kinds):
        raise InputError("hook_kind_wrong")
    secret = secret_text(ports.randomness.token(SECRET_BYTES))
    values = {
        "name": name,
        "url": url,
        "community_id": community_id,
        "kinds": sorted(set(kinds)),
        "cursor": record.head(tx.connection).size,
        "sealed_secret": seal(secret, secret_key=ports.secret),
    }
    found = store.find_hook(tx.connection, store.insert_hook(tx, values))
    assert found is not None
    return found, secret


def remove_hook(tx: UnitOfWork, hook_id: int, *, at: datetime) -> None:
    """Tell a webhook nothing more and forget its secret. NotFound("hook_unknown")."""
    if not store.remove_hook(tx, hook_id, at):
        raise NotFound("hook_unknown", number=hook_id)
