"""Who is texting: a resident, one of several on a telephone, or nobody we know. A person is never a number."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy.engine import Connection

from gateway.kernel.phones import PhoneNumber
from gateway.roll import views as roll
from gateway.roll.model import Community, Resident


@dataclass(frozen=True)
class Household:
    """The residents reached on the sender's telephone, one or more, and the community they belong to."""

    community: Community
    residents: tuple[Resident, ...]

    def with_code(self, code: str) -> Resident | None:
        """The one of them who has `code`."""
        return next((resident for resident in self.residents if resident.code == code), None)

    @property
    def only(self) -> Resident | None:
        """The only resident on this telephone; None when there are several."""
        return self.residents[0] if len(self.residents) == 1 else None


def find_household(conn: Connection, sender: PhoneNumber | None, community: Community) -> Household | None:
    """Everybody reached on the sender's number; None for a stranger."""
    residents = roll.residents_on_phone(conn, community.id, sender) if sender else []
    return Household(community, tuple(residents)) if residents else None
