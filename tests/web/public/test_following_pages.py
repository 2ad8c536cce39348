"""Pages that follow a matter to its end: its way, panels, meetings, promises, the month, the record, sheets to print."""

from __future__ import annotations

import gzip
import hashlib
import re
from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from gateway.bootstrap import Gateway
from gateway.followup import confirming, planning
from gateway.followup.actions import post_update
from gateway.followup.model import Verdict
from gateway.followup.photos import PHOTOS, keep_photo, read_photo
from gateway.kernel.db import UnitOfWork, metadata
from gateway.meetings import actions, resolving
from gateway.panels import views as panels
from gateway.panels.model import LotState
from gateway.polls import telling
from gateway.polls import views as polls
from gateway.record import views as record
from gateway.record.model import digits_of, grouped
from gateway.topics.model import Stage
from gateway.web.public_app import create_public_app
from ivr_flows.loader import load_flows, menu_files
from tests.fakes import StillClock
from tests.followup.promising import a_plan
from tests.followup.test_photos import jpeg
from tests.meetings.gathering import a_meeting, an_accepted_topic, work
from tests.panels.drawing import a_village_to_draw_from, committed, day_before, drawn, planned
from tests.polls.village import a_village
from tests.web.html import check_page
from tests.web.sample import HIDDEN_TOPIC, Sample

LANGUAGES = ("zh", "en")


@pytest.fixture
def client(gateway: Gateway) -> FlaskClient:
    return create_public_app(gateway).test_client()


def pages(client: FlaskClient, address: str) -> dict[str, str]:
    """The same address in both languages, each well made."""
    found = {language: client.get(f"{address}?language={language}").text for language in LANGUAGES}
    for language, text in found.items():
        check_page(text, language)
    return found


def test_topic_shows_its_whole_way_newest_first(client: FlaskClient, sample: Sample) -> None:
    text = pages(client, f"/c/{sample.code}/topics/{sample.done}")["en"]
    steps = re.findall(r"<strong>([^<]+)</strong>", text[text.index('class="rows way"') :])
    assert steps == ["Done", "Accepted", "Raised; waits for screening"]
    assert f"/record/log?about=topic:{sample.done}" in text.replace("%3A", ":")


def test_panel_is_followed_from_its_list_to_its_draw(client: FlaskClient, gateway: Gateway, clock: StillClock) -> None:
    village = a_village_to_draw_from(gateway.ports)
    waiting = planned(gateway.ports, village)
    assert client.get(f"/c/shitan/panels/{waiting}").status_code == 404
    number = drawn(gateway.ports, clock, village)
    text = pages(client, f"/c/shitan/panels/{number}")["en"]
    with gateway.db.read() as conn:
        seats = [lot.number for lot in panels.lots(conn, number, LotState.CALLED)]
        sheet_of = panels.panel(conn, number)
    assert [int(one) for one in re.findall(r'<th scope="row">(\d+)</th>', text)] == seats
    assert "村民" not in text
    assert f"/c/shitan/panels/{number}.json" in text
    assert "/panels/lottery.py" in text
    sheet = pages(client, f"/c/shitan/sheets/panels/{number}")["zh"]
    assert [int(one) for one in re.findall(r"<span>(\d+)</span>", sheet)] == seats
    assert sheet_of.draft.title in sheet
    assert str(number) in pages(client, "/c/shitan/panels")["zh"]


def test_panel_that_waits_for_its_draw_says_when_and_what_is_fixed(
    client: FlaskClient, gateway: Gateway, clock: StillClock
) -> None:
    clock.at = day_before()
    village = a_village_to_draw_from(gateway.ports)
    number = planned(gateway.ports, village)
    terms = committed(gateway.ports, number).commitment
    assert terms is not None
    text = pages(client, f"/c/shitan/panels/{number}")["en"]
    assert "nobody knows yet" in text
    assert client.get(f"/c/shitan/sheets/panels/{number}").status_code == 404


