"""Questions about other systems: what does this token open, which tokens and webhooks are there, how do they do."""

from __future__ import annotations

from collections import Counter
from datetime import datetime

from sqlalchemy.engine import Connection

from gateway.kernel.errors import NotFound
from gateway.roll import views as roll
from gateway.roll.audience import with_children
from gateway.roll.model import Community
from gateway.systems import store
from gateway.systems.model import Hook, Message, Token, token_hash


def token_for(conn: Connection, text: str, at: datetime) -> Token | None:
    """The valid token that `text` is; None for anything else."""
    found = store.find_token(conn, token_hash(text))
    return found if found and found.is_valid(at) else None


def tokens(conn: Connection) -> list[Token]:
    """All tokens ever given, by id."""
    return store.list_tokens(conn)


def communities_of(conn: Connection, token: Token) -> list[Community]:
    """The communities that a token opens: its own and those below it, or all."""
    if token.community_id is None:
        return roll.communities(conn)
    return with_children(conn, roll.community(conn, token.community_id))


def hooks(conn: Connection) -> list[Hook]:
    """All webhooks, by id."""
    return store.list_hooks(conn)


def hook(conn: Connection, hook_id: int) -> Hook:
    """The webhook with that id; NotFound("hook_unknown")."""
    found = store.find_hook(conn, hook_id)
    if found is None:
        raise NotFound("hook_unknown", number=hook_id)
    return found


def messages(conn: Connection, hook_id: int) -> list[Message]:
    """The messages to a webhook, newest first."""
    return list(store.messages_of(conn, hook_id))


def counts(conn: Connection, hook_id: int) -> Counter[str]:
    """How many messages to a webhook are in each state."""
    return Counter(str(one.state) for one in store.messages_of(conn, hook_id))
