"""The one table that addresses, checks and the OpenAPI document are made of: what a route is."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.engine import Connection

from gateway.roll.model import Community
from gateway.systems.model import Scope, Token
from gateway.web.exchange.schemas import Schema

JSON, CSV = "application/json", "text/csv"


@dataclass(frozen=True)
class Asked:
    """One question: who asks, of which community, with which values (whole numbers are numbers already)."""

    conn: Connection
    token: Token
    communities: Mapping[str, Community]
    values: Mapping[str, Any]
    at: datetime
    base: str

    @property
    def community(self) -> Community:
        """The community in the address; it is one that the token opens."""
        return self.communities[self.values["community"]]

    @property
    def here(self) -> str:
        """The address of this community's answers."""
        return f"{self.base}/communities/{self.community.code}"


@dataclass(frozen=True)
class Parameter:
    """A value of the address: in its path, or after the question mark with a default."""

    name: str
    text: str
    schema: Schema
    default: Any = None
    in_path: bool = False


@dataclass(frozen=True)
class Route:
    """One address: what it answers, in which shape, and what a token needs for it."""

    path: str
    summary: str
    answer: Callable[[Asked], Any]
    schema: Schema
    parameters: tuple[Parameter, ...] = ()
    scope: Scope = Scope.READ
    media: str = JSON

    @property
    def name(self) -> str:
        """The name of the operation: its answer's."""
        return self.answer.__name__


COMMUNITY = Parameter(
    "community", "Code of a community.", {"type": "string", "pattern": "^[a-z0-9-]{1,40}$"}, in_path=True
)
NUMBER = Parameter("number", "Number of a poll.", {"type": "integer", "minimum": 1, "maximum": 10**9}, in_path=True)
TOPIC = Parameter(
    "topic", "Number of a topic, with its check digit.", {"type": "string", "pattern": "^[0-9]{2,12}$"}, in_path=True
)
MONTH = Parameter("month", "A month.", {"type": "string", "pattern": "^[0-9]{4}-(0[1-9]|1[0-2])$"}, in_path=True)
PAGE = Parameter("page", "Page, from 1.", {"type": "integer", "minimum": 1, "maximum": 10**6}, 1)
PER_PAGE = Parameter("per_page", "Items on a page.", {"type": "integer", "minimum": 1, "maximum": 200}, 50)
START = Parameter("start", "First entry, from 0.", {"type": "integer", "minimum": 0, "maximum": 10**12}, 0)
PAGED = (COMMUNITY, PAGE, PER_PAGE)