def test_meeting_shows_agenda_then_minutes_and_resolution(client: FlaskClient, gateway: Gateway) -> None:
    ports, wording = gateway.ports, gateway.wording
    village = a_village(ports)
    topic = an_accepted_topic(ports, village, wording)
    number = a_meeting(ports, village, topics=(topic.id,))
    text = pages(client, f"/c/shitan/meetings/{number}")["en"]
    assert "Take part from afar" in text
    assert topic.number in text
    now = ports.clock.now()
    work(ports, lambda tx: actions.open_meeting(tx, number, at=now))
    work(ports, lambda tx: actions.close_meeting(tx, number, at=now))
    minutes = "到会 12 人。\n大家同意先修栏杆。"
    work(ports, lambda tx: resolving.write_minutes(tx, number, minutes, "先修栏杆。", at=now, wording=wording))
    work(ports, lambda tx: resolving.resolve_by_consent(tx, number, "两个月内修好栏杆", at=now, wording=wording))
    text = pages(client, f"/c/shitan/meetings/{number}")["en"]
    on_record, salt = re.findall(r'class="hash">([0-9a-f]{64})<', text[text.index('id="minutes"') :])
    file = client.get(f"/c/shitan/meetings/{number}/minutes.txt")
    assert file.text == minutes
    assert hashlib.sha256(bytes.fromhex(salt) + file.data).hexdigest() == on_record
    assert on_record in str(client.get(f"/record/entries?about=meeting:{number}").get_json())
    assert "两个月内修好栏杆" in text
    assert "Everybody present agreed." in text
    assert f"/meetings/{number}" in pages(client, f"/c/shitan/topics/{topic.number}")["en"]


def test_promise_is_overdue_when_its_day_has_passed(client: FlaskClient, sample: Sample, clock: StillClock) -> None:
    before = pages(client, f"/c/{sample.code}/promises")["en"]
    assert '<span class="big">0</span> Overdue' in before
    clock.advance(days=91)
    after = pages(client, f"/c/{sample.code}/promises")["en"]
    assert '<span class="big">2</span> Overdue' in after
    assert HIDDEN_TOPIC not in after


def test_plan_is_shown_step_by_step_with_who_answers_changed_days_and_photo(
    client: FlaskClient, gateway: Gateway, clock: StillClock
) -> None:
    ports, wording = gateway.ports, gateway.wording
    village = a_village(ports)
    topic = an_accepted_topic(ports, village, wording)
    a_plan(ports, topic, wording)
    folder = gateway.settings.data_dir / PHOTOS
    name, now = keep_photo(folder, jpeg()), clock.now()
    later = now + timedelta(days=30)
    work(ports, lambda tx: planning.change_due(tx, topic.id, 1, later, "雨太大", at=now, wording=wording))
    work(ports, lambda tx: planning.keep_milestone(tx, topic.id, 2, at=now))
    work(ports, lambda tx: post_update(tx, topic.id, {"zh": "挖好了"}, at=now, wording=wording, photo=name))
    text = pages(client, f"/c/shitan/topics/{topic.number}")["en"]
    for said in ("Mend the bridge", "水利站", "雨太大", "On time", "Kept", f"/photos/{name}"):
        assert said in text
    photo = client.get(f"/photos/{name}")
    assert (photo.mimetype, photo.data) == ("image/jpeg", read_photo(folder, name))
    assert client.get(f"/photos/{'0' * 32}.jpg").status_code == 404
    promised = pages(client, "/c/shitan/promises")["en"]
    assert promised.index("On time") < promised.index("Kept")
    clock.advance(days=31)
    assert '<span class="big">1</span> Overdue' in pages(client, "/c/shitan/promises")["en"]


def judged(gateway: Gateway, clock: StillClock, topic_id: int, people: list[int], verdict: Verdict) -> None:
    """A topic is called done, these people say so or not, and their answers are counted."""
    ports, wording = gateway.ports, gateway.wording

    def call_done(tx: UnitOfWork) -> None:
        post_update(tx, topic_id, {"zh": "好了"}, at=clock.now(), wording=wording, stage=Stage.DONE)
        confirming.ask_now(tx, topic_id, at=clock.now(), wording=wording)
        for person in people:
            confirming.judge(tx, topic_id, person, verdict, at=clock.now())

    work(ports, call_done)
    clock.advance(days=15)
    confirming.close_due(ports, wording=wording)


def test_completion_shows_what_residents_said_and_of_few_only_the_outcome(
    client: FlaskClient, gateway: Gateway, clock: StillClock
) -> None:
    village = a_village(gateway.ports, 16)
    topic = an_accepted_topic(gateway.ports, village, gateway.wording, backed_by=15)
    judged(gateway, clock, topic.id, village.people[:12], Verdict.NOT_DONE)
    assert "12 answered: 0 say done, 12 say not done" in pages(client, f"/c/shitan/topics/{topic.number}")["en"]
    judged(gateway, clock, topic.id, village.people[:4], Verdict.DONE)
    for address in (f"topics/{topic.number}", "promises"):
        assert "4 answered: too few for more to be published" in pages(client, f"/c/shitan/{address}")["en"]


