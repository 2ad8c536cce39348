"""Promises, complaints, who is missing, and what is entered for others, at the desk."""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Callable

import pytest

from gateway.behalf import views as behalf
from gateway.behalf.model import State
from gateway.bootstrap import Gateway
from gateway.followup import views as followup
from gateway.followup.model import Bearer, Light
from gateway.roll import views as roll
from gateway.topics import views as topics
from tests.fakes import StillClock
from tests.web.console.conftest import ADDRESS, Browser
from tests.web.html import check_page
from tests.web.sample import Sample

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def picture() -> bytes:
    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    head = struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0)
    parts = ((b"IHDR", head), (b"tEXt", b"Author\0Wang"), (b"IDAT", zlib.compress(b"\0\0")), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunk(kind, body) for kind, body in parts)


def test_plan_is_made_in_steps_and_what_was_typed_stays_when_refused(
    clerk: Browser, sample: Sample, gateway: Gateway
) -> None:
    address = f"/c/{sample.code}/topics/{sample.hostile}/plan"
    clerk.get(address)
    form = {"words_zh": "清水渠", "step1_zh": "请挖机", "due1": "2026-12-01", "office1": "水利站", "step2_zh": "验收",
            "due2": "2026-12-20", "bearer2": "staff:林文书"}  # fmt: skip
    refused = clerk.post(address, **form | {"due1": "2026-11-01"})
    assert refused.status_code == 422
    assert 'value="清水渠"' in check_page(refused.text, "en").text
    assert clerk.post(address, **form).status_code == 303
    with gateway.db.read() as conn:
        plan = followup.plan_of(conn, topics.topic(conn, sample.hostile).id)  # type: ignore[union-attr]
    assert plan
    assert [one.responsible.kind for one in plan.milestones] == [Bearer.OFFICE, Bearer.STAFF]
    # The step is due until the day is over in the village.
    assert f"{plan.milestones[0].due_at:%m-%d %H:%M}" == "12-01 15:59"


def test_steps_are_put_off_handed_over_kept_and_given_up(
    clerk: Browser, sample: Sample, gateway: Gateway, clock: StillClock
) -> None:
    address = f"/c/{sample.code}/topics/{sample.accepted}/plan"
    clerk.get(address)
    steps = {"step1_zh": "买灯", "due1": "2026-11-26", "office1": "供电所", "step2_zh": "装灯", "due2": "2026-12-14"}
    clerk.post(address, words_zh="月底装灯", office2="供电所", quiet="yes", **steps)
    assert "Due soon" in clerk.get(address).text
    assert clerk.post(f"{address}/steps/1/day", due="2026-12-24", reason=" ").status_code == 422
    clerk.post(f"{address}/steps/1/day", due="2026-12-24", reason="缺货")
    clerk.post(f"{address}/steps/2/bearer", office="镇电管所")
    clerk.post(f"{address}/steps", step1_zh="试灯", due1="2027-01-05", office1="供电所")
    clerk.post(f"{address}/steps/1/kept")
    clerk.post(f"{address}/steps/2/given-up", reason="县里统一装")
    text = check_page(clerk.get(address).text, "en").text
    assert "缺货" in text
    assert "镇电管所" in text
    assert clerk.post(f"{address}/steps/2/kept").status_code == 422
    clock.advance(days=60)
    clerk.sign_in("林文书")
    with gateway.db.read() as conn:
        community = roll.community_by_code(conn, sample.code).id
        lights = [one.light for one in followup.promises(conn, community, clock.now())]
    assert sorted(lights) == [Light.DROPPED, Light.KEPT, Light.RED]
    assert "试灯" in clerk.get(f"/c/{sample.code}/follow-up").text
    assert "Overdue" in clerk.get(f"/c/{sample.code}/").text


def test_photo_of_an_update_is_kept_without_its_words_and_shown(clerk: Browser, sample: Sample) -> None:
    address = f"/c/{sample.code}/topics/{sample.accepted}"
    clerk.get(address)
    for data, status in ((b"no picture", 422), (picture(), 303)):
        form = {"token": clerk.token, "words_zh": "灯亮了", "quiet": "yes", "photo": (io.BytesIO(data), "lamp.png")}
        answer = clerk.client.post(f"{address}/updates", base_url=ADDRESS, data=form)
        assert answer.status_code == status
    page = clerk.get(address).text
    place = page.split('<img class="photo"')[1].split('src="')[1].split('"')[0]
    shown = clerk.client.get(place, base_url=ADDRESS)
    assert (shown.mimetype, b"Author" in shown.data) == ("image/png", False)
    assert clerk.get(place.replace(sample.accepted, sample.done)).status_code == 404


