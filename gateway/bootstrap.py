"""The composition root: Settings in, a Gateway out. The only place where adapters are chosen and connected."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import redis

from gateway.carriers.port import Carrier, CarrierAccount
from gateway.carriers.priority import CarriersByPriority
from gateway.carriers.registry import CARRIERS
from gateway.carriers.twilio.carrier import TwilioCarrier
from gateway.erasure.model import Rules
from gateway.kernel.clock import SystemClock
from gateway.kernel.db import Database, open_engine
from gateway.kernel.pacing import RedisPacer
from gateway.kernel.ports import Ports
from gateway.kernel.queue import RedisQueue, connect_queue
from gateway.kernel.randomness import SystemRandomness
from gateway.kernel.recent import RedisCounts
from gateway.kernel.recovery import CopiedVault
from gateway.kernel.sealing import DaySealer
from gateway.kernel.secret import Secret
from gateway.kernel.spool import FileSpool
from gateway.kernel.vault import Vault
from gateway.messaging.calling_back import CallBackLimits
from gateway.messaging.model import Rates
from gateway.messaging.sending import Traffic
from gateway.settings import Settings
from gateway.systems.guarding import Guard
from gateway.wording.catalogue import Wording, load_wording


@dataclass(frozen=True)
class Gateway:
    """Everything an entry point needs: the settings, the ports, the carrier, the wording, the queue server, and
    how what goes out has been faring."""

    settings: Settings
    ports: Ports
    carrier: Carrier
    wording: Wording
    redis: redis.Redis
    traffic: Traffic

    @property
    def db(self) -> Database:
        """The database."""
        return self.ports.db


def build_gateway(settings: Settings) -> Gateway:
    """Connect everything that `settings` name. Nothing is opened before it is used."""
    carrier = _carrier(settings)
    clock = SystemClock()
    vault = _vault(settings)
    connection = connect_queue(settings.redis_url)
    return Gateway(
        settings=settings,
        ports=Ports(
            db=Database(open_engine(settings.database_url), RedisQueue(connection)),
            clock=clock,
            randomness=SystemRandomness(),
            vault=vault,
            secret=Secret(settings.secret_key.encode()),
            sealer=DaySealer(vault, clock),
            call_sealer=DaySealer(vault, clock, "call"),
            recent=RedisCounts(connection),
            turned_away=FileSpool(settings.data_dir / "outages"),
        ),
        carrier=carrier,
        wording=load_wording(),
        redis=connection,
        traffic=Traffic.of(carrier, RedisPacer(connection), usual_rates(settings)),
    )


def usual_rates(settings: Settings) -> Rates:
    """How fast a community's line may send that has no rates of its own."""
    return Rates(settings.texts_per_second, settings.calls_per_second, settings.calls_at_once)


def retention_rules(settings: Settings) -> Rules:
    """How long what is kept."""
    return Rules(settings.text_days, settings.recording_days, settings.number_days, settings.reason_days)


def record_origin(settings: Settings) -> str:
    """Whose record it is, as its checkpoints say: the public address without its scheme, then `/record`."""
    return settings.public_url.partition("://")[2] + "/record"


def call_prefixes(settings: Settings) -> tuple[str, ...]:
    """How the numbers begin to which calls may go."""
    return tuple(prefix.strip() for prefix in settings.call_prefixes.split(",") if prefix.strip())


def webhook_guard(settings: Settings) -> Guard:
    """Where webhooks may lead."""
    return Guard(own_network=settings.webhook_network == "own")


def call_back_limits(settings: Settings) -> CallBackLimits:
    """What missed calls may lead to."""
    return CallBackLimits(
        call_prefixes(settings),
        settings.call_backs_per_number,
        settings.call_backs_per_day,
        settings.call_back_money,
    )


def _carrier(settings: Settings) -> Carrier:
    """The chosen carrier, with the second one behind it if there is one."""
    first = CARRIERS[settings.carrier](carrier_account(settings))
    if not settings.second_account_sid:
        return first
    second = CarrierAccount(
        account_sid=settings.second_account_sid,
        auth_token=settings.second_auth_token,
        api_url=settings.second_api_url,
        timeout_seconds=settings.carrier_timeout_seconds,
        concurrency=settings.send_concurrency,
    )
    return CarriersByPriority([first, TwilioCarrier(second)])


def carrier_account(settings: Settings) -> CarrierAccount:
    """The account that the chosen carrier is used with."""
    return CarrierAccount(
        account_sid=settings.twilio_account_sid,
        auth_token=settings.twilio_auth_token,
        api_url=settings.twilio_api_url,
        timeout_seconds=settings.carrier_timeout_seconds,
        concurrency=settings.send_concurrency,
    )


def _vault(settings: Settings) -> Vault:
    if settings.vault_copy_dir == Path():
        return Vault(settings.vault_dir)
    return CopiedVault(settings.vault_dir, settings.vault_copy_dir)
