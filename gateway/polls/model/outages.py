"""Who was turned away while a poll was open, in numbers alone, and whether that could have changed its outcome."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Downtime:
    """A time in which something did not work: `what` (gateway, web, carrier), from and until in UTC (ISO 8601).

    `counted`: the carrier has told afterwards who called and wrote meanwhile.
    """

    what: str
    began: str
    ended: str
    counted: bool


@dataclass(frozen=True)
class Outages:
    """The outages of a poll: texts and calls turned away, by hour (UTC, ISO 8601), and the times that were down.

    `at_most`: as many people may have been turned away in all. Where nobody could count (`uncounted`), everybody who
    did not vote. `doubt`: that is not less than the margin.
    """

    texts: int = 0
    calls: int = 0
    by_hour: Mapping[str, int] = field(default_factory=dict)
    down: tuple[Downtime, ...] = ()
    uncounted: bool = False
    at_most: int = 0
    doubt: bool = False

    @property
    def people(self) -> int:
        """Texts and calls that were turned away; of one person perhaps several."""
        return self.texts + self.calls

    def to_json(self) -> dict[str, Any]:
        """The outages as machines read them."""
        return {
            "texts": self.texts,
            "calls": self.calls,
            "by_hour": dict(self.by_hour),
            "down": [
                {"what": one.what, "from": one.began, "until": one.ended, "counted": one.counted} for one in self.down
            ],
            "uncounted": self.uncounted,
            "at_most": self.at_most,
            "could_have_changed_the_outcome": self.doubt,
        }


def outages_from_json(data: Mapping[str, Any] | None) -> Outages | None:
    """The opposite of `Outages.to_json`; None of results from before outages were logged."""
    if data is None:
        return None
    return Outages(
        texts=data["texts"],
        calls=data["calls"],
        by_hour=data["by_hour"],
        down=tuple(Downtime(one["what"], one["from"], one["until"], one["counted"]) for one in data["down"]),
        uncounted=data["uncounted"],
        at_most=data["at_most"],
        doubt=data["could_have_changed_the_outcome"],
    )