def test_complaint_is_answered_once(clerk: Browser, sample: Sample, signed_in: Callable[[str], Browser]) -> None:
    address = f"/c/{sample.code}/complaints"
    assert "会计不公开账目" in check_page(clerk.get(address).text, "en").text
    assert clerk.post(f"{address}/{sample.complaint}/answer", words="").status_code == 422
    assert clerk.post(f"{address}/{sample.complaint}/answer", words="下周公开").status_code == 303
    assert clerk.post(f"{address}/{sample.complaint}/answer", words="再答").status_code == 409
    # The level above reads complaints, and learns nobody's name.
    seen = signed_in("town-of-here").get(address).text
    assert "下周公开" in seen
    assert "陈大山" not in seen


def test_missing_keeps_few_back_and_names_only_to_staff_of_the_roll(
    clerk: Browser, sample: Sample, signed_in: Callable[[str], Browser]
) -> None:
    mine = check_page(clerk.get(f"/c/{sample.code}/missing").text, "en").text
    assert "张桂兰" in mine
    assert mine.count('<td class="count">…</td>') == 2 * mine.count('<tr><th scope="row">') - 2 * mine.count("H0")
    others = signed_in("auditor").get(f"/c/{sample.code}/missing?days=30").text
    assert "张桂兰" not in others
    assert "6 people with a vote" in others


def test_counts_of_a_community_are_kept_for_ten_minutes(
    clerk: Browser, sample: Sample, clock: StillClock, gateway: Gateway
) -> None:
    with gateway.db.read() as conn:
        silent = roll.community_resident_ids(conn, roll.community_by_code(conn, sample.code).id)[-1]
    address = f"/c/{sample.code}/hot-spots"
    first = check_page(clerk.get(address).text, "en").text
    assert "5 people raised or supported something" in first
    clerk.post(f"/c/{sample.code}/roll/{silent}/behalf/support", topic=sample.accepted, reason="here")
    clock.advance(minutes=9)
    assert "5 people" in clerk.get(address).text
    clock.advance(minutes=1)
    assert "6 people raised or supported something" in clerk.get(address).text


def test_what_is_entered_for_somebody_is_told_and_can_be_undone(
    clerk: Browser, sample: Sample, gateway: Gateway
) -> None:
    address = f"/c/{sample.code}/roll/{sample.person}"
    clerk.get(f"{address}/behalf")
    assert clerk.post(f"{address}/behalf/topic", words="桥上要栏杆", reason="").status_code == 422
    clerk.post(f"{address}/behalf/topic", words="桥上要栏杆", reason="she is here")
    clerk.post(f"{address}/behalf/support", topic=sample.hostile, reason="she is here")
    clerk.post(f"{address}/behalf/question", topic=sample.hostile, words="谁来清?", reason="she is here")
    assert clerk.post(f"{address}/behalf/support", topic=sample.other_topic, reason="no").status_code == 404
    with gateway.db.read() as conn:
        helper = roll.resident(conn, sample.person + 1).code
        community = roll.community_by_code(conn, sample.code).id
        mine = [one for one in behalf.entered_in(conn, community) if one.resident_id == sample.person]
    assert [str(one.deed) for one in mine] == ["question", "support", "topic"]
    assert {one.actor.name for one in mine} == {"林文书"}
    clerk.post(f"{address}/helpers", helper=helper, reason="her neighbour")
    assert helper in check_page(clerk.get(f"{address}/behalf").text, "en").text
    clerk.post(f"{address}/helpers/end", helper=helper)
    assert helper not in clerk.get(f"{address}/behalf").text
    assert clerk.post(f"/c/{sample.code}/behalf/{mine[0].id}/revocation", reason="a slip").status_code == 303
    with gateway.db.read() as conn:
        assert behalf.entered(conn, mine[0].id).state is State.REVOKED  # type: ignore[union-attr]