def test_month_counts_people_and_shows_what_was_screened(client: FlaskClient, sample: Sample) -> None:
    text = pages(client, f"/c/{sample.code}/months/")["en"]
    assert "5 people raised or backed 5 topics." in text
    assert sample.accepted in text
    assert HIDDEN_TOPIC not in text
    for name in ("2026-12", "2026-13", "0000-01", "now"):
        assert client.get(f"/c/{sample.code}/months/{name}").status_code == 404


def test_month_of_few_people_gives_no_number_of_them(client: FlaskClient, gateway: Gateway) -> None:
    village = a_village(gateway.ports, 3)
    topic = an_accepted_topic(gateway.ports, village, gateway.wording, backed_by=2)
    for address in ("months/", "sheets/months/2026-11"):
        found = pages(client, f"/c/shitan/{address}")
        assert topic.text in found["en"]
        assert "Fewer than five people raised or backed 1 topics." in found["en"]
        assert "不到五人提出或附议了 1 个议题。" in found["zh"]
        assert "3 people" not in found["en"]


def test_record_is_explored_by_entry_and_by_matter(client: FlaskClient, sample: Sample) -> None:
    text = pages(client, "/record/log")["en"]
    newest = int(re.findall(r"/record/log/(\d+)", text)[0])
    entry = pages(client, f"/record/log/{newest}")["en"]
    leaf = client.get(f"/record/entries?start={newest}&limit=1").get_json()["entries"][0]["leaf_hash"]
    assert leaf in entry
    about = client.get(f"/record/log?about=poll:{sample.closed_poll}&language=en").text
    assert "The result of a poll" in about
    assert f"/c/{sample.code}/polls/{sample.closed_poll}" in about
    for wrong in ("/record/log/999999", "/record/log?about=resident:1"):
        assert client.get(wrong).status_code == 404


def test_sheet_says_the_keys_that_the_line_has(client: FlaskClient, sample: Sample, gateway: Gateway) -> None:
    sheet = pages(client, f"/c/{sample.code}/sheets/part")["zh"]
    menu = load_flows(menu_files())["main"].nodes["menu"]
    for choice in menu.choices:  # type: ignore[attr-defined]
        assert gateway.wording.say(choice.say, "zh", key=choice.key) in sheet
    assert "各位乡亲请注意" in sheet
    result = pages(client, f"/c/{sample.code}/sheets/polls/{sample.closed_poll}")["zh"]
    assert sample.receipt in result
    assert client.get(f"/c/{sample.code}/sheets/polls/{sample.open_poll}").status_code == 404
    month = pages(client, f"/c/{sample.code}/sheets/months/2026-11")["en"]
    with gateway.db.read() as conn:
        stamp = record.stamp(conn, f"poll:{sample.closed_poll}")
        assert stamp
        assert grouped(stamp.digits) in result
        for sheet_of_all in (sheet, month):
            assert grouped(digits_of(record.head(conn).root)) in sheet_of_all
        told = telling.announced(
            conn, polls.poll(conn, sample.closed_poll), polls.result(conn, sample.closed_poll), wording=gateway.wording
        )
    words = metadata.tables["broadcast_text"]
    with gateway.db.read() as conn:
        sent = conn.execute(select(words.c.body).where(words.c.channel == "text", words.c.language == "zh")).scalars()
        assert told.texts["zh"] in set(sent)
    assert grouped(stamp.digits) in told.texts["zh"]
    assert "5 people raised or backed 5 topics." in month


def test_page_travels_small_over_a_bad_line(client: FlaskClient, sample: Sample) -> None:
    address = f"/c/{sample.code}/?language=zh"
    plain = client.get(address)
    packed = client.get(address, headers={"Accept-Encoding": "gzip, br"})
    assert packed.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(packed.data) == plain.data
    assert len(packed.data) < len(plain.data) / 2
    again = client.get(address, headers={"If-None-Match": plain.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")
    assert again.headers["Cache-Control"] == plain.headers["Cache-Control"]
