"""`xiangyin doctor`: what is missing or wrong in this installation, and the mend."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass

import redis
from sqlalchemy.exc import SQLAlchemyError

from gateway.bootstrap import Gateway
from gateway.carriers.port import LineHooks
from gateway.cli.terminal import Terminal, standalone
from gateway.kernel.errors import CarrierError
from gateway.kernel.recovery import CopiedVault
from gateway.messaging import views as messaging
from gateway.migrations.run import is_current
from gateway.roll import views as roll
from gateway.topics.transcribing import TranscriberUnusableError, load_transcriber

# What the addresses at the carrier end with (docs/go-live.md): try again, whatever fails.
RETRIES = "#rc="


@dataclass(frozen=True)
class Finding:
    """One thing looked at: `what` names its sentence, `fine` says whether anything has to be done."""

    what: str
    fine: bool


@standalone("doctor", example="xiangyin doctor")
def doctor(terminal: Terminal) -> None:
    """Look at settings, database, queue, vault and communities; exit status 1 when something is to be mended."""
    findings = [finding for check in CHECKS for finding in check(terminal.gateway)]
    lines = [f"{'✓' if f.fine else '✗'} {terminal.say(f'staff_doctor.{f.what}')}" for f in findings]
    terminal.show([asdict(finding) for finding in findings], "\n".join(lines))
    if not all(finding.fine for finding in findings):
        raise SystemExit(1)


def check_database(gateway: Gateway) -> Iterator[Finding]:
    """Whether the database answers and has the newest schema."""
    try:
        with gateway.db.read() as conn:
            current = is_current(conn)
    except SQLAlchemyError:
        yield Finding("database_unreachable", fine=False)
        return
    yield Finding("database_current" if current else "database_old", fine=current)


def check_queue(gateway: Gateway) -> Iterator[Finding]:
    """Whether the queue server answers and never drops a job to make room."""
    try:
        policy = gateway.redis.config_get("maxmemory-policy")
    except redis.ResponseError:
        # Some hosted servers hide their configuration.
        yield Finding("queue_reachable", fine=True)
    except redis.RedisError:
        yield Finding("queue_unreachable", fine=False)
    else:
        keeps = "noeviction" in str(policy)
        yield Finding("queue_reachable" if keeps else "queue_evicts", fine=keeps)


def check_vault(gateway: Gateway) -> Iterator[Finding]:
    """Whether the vault can be written, is closed to others, and lies apart from the data in production."""
    settings = gateway.settings
    settings.vault_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    writable = os.access(settings.vault_dir, os.W_OK)
    yield Finding("vault_writable" if writable else "vault_unwritable", fine=writable)
    if settings.vault_dir.stat().st_mode & 0o077:
        yield Finding("vault_open", fine=False)
    if isinstance(gateway.ports.vault, CopiedVault):
        there = gateway.ports.vault.has_copy
        yield Finding("vault_copy_there" if there else "vault_copy_away", fine=there)
    if settings.carrier != "simulator" and settings.data_dir in settings.vault_dir.parents:
        yield Finding("vault_in_data", fine=False)


def check_addresses(gateway: Gateway) -> Iterator[Finding]:
    """Whether a real carrier can reach and trust the public address."""
    if gateway.settings.carrier != "simulator":
        secure = gateway.settings.public_url.startswith("https://")
        yield Finding("address_secure" if secure else "address_insecure", fine=secure)


def check_hooks(gateway: Gateway) -> Iterator[Finding]:
    """Whether the carrier calls us for every line, tries again, and has another address when we are down."""
    if gateway.settings.carrier == "simulator":
        return
    try:
        with gateway.db.read() as conn:
            lines = [line for one in roll.communities(conn) for line in roll.community_lines(conn, one.id)]
        found = [gateway.carrier.hooks_of(line) for line in lines]
    except SQLAlchemyError:
        return
    except CarrierError:
        yield Finding("hooks_unknown", fine=False)
        return
    yield from judge_hooks(found, gateway.settings.public_url)


def judge_hooks(found: Sequence[LineHooks | None], public_url: str) -> Iterator[Finding]:
    """What is to be said of the addresses set up for all lines; None: the carrier does not know the line."""
    known = [one for one in found if one is not None]
    addresses = [address for one in known for address in (one.text, one.call)]
    right = len(known) == len(found) and all(one.startswith(f"{public_url}/twilio/") for one in addresses)
    yield Finding("hooks_right" if right else "hooks_wrong", fine=right)
    retried = all(RETRIES in address for address in addresses)
    yield Finding("hooks_retried" if retried else "hooks_not_retried", fine=retried)
    spare = all(one.text_fallback and one.call_fallback for one in known)
    yield Finding("hooks_have_fallback" if spare else "hooks_without_fallback", fine=spare)


def check_communities(gateway: Gateway) -> Iterator[Finding]:
    """Whether every community has a line to text and call."""
    try:
        with gateway.db.read() as conn:
            communities = roll.communities(conn)
    except SQLAlchemyError:
        return
    if not communities:
        yield Finding("community_none", fine=False)
    elif any(community.line is None for community in communities):
        yield Finding("community_without_line", fine=False)
    else:
        yield Finding("communities_have_lines", fine=True)


def check_outcomes(gateway: Gateway) -> Iterator[Finding]:
    """Whether the carrier says of everything that went out whether it took it."""
    try:
        with gateway.db.read() as conn:
            unresolved = messaging.count_unresolved(conn)
    except SQLAlchemyError:
        return
    if unresolved:
        yield Finding("outcomes_unresolved", fine=False)


def check_transcriber(gateway: Gateway) -> Iterator[Finding]:
    """Whether the speech engine that was named, if any, can be loaded."""
    try:
        if load_transcriber(gateway.settings.transcriber):
            yield Finding("transcriber_loads", fine=True)
    except TranscriberUnusableError:
        yield Finding("transcriber_unusable", fine=False)


CHECKS: tuple[Callable[[Gateway], Iterator[Finding]], ...] = (
    check_database,
    check_queue,
    check_vault,
    check_addresses,
    check_hooks,
    check_communities,
    check_outcomes,
    check_transcriber,
)
