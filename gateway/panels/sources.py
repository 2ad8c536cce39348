"""Public randomness for a draw: a drand round or a public lottery, announced before it exists.

drand is a beacon run by several organisations at once: every few seconds it signs the number of the round, and the hash
of the signature is random as long as most of them are honest (https://docs.drand.love). Nobody can know it beforehand,
everybody can check it afterwards.
"""

from __future__ import annotations

import hashlib
import json
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from gateway.kernel.errors import InputError, Unreachable
from gateway.panels.lottery import CHAINS, check_signature, round_time
from gateway.record.model import moment_text

BEACON_URL = "https://api.drand.sh"
LONGEST_NAME = 60
_SECONDS = 10
_MOST_BYTES = 10_000


@dataclass(frozen=True)
class Source:
    """Where the randomness will come from and when: a round of a drand `chain`, or the `name` of a lottery's draw."""

    at: datetime
    chain: str = ""
    round: int = 0
    name: str = ""

    def as_json(self) -> dict[str, Any]:
        """The source as the commitment and the record hold it."""
        if not self.chain:
            return {"kind": "lottery", "name": self.name, "at": moment_text(self.at)}
        chain_hash = CHAINS[self.chain]["hash"]
        told = {"chain": self.chain, "chain_hash": chain_hash, "round": self.round, "at": moment_text(self.at)}
        return {"kind": "drand", **told}


def drand_round(chain: str, number: int) -> Source:
    """A round of a drand chain and the moment at which it appears. InputError("panel_round_wrong")."""
    if chain not in CHAINS or number < 1:
        raise InputError("panel_round_wrong")
    return Source(round_time(CHAINS[chain], number), chain, number)


def drand_at(chain: str, moment: datetime) -> Source:
    """The first round of a drand chain that appears at `moment` or later. InputError("panel_round_wrong")."""
    if chain not in CHAINS:
        raise InputError("panel_round_wrong")
    genesis, period = CHAINS[chain]["genesis"], CHAINS[chain]["period"]
    return drand_round(chain, max(1, -int((genesis - moment.timestamp()) // period) + 1))


def lottery_draw(name: str, moment: datetime) -> Source:
    """A draw of a public lottery, by name, and when its result is out. InputError("panel_source_unnamed")."""
    name = " ".join(name.split())
    if not 0 < len(name) <= LONGEST_NAME:
        raise InputError("panel_source_unnamed", most=LONGEST_NAME)
    return Source(moment.replace(microsecond=0), name=name)


def local_time(moment: str, timezone: str) -> datetime:
    """A moment as a commitment holds it, in the time of a community."""
    return datetime.fromisoformat(moment).astimezone(ZoneInfo(timezone))


def check_response(source: Mapping[str, Any], response: Mapping[str, Any]) -> dict[str, Any]:
    """The response of drand as it came, once round, hash and signature are right.

    InputError: panel_round_other, panel_round_unreadable, panel_round_forged.
    """
    try:
        if int(response["round"]) != source["round"]:
            raise InputError("panel_round_other", round=source["round"])
        randomness = hashlib.sha256(bytes.fromhex(response["signature"])).hexdigest()
        genuine = response.get("randomness", randomness) == randomness and check_signature(source["chain"], response)
    except (KeyError, TypeError, ValueError, OverflowError):
        raise InputError("panel_round_unreadable") from None
    if not genuine:
        raise InputError("panel_round_forged")
    # The newer interface leaves the randomness out, for it is the hash of the signature.
    return {**response, "randomness": randomness}


def fetch_round(source: Mapping[str, Any], *, url: str = BEACON_URL) -> dict[str, Any]:
    """Ask a drand server for the announced round, outside any transaction. Unreachable("panel_beacon_silent")."""
    address = f"{url.rstrip('/')}/{source['chain_hash']}/public/{source['round']}"
    try:
        with urllib.request.urlopen(address, timeout=_SECONDS) as answer:  # noqa: S310  # the operator's own address
            return read_response(answer.read(_MOST_BYTES))
    except urllib.error.HTTPError as error:
        error.close()
        raise Unreachable("panel_beacon_silent") from None
    except (urllib.error.URLError, OSError):
        raise Unreachable("panel_beacon_silent") from None


def read_response(text: bytes | str) -> dict[str, Any]:
    """A response of drand, as it is fetched or kept in a file. InputError("panel_round_unreadable")."""
    try:
        found = json.loads(text)
    except ValueError:
        raise InputError("panel_round_unreadable") from None
    if not isinstance(found, dict):
        raise InputError("panel_round_unreadable")
    return found
