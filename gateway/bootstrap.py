"""The composition root: Settings in, a Gateway out. The only place where adapters are chosen and connected."""

from __future__ import annotations

from dataclasses import dataclass

import redis

from gateway.carriers.port import Carrier, CarrierAccount
from gateway.carriers.registry import CARRIERS
from gateway.kernel.clock import SystemClock
from gateway.kernel.db import Database, open_engine
from gateway.kernel.ports import Ports
from gateway.kernel.queue import RedisQueue, connect_queue
from gateway.kernel.randomness import SystemRandomness
from gateway.kernel.sealing import DaySealer
from gateway.kernel.secret import Secret
from gateway.kernel.vault import Vault
from gateway.settings import Settings
from gateway.wording.catalogue import Wording, load_wording


@dataclass(frozen=True)
class Gateway:
    """Everything an entry point needs: the settings, the ports, the carrier, the wording, the queue server."""

    settings: Settings
    ports: Ports
    carrier: Carrier
    wording: Wording
    redis: redis.Redis

    @property
    def db(self) -> Database:
        """The database."""
        return self.ports.db


def build_gateway(settings: Settings) -> Gateway:
    """Connect everything that `settings` name. Nothing is opened before it is used."""
    clock = SystemClock()
    vault = Vault(settings.vault_dir)
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
        ),
        carrier=CARRIERS[settings.carrier](carrier_account(settings)),
        wording=load_wording(),
        redis=connection,
    )


def carrier_account(settings: Settings) -> CarrierAccount:
    """The account that the chosen carrier is used with."""
    return CarrierAccount(
        account_sid=settings.twilio_account_sid,
        auth_token=settings.twilio_auth_token,
        api_url=settings.twilio_api_url,
        timeout_seconds=settings.carrier_timeout_seconds,
        concurrency=settings.send_concurrency,
    )
