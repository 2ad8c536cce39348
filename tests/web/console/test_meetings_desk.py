"""A meeting at the desk: planned, invited to, the floor of its line given and taken, hands, minutes, resolution."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from sqlalchemy import Connection

from gateway.bootstrap import Gateway
from gateway.meetings import sitting, views
from gateway.meetings.model import Adoption, Came, Floor, MeetingState, Reply
from gateway.roll import views as roll
from tests.fakes import StillClock
from tests.web.console.conftest import Browser
from tests.web.html import check_page
from tests.web.sample import Sample

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def plan(clerk: Browser, sample: Sample, **changes: str) -> str:
    form = {
        "title": "村口的路灯",
        "place": "老学校",
        "at": "2026-11-25T15:00",
        "more_topics": sample.accepted,
    } | changes
    answer = clerk.post(f"/c/{sample.code}/meetings", **form)
    assert answer.status_code == 303, answer.text
    return answer.headers["Location"]


def test_meeting_is_planned_invited_to_and_called_off(clerk: Browser, sample: Sample, gateway: Gateway) -> None:
    clerk.get(f"/c/{sample.code}/meetings/new")
    refused = clerk.post(f"/c/{sample.code}/meetings", title="x" * 31, place="老学校", at="2026-11-25T15:00")
    assert refused.status_code == 422
    assert 'value="老学校"' in refused.text
    address = plan(clerk, sample)
    number = int(address.rpartition("/")[2])
    check_page(clerk.get(address).text, "en")
    with gateway.db.read() as conn:
        meeting = views.meeting(conn, number)
        person = roll.resident(conn, sample.person)
    assert f"{meeting.starts_at:%Y-%m-%d %H:%M}" == "2026-11-25 07:00"
    assert clerk.post(f"{address}/invitations", others="99999").status_code == 404
    assert clerk.post(f"{address}/invitations", everyone="yes").status_code == 303
    assert "6 invitations are going out" in clerk.get(address).text
    assert clerk.post(f"{address}/replies", resident=person.code, comes="yes", reason="").status_code == 422
    clerk.post(f"{address}/replies", resident=person.code, comes="yes", reason="at the desk")
    assert "6 invited: 1 come, 0 stay away, 5 have not replied" in clerk.get(address).text
    assert clerk.post(f"{address}/cancellation").status_code == 422
    assert clerk.post(f"{address}/cancellation", sure="yes").status_code == 303
    with gateway.db.read() as conn:
        assert views.meeting(conn, number).state is MeetingState.CANCELLED
        assert views.seat(conn, number, sample.person).reply is Reply.YES  # type: ignore[union-attr]


def floors(conn: Connection, number: int) -> dict[int, Floor]:
    return {seat.resident_id: seat.floor for seat in views.seats(conn, number) if seat.floor is not Floor.LISTENING}


def test_floor_is_given_to_one_at_a_time_and_its_part_is_sent_when_it_changed(
    signed_in: Callable[[str], Browser], sample: Sample, gateway: Gateway
) -> None:
    moderator, address = signed_in("moderator"), f"/c/{sample.code}/meetings/{sample.meeting}"
    page = moderator.get(address).text
    assert (found := re.search(r'hx-get="([^"]+/floor\?seen=[0-9a-f]+)"', page))
    assert moderator.get(found[1]).status_code == 204
    with gateway.db.read() as conn:
        first, second = (seat.resident_id for seat in views.floor_now(conn, sample.meeting).asking)
    assert page.index(f'id="next_speaker_{first}"') < page.index(f'id="next_speaker_{second}"')
    moderator.post(f"{address}/floor/next", person=str(first))
    assert "Has spoken" in moderator.get(found[1]).text
    with gateway.db.read() as conn:
        assert floors(conn, sample.meeting) == {first: Floor.SPEAKING, second: Floor.ASKED}
    moderator.post(f"{address}/floor/beside", person=str(second))
    assert moderator.post(f"{address}/floor/beside", person=str(second)).status_code == 409
    moderator.post(f"{address}/floor/end", person=str(first))
    with gateway.db.read() as conn:
        assert floors(conn, sample.meeting) == {second: Floor.SPEAKING}
    moderator.post(f"{address}/floor/silence")
    with gateway.db.read() as conn:
        assert floors(conn, sample.meeting) == {}
    assert moderator.post(f"{address}/floor/next", person="x").status_code == 400


def test_hands_statements_and_the_room(clerk: Browser, sample: Sample, gateway: Gateway) -> None:
    address = f"/c/{sample.code}/meetings/{sample.meeting}"
    clerk.get(address)
    clerk.post(f"{address}/hands", question="先装桥头?")
    assert clerk.post(f"{address}/hands", question="再问?").status_code == 409
    with gateway.db.work() as tx:
        straw = views.open_straw(tx.connection, sample.meeting)
        assert straw
        sitting.raise_hand(tx, straw.id, sample.person, True)
        tx.commit()
        code = roll.resident(tx.connection, sample.person).code
    clerk.post(f"{address}/hands/count")
    assert "1 yes, 0 no" in clerk.get(f"{address}/floor").text
    clerk.post(f"{address}/came", resident=code)
    clerk.post(f"{address}/statements", resident=code, words="电费谁出", reason="said in the room")
    with gateway.db.read() as conn:
        early, _, late = views.statements(conn, sample.meeting)
        assert views.open_straw(conn, sample.meeting) is None
        assert views.seat(conn, sample.meeting, sample.person).came is Came.HERE  # type: ignore[union-attr]
    clerk.post(f"{address}/statements/{early.id}", decision="accept")
    clerk.post(f"{address}/statements/{late.id}", decision="decline")
    assert clerk.post(f"{address}/statements/{late.id}", decision="accept").status_code == 409
    # A statement of one meeting is not found by way of another.
    assert clerk.post(f"{plan(clerk, sample)}/statements/{late.id}", decision="accept").status_code == 404
    with gateway.db.read() as conn:
        assert [one.admitted for one in views.statements(conn, sample.meeting)] == [True, None, False]


def test_minutes_and_resolution_follow_the_end_and_long_ones_are_not_lost(
    clerk: Browser, sample: Sample, gateway: Gateway, clock: StillClock
) -> None:
    address, minutes = f"/c/{sample.code}/meetings/{sample.meeting}", "会" * 19_990
    clerk.get(address)
    assert clerk.post(f"{address}/minutes", minutes=minutes, summary="先装桥头").status_code == 409
    clerk.post(f"{address}/end", sure="yes")
    refused = clerk.post(f"{address}/minutes", minutes=minutes, summary="长" * 241)
    assert refused.status_code == 422
    assert minutes in refused.text
    assert clerk.post(f"{address}/minutes", minutes=minutes, summary="先装桥头").status_code == 303
    assert clerk.post(f"{address}/resolution", resolution="先装桥头", poll="x").status_code == 404
    assert clerk.post(f"{address}/resolution", resolution="先装桥头").status_code == 303
    with gateway.db.read() as conn:
        meeting = views.meeting(conn, sample.meeting)
    assert (meeting.adoption, meeting.resolution, meeting.summary) == (Adoption.CONSENT, "先装桥头", "先装桥头")
    assert "先装桥头" in clerk.get(address).text
