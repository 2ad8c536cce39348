"""When people may be contacted, in every zone and over every change of the clock."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.messaging.windows import Calendar, Window, next_allowed_time
from gateway.roll.model import Channel

SHANGHAI = ZoneInfo("Asia/Shanghai")
zones = st.sampled_from(["Asia/Shanghai", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Pacific/Apia",
                         "Asia/Kathmandu", "America/St_Johns", "Africa/Casablanca"]).map(ZoneInfo)  # fmt: skip
moments = st.datetimes(datetime(2010, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC))
windows = st.builds(
    lambda start, length, zone, off: Window(time(start), time(min(start + length, 23), 59), zone, frozenset(off)),
    st.integers(5, 20),
    st.integers(0, 12),
    zones,
    st.sets(st.dates(date(2010, 1, 1), date(2010, 3, 1)), max_size=5),
)


@given(moments, windows)
def test_next_allowed_time_is_open_and_the_first_one(moment: datetime, window: Window) -> None:
    found = next_allowed_time(moment, window)
    assert found >= moment
    assert window.is_open(found)
    assert next_allowed_time(found, window) == found
    # Nothing between the two was open: the minute before is not, and neither is any full half hour.
    assert found == moment or not window.is_open(found - timedelta(seconds=1))
    step = moment
    while step < found:
        assert not window.is_open(step)
        step += timedelta(minutes=30)


@given(moments, moments, windows)
def test_next_allowed_time_keeps_the_order(one: datetime, other: datetime, window: Window) -> None:
    early, late = sorted((one, other))
    assert next_allowed_time(early, window) <= next_allowed_time(late, window)


def test_next_allowed_time_skips_nights_and_holidays() -> None:
    window = Window(time(7), time(21, 30), SHANGHAI, frozenset({date(2026, 10, 1)}))
    evening = datetime(2026, 9, 30, 21, 30, tzinfo=SHANGHAI)
    assert next_allowed_time(evening, window) == datetime(2026, 10, 2, 7, tzinfo=SHANGHAI)
    assert next_allowed_time(evening - timedelta(minutes=1), window) == evening - timedelta(minutes=1)


def test_next_allowed_time_opens_at_the_local_hour_after_a_clock_change() -> None:
    window = Calendar(ZoneInfo("Europe/Berlin")).window(Channel.CALL)
    saturday_night = datetime(2026, 3, 28, 22, tzinfo=UTC)
    assert next_allowed_time(saturday_night, window) == datetime(2026, 3, 29, 6, tzinfo=UTC)


def test_window_refuses_to_close_before_it_opens() -> None:
    with pytest.raises(ValueError):
        Window(time(20), time(8), SHANGHAI)


def test_texts_and_calls_have_the_hours_of_the_community() -> None:
    late = datetime(2026, 11, 24, 20, 30, tzinfo=SHANGHAI)
    assert Calendar(SHANGHAI).window(Channel.TEXT).is_open(late)
    assert not Calendar(SHANGHAI).window(Channel.CALL).is_open(late)
