"""What the clock calls for: the whole schedule in one table."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Scheduled:
    """A job to call for every so many seconds on a queue."""

    job: str
    queue: str
    seconds: int


SCHEDULE = (
    Scheduled("sweep", "upkeep", 15),
    Scheduled("give_sign", "upkeep", 60),
    Scheduled("close_due", "upkeep", 30),
    Scheduled("pass_on_silent", "upkeep", 60),
    Scheduled("sign_record", "upkeep", 60),
    Scheduled("remind_meetings", "upkeep", 1800),
    Scheduled("alarm_promises", "upkeep", 1800),
    Scheduled("remind_delegates", "upkeep", 1800),
    Scheduled("close_consultations", "upkeep", 300),
    Scheduled("make_digests", "upkeep", 21600),
    Scheduled("ask_whether_done", "upkeep", 3600),
    Scheduled("note_turnouts", "upkeep", 3600),
    Scheduled("forget_papers", "upkeep", 300),
    Scheduled("release_due", "upkeep", 30),
    Scheduled("sweep_recordings", "upkeep", 300),
    Scheduled("discard_recordings", "upkeep", 600),
    Scheduled("tell_systems", "upkeep", 30),
    Scheduled("fetch_missed", "upkeep", 300),
    Scheduled("redact_texts", "upkeep", 600),
    Scheduled("expire", "upkeep", 21600),
    Scheduled("forget_day_keys", "upkeep", 3600),
)
