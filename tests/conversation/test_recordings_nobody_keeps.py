"""Recordings that nobody keeps do not stay at the carrier, and none that is kept is lost for it."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from gateway.kernel.errors import CarrierError, Rejected, Unreachable
from gateway.kernel.ports import Ports
from gateway.messaging.leftovers import AGAIN_AFTER, MOST_TRIES
from gateway.roll.model import Community
from gateway.topics import views as topics
from gateway.topics.recordings import read_recording, store_recording
from gateway.topics.unkept import CALL_IS_OVER, discard_recordings, undeleted
from gateway.wording.catalogue import Wording
from tests.conversation.callers import ALONE, STAFF, Telephone, a_moderator, a_village, topics_of_a_village
from tests.fakes import ScriptedCarrier, StillClock

SOUND = b"RIFF....WAVE"


class StubbornCarrier(ScriptedCarrier):
    """Refuses to delete as long as `refusing` says why."""

    def __init__(self) -> None:
        super().__init__()
        self.refusing: CarrierError | None = None
        self.asked = 0

    def delete_recording(self, recording_id: str) -> None:
        self.asked += 1
        if self.refusing:
            raise self.refusing
        super().delete_recording(recording_id)


@pytest.fixture
def village(ports: Ports) -> Community:
    return a_village(ports)


@pytest.fixture
def stubborn() -> StubbornCarrier:
    return StubbornCarrier()


@pytest.fixture
def phone(ports: Ports, wording: Wording, village: Community) -> Telephone:
    return Telephone(ports, wording, ALONE).dial().press("2", "1")


def _left(ports: Ports) -> int:
    with ports.db.read() as conn:
        return undeleted(conn).waiting


def test_recordings_of_redo_hush_and_hanging_up_are_deleted_and_the_kept_one_is_not(
    ports: Ports, phone: Telephone, wording: Wording, stubborn: StubbornCarrier, clock: StillClock, tmp_path: Path
) -> None:
    stubborn.recordings = {f"RE{n}": SOUND for n in range(1, 6)}
    phone.speak(1, "RE1").speak(8, "RE2").press("2").speak(9, "RE3").press("1")
    # Another caller speaks and hangs up; the kept recording of the first was not fetched yet.
    Telephone(ports, wording, ALONE, carrier_id="CA2").dial().press("2", "1").speak(7, "RE4")
    assert discard_recordings(ports, carrier=stubborn) == 0
    assert set(stubborn.recordings) == {"RE1", "RE2", "RE3", "RE4", "RE5"}
    clock.at += CALL_IS_OVER
    assert discard_recordings(ports, carrier=stubborn) == 3
    assert set(stubborn.recordings) == {"RE3", "RE5"}
    assert _left(ports) == 0
    with ports.db.read() as conn:
        (recording,) = topics.unfinished_recordings(conn)
    store_recording(ports, recording, carrier=stubborn, folder=tmp_path)
    assert read_recording(recording, folder=tmp_path, secret=ports.secret) == SOUND
    assert discard_recordings(ports, carrier=stubborn) == 0


def test_discarded_title_of_a_moderator_is_deleted(
    ports: Ports, village: Community, wording: Wording, stubborn: StubbornCarrier, clock: StillClock
) -> None:
    topics_of_a_village(ports, village, wording)
    pin = a_moderator(ports, village)
    Telephone(ports, wording, ALONE).dial().press("2", "1").speak(9, "RE1").press("1")
    Telephone(ports, wording, STAFF, carrier_id="CA2").dial().press("1", pin, "4").speak(4, "RE2").press("2").speak(
        4, "RE3"
    ).press("1")
    clock.at += CALL_IS_OVER
    assert discard_recordings(ports, carrier=stubborn) == 1
    assert stubborn.asked == 1


def test_repeat_of_the_request_notes_the_recording_once(ports: Ports, phone: Telephone) -> None:
    phone.speak(8)
    phone.repeat()
    assert _left(ports) == 1


@pytest.mark.parametrize("refusal", [Unreachable("carrier_unreachable"), Rejected("rejected")])
def test_carrier_that_refuses_is_asked_again_for_two_days_and_then_reported(
    ports: Ports, phone: Telephone, stubborn: StubbornCarrier, clock: StillClock, refusal: CarrierError
) -> None:
    phone.speak(8)
    clock.at += CALL_IS_OVER
    stubborn.refusing = refusal
    for _ in range(MOST_TRIES + 2):
        discard_recordings(ports, carrier=stubborn)
        clock.at += AGAIN_AFTER
    assert stubborn.asked == MOST_TRIES
    with ports.db.read() as conn:
        assert undeleted(conn).given_up == ("RE1",)


def test_carrier_that_is_back_deletes_what_it_refused(
    ports: Ports, phone: Telephone, stubborn: StubbornCarrier, clock: StillClock
) -> None:
    phone.speak(8)
    clock.at += CALL_IS_OVER
    stubborn.refusing = Unreachable("carrier_unreachable")
    assert discard_recordings(ports, carrier=stubborn) == 0
    stubborn.refusing = None
    clock.at += timedelta(minutes=59)
    assert discard_recordings(ports, carrier=stubborn) == 0
    clock.at += timedelta(minutes=1)
    assert discard_recordings(ports, carrier=stubborn) == 1
    assert _left(ports) == 0
