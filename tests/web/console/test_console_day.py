"""A clerk's day beyond the first pages: answers, recordings, the roll, broadcasts, panels, settings, wizards."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from nacl.secret import SecretBox

from gateway.bootstrap import Gateway
from gateway.messaging import views as messaging
from gateway.panels import views as panels
from gateway.polls import views as polls
from gateway.polls.model import Counting, Method
from gateway.roll import actions as roll_actions
from gateway.roll import views as roll
from gateway.roll.model import PinCheck
from gateway.topics import actions as topics
from gateway.topics import views as topic_views
from gateway.topics.model import Stage
from tests.fakes import StillClock
from tests.web.console.conftest import ADDRESS, Browser
from tests.web.console.test_console_pages import poll_fields, second_person_agrees
from tests.web.html import check_page
from tests.web.sample import SCRIPT, Sample

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
Enter = Callable[[str], Browser]


def test_answer_goes_out_to_whoever_wrote(clerk: Browser, sample: Sample, gateway: Gateway) -> None:
    address = f"/c/{sample.code}/inbox"
    page = check_page(clerk.get(address).text, "en")
    assert f"words_{sample.waiting}" in page.fields
    assert clerk.post(f"{address}/{sample.waiting}/answer", words=" ").status_code == 422
    assert clerk.post(f"{address}/{sample.waiting}/answer", words="换好了,谢谢").status_code == 303
    with gateway.db.read() as conn:
        here = roll.community_by_code(conn, sample.code)
        newest = messaging.broadcasts(conn, here.id)[0]
        said = messaging.words(conn, newest.id, roll.resident(conn, sample.person).channel)
        assert (newest.kind, newest.subject, newest.urgent) == ("inbox_answer", f"inbox:{sample.waiting}", True)
        assert any("换好了" in words for words in said.values())
        assert sample.waiting not in {one.id for one in messaging.waiting(conn, here.id)}
    assert clerk.post(f"{address}/{sample.waiting + 2}/answer", words="x").status_code == 409


def test_recording_is_played_in_parts_to_those_who_screen(
    clerk: Browser, sample: Sample, gateway: Gateway, signed_in: Enter, tmp_path: Path
) -> None:
    with gateway.db.work() as tx:
        here = roll.community_by_code(tx.connection, sample.code).id
        spoken = topics.raise_spoken_topic(tx, here, sample.person, "RE" + "1" * 32, 9, at=gateway.ports.clock.now())
        tx.commit()
    with gateway.db.read() as conn:
        found = topic_views.topic(conn, spoken.number)
    assert found is not None
    address = f"/c/{sample.code}/topics/{spoken.number}/recording.wav"
    assert clerk.get(address).status_code == 404
    folder = gateway.settings.data_dir / "recordings"
    folder.mkdir(exist_ok=True)
    sealed = SecretBox(gateway.ports.secret.derive("recording")).encrypt(b"RIFF" + bytes(96))
    (folder / f"{found.recording_id}.sealed").write_bytes(sealed)
    whole = clerk.get(address)
    assert (whole.status_code, whole.mimetype, len(whole.data)) == (200, "audio/wav", 100)
    part = clerk.client.get(address, base_url=ADDRESS, headers={"Range": "bytes=0-3"})
    assert (part.status_code, part.data) == (206, b"RIFF")
    assert signed_in("auditor").get(address).status_code == 403
    assert "<audio" in clerk.get(f"/c/{sample.code}/topics/{spoken.number}").text
    assert "Listened to a topic" in clerk.get(f"/c/{sample.code}/trail").text


def test_screening_asks_back_merges_titles_and_answers(clerk: Browser, sample: Sample, gateway: Gateway) -> None:
    raised, accepted = (f"/c/{sample.code}/topics/{number}" for number in (sample.raised, sample.accepted))
    assert clerk.post(f"{raised}/asking", question="是哪一年的事?").status_code == 303
    assert clerk.post(f"{accepted}/heading", title="村口路灯", category="building").status_code == 303
    assert clerk.post(f"{accepted}/questions/{sample.question}/answer", words="下周一").status_code == 303
    assert clerk.post(f"{raised}/questions/{sample.question}/answer", words="下周一").status_code == 404
    assert clerk.post(f"{raised}/merging", into=sample.other_topic).status_code == 404
    assert clerk.post(f"{raised}/merging", into=sample.accepted).status_code == 303
    page = check_page(clerk.get(accepted).text, "en").text
    assert "村口路灯" in page
    assert "下周一" in page
    assert sample.accepted in check_page(clerk.get(raised).text, "en").text
    with gateway.db.read() as conn:
        merged = topic_views.topic(conn, sample.raised)
    assert merged is not None
    assert merged.stage is Stage.MERGED


def test_roll_is_looked_up_corrected_and_shortened_with_a_reason(
    clerk: Browser, sample: Sample, gateway: Gateway
) -> None:
    found = clerk.post(f"/c/{sample.code}/roll/search", like="王水")
    assert found.text.count("王水生") == 1
    assert "李秀英" not in found.text
    address = f"/c/{sample.code}/roll/{sample.person}"
    fields = {
        "name": "王水生",
        "household": "H09",
        "group": "上街",
        "language": "zh",
        "channel": "call",
        "consent": "yes",
    }
    assert clerk.post(address, **fields).status_code == 422
    assert clerk.post(address, **fields, phones="12", reason="新号码").status_code == 422
    assert clerk.post(address, **fields, phones="13800000009", reason="新号码").status_code == 303
    page = check_page(clerk.get(address).text, "en").text
    assert "…09" in page
    assert "13800000009" not in page
    assert "新号码" in page
    letter = clerk.post(f"{address}/pin", reason="忘了")
    check_page(letter.text, "en")
    pin = re.search(r'PIN</dt><dd class="big">(\d{4})', letter.text)
    assert pin
    check = roll_actions.check_pin(
        gateway.db, sample.person, pin[1], clock=gateway.ports.clock, secret=gateway.ports.secret
    )
    assert check is PinCheck.RIGHT
    assert clerk.post(f"{address}/removal", reason="迁走").status_code == 422
    assert clerk.post(f"{address}/removal", reason="迁走", sure="yes").status_code == 303
    assert clerk.get(address).status_code == 404
    changes = check_page(clerk.get(f"/c/{sample.code}/roll/changes").text, "en").text
    assert [changes.index(word) for word in ("迁走", "忘了", "新号码")] == sorted(
        changes.index(w) for w in ("迁走", "忘了", "新号码")
    )
    table = clerk.get(f"/c/{sample.code}/roll/roll.csv")
    assert "陈大山" in table.text
    assert "\n=" not in table.text


def _upload(browser: Browser, path: str, text: str) -> object:
    form = {"token": browser.token, "file": (io.BytesIO(text.encode()), "roll.csv")}
    return browser.client.post(path, base_url=ADDRESS, data=form)


def test_roll_file_is_looked_at_then_entered_with_letters(clerk: Browser, sample: Sample, gateway: Gateway) -> None:
    address = f"/c/{sample.code}/roll/file"
    check_page(clerk.get(address).text, "en")
    wrong = _upload(clerk, address, "name,phone\n陈一,12\n")
    assert wrong.status_code == 200  # type: ignore[attr-defined]
    assert "There are mistakes" in wrong.text  # type: ignore[attr-defined]
    good = _upload(clerk, address, f"name,phone,household\n{SCRIPT},13800000071,H31\n=cmd,13800000072,H32\n")
    page = check_page(good.text, "en").text  # type: ignore[attr-defined]
    assert SCRIPT not in page
    key = re.search(r'name="key" value="([0-9a-f]+)"', page)
    assert key
    sealed = list((gateway.settings.data_dir / "uploads").iterdir())
    assert len(sealed) == 1
    assert b"cmd" not in sealed[0].read_bytes()
    # The file was for this village: entered into no other, and with a name that is no path.
    assert clerk.post(f"{address}/entry", key="../" * 10, reason="x").status_code == 404
    assert clerk.post(f"{address}/entry", key="0" * 32, reason="x").status_code == 422
    entered = clerk.post(f"{address}/entry", key=key[1], reason="新来的两户")
    check_page(entered.text, "en")
    assert entered.text.count("PIN</dt>") == 2
    assert clerk.post(f"{address}/entry", key=key[1], reason="again").status_code == 422
    assert "'=cmd" in clerk.get(f"/c/{sample.code}/roll/roll.csv").text


def test_broadcast_is_previewed_waits_for_a_second_and_can_be_stopped(
    clerk: Browser, sample: Sample, gateway: Gateway, signed_in: Enter
) -> None:
    new = f"/c/{sample.code}/broadcasts/new"
    check_page(clerk.get(new).text, "en")
    fields = {"words_zh": "明天停水", "calls": "yes"}
    shown = clerk.post(f"{new}/preview", **fields)
    assert "What it would do" in check_page(shown.text, "en").text
    assert clerk.post(f"{new}/preview", words_zh="").status_code == 422
    asked = clerk.post(
        f"/c/{sample.code}/settings/terms", currency="CNY", segment="0.05", minute="0.1", cap="", two_people_from="3"
    )
    assert asked.status_code == 303
    assert "Somebody else has to agree" in check_page(clerk.get(f"/c/{sample.code}/settings").text, "en").text
    officer = signed_in("officer")
    second_person_agrees(officer, sample)
    with gateway.db.read() as conn:
        here = roll.community_by_code(conn, sample.code).id
        assert messaging.terms_of(conn, here).two_people_from == 3
    assert "CNY" in clerk.post(f"{new}/preview", **fields).text
    address = clerk.post(new, **fields).headers["Location"]
    page = check_page(clerk.get(address).text, "en").text
    assert "Somebody else has to agree" in page
    assert clerk.post(f"{address}/approval").status_code == 409
    assert officer.post(f"{address}/approval").status_code == 303
    live = clerk.get(f"{address}/live").text
    assert 'hx-trigger="every 2s"' in live
    assert clerk.post(f"{address}/pause").status_code == 303
    assert "hx-trigger" not in clerk.get(f"{address}/live").text
    assert clerk.post(f"{address}/resumption").status_code == 303
    assert clerk.post(f"{address}/end").status_code == 422
    assert clerk.post(f"{address}/end", sure="yes").status_code == 303
    check_page(clerk.get(f"{address}/copies").text, "en")
    assert "陈大山" in clerk.get(f"{address}/copies.csv").text


def test_panel_is_planned_fixed_drawn_and_invited_by_two(
    clerk: Browser, sample: Sample, gateway: Gateway, signed_in: Enter, clock: StillClock
) -> None:
    officer = signed_in("officer")
    check_page(clerk.get(f"/c/{sample.code}/panels/new").text, "en")
    assert clerk.post(f"/c/{sample.code}/panels", title="路灯", seats="99").status_code == 422
    address = clerk.post(
        f"/c/{sample.code}/panels", title="路灯怎么装", seats="2", household_cap="1", min_age="18"
    ).headers["Location"]
    number = int(address.rpartition("/")[2])
    assert clerk.post(f"{address}/commitment", lottery="双色球 2026136", at="nonsense").status_code == 422
    assert clerk.post(f"{address}/draw").status_code == 404
    assert clerk.post(f"{address}/commitment", lottery="双色球 2026136", at="2026-11-26T21:15").status_code == 303
    second_person_agrees(officer, sample)
    assert "SHA-256" in check_page(clerk.get(address).text, "en").text
    clock.advance(days=3)
    clerk.sign_in("林文书")
    officer.sign_in("officer")
    clerk.get(address)
    with gateway.db.read() as conn:
        witness = roll.resident(conn, sample.person).code
    digits = {"digits": "3 12 15 21 22 30 / 8", "again": "3 12 15 21 22 30 / 8", "witness": witness}
    assert clerk.post(f"{address}/draw", **digits).status_code == 303
    second_person_agrees(officer, sample)
    assert clerk.post(f"{address}/invitations").status_code == 303
    page = check_page(clerk.get(address).text, "en").text
    assert "invited" in page
    assert clerk.get(f"{address}/live").status_code == 200
    with gateway.db.read() as conn:
        assert panels.panel(conn, number).inviting


@pytest.mark.parametrize(
    ("changes", "method", "counting"),
    [
        ({"method": "approval", "max_choices": "2"}, Method.APPROVAL, Counting.MOST),
        ({"method": "score", "score_max": "10"}, Method.SCORE, Counting.MOST),
        ({"method": "ranked", "ranked_counting": "schulze"}, Method.RANKED, Counting.SCHULZE),
        (
            {"method": "budget", "budget": "1000", "costs": "600\n500", "knapsack": "yes"},
            Method.BUDGET,
            Counting.GREEDY,
        ),
        ({"method": "single", "rehearsal": "yes", "ties": "lot", "lot_source": "双色球"}, Method.SINGLE, Counting.MOST),
    ],
)
def test_poll_of_every_form_is_written_and_heard(
    clerk: Browser, sample: Sample, gateway: Gateway, changes: dict[str, str], method: Method, counting: Counting
) -> None:
    checked = clerk.post(f"/c/{sample.code}/polls/check", **poll_fields(**changes))
    assert 'class="quote bubble"' in checked.text
    made = clerk.post(f"/c/{sample.code}/polls", **poll_fields(**changes))
    assert made.status_code == 303
    number = int(made.headers["Location"].rpartition("/")[2])
    with gateway.db.read() as conn:
        found = polls.poll(conn, number)
    assert (found.method, found.counting, found.rehearsal) == (method, counting, "rehearsal" in changes)
    page = check_page(clerk.get(f"{made.headers['Location']}/hearing").text, "en").text
    assert f"Question number {number}: What first?" in page
    assert "修路" in page


def test_poll_check_names_what_an_ear_cannot_follow(clerk: Browser, sample: Sample, gateway: Gateway) -> None:
    with gateway.db.read() as conn:
        before = len(polls.polls(conn))
    question = "关于(第12345号)项目A/B的问题," + "很长" * 40
    options = "\n".join(f"第{n}个选择" for n in "一二三四五六七")
    said = clerk.post(
        f"/c/{sample.code}/polls/check",
        **poll_fields(question_zh=question, options_zh=options, question_en="", options_en=""),
    ).text
    for words in ("too long for a text", "twenty seconds", "More than five", "brackets, slashes"):
        assert words in said
    assert "cannot be empty" in clerk.post(f"/c/{sample.code}/polls/check", **poll_fields(question_zh="")).text
    with gateway.db.read() as conn:
        assert len(polls.polls(conn)) == before


def test_settings_keep_hours_and_free_days(clerk: Browser, sample: Sample) -> None:
    address = f"/c/{sample.code}/settings"
    hours = {"text_opens": "07:30", "text_closes": "21:00", "call_opens": "09:00", "call_closes": "18:00"}
    assert clerk.post(f"{address}/hours", **hours).status_code == 303
    assert clerk.post(f"{address}/hours", **(hours | {"call_opens": "x"})).status_code == 422
    assert clerk.post(f"{address}/holidays", first="2027-02-06", last="2027-02-08", name="春节").status_code == 303
    page = check_page(clerk.get(address).text, "en").text
    assert page.count("春节") == 3
    assert 'value="18:00"' in page
    assert clerk.post(f"{address}/holidays/removal", first="2027-02-07").status_code == 303
    assert check_page(clerk.get(address).text, "en").text.count("春节") == 2


def test_live_part_keeps_nobody_signed_in(clerk: Browser, sample: Sample, clock: StillClock) -> None:
    for _ in range(3):
        clock.advance(minutes=50)
        answer = clerk.client.get(f"/c/{sample.code}/", base_url=ADDRESS, headers={"HX-Request": "true"})
    assert answer.headers["HX-Redirect"] == "/sign-in"
    assert answer.text == ""


def test_township_is_the_second_person_of_its_villages(signed_in: Enter, sample: Sample, clerk: Browser) -> None:
    clerk.get(f"/c/{sample.code}/")
    assert clerk.post(f"/c/{sample.code}/polls/{sample.draft_poll}/opening", sure="yes").status_code == 303
    town = signed_in("town-of-here")
    second_person_agrees(town, sample)
    assert "entitled people have voted" in town.get(f"/c/{sample.code}/polls/{sample.draft_poll}").text
    with pytest.raises(AssertionError):
        second_person_agrees(town, sample)
