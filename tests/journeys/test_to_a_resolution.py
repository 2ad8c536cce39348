"""From forty topics to a resolution: what residents text and call is signed as the carrier signs it, the rest is commands.

Kept as prose in `to_a_resolution.txt` (`--update-transcripts` writes it anew).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from gateway.roll import views as roll
from tests.journeys.story import LINE, Story, phone, telling
from workers import jobs

TRANSCRIPT = Path(__file__).with_name("to_a_resolution.txt")
PEOPLE = 40
# What they raise: the bridge (the first 20), the lamp (12), the canal (8). Every fourth speaks instead of texting.
RAISED = (
    (range(20), ("村口的桥栏杆松了", "桥上的栏杆要修", "大桥栏杆快掉了,孩子过桥危险")),
    (range(20, 32), ("小学门口的路灯不亮", "学校那盏路灯坏了", "放学的路上没有灯")),
    (range(32, 40), ("西边的水渠堵了", "水渠里都是泥,放不了水")),
)
GUEST = "+8613900000099"


@pytest.fixture
def story(database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Story]:
    with telling(Story, database_url, tmp_path, monkeypatch) as village:
        yield village


def _village(story: Story) -> None:
    story.clerk("community", "add", "shitan", "--name", "石滩村", "--number", LINE, "--language", "zh")
    for name, rows in (
        ("roll", [f"村民{i:02},{phone(i)},{10000 + i},{'东西'[i % 2]}村,zh" for i in range(PEOPLE)]),
        ("guests", [f"水利站老周,{GUEST},90011,,zh"]),
    ):
        file = story.folder / f"{name}.csv"
        file.write_text("\n".join(["name,phone,code,group,language", *rows]), encoding="utf-8")
        story.clerk("roll", "import", str(file), "--community", "shitan", *(["--guests"] if name == "guests" else []))


def _topics(story: Story) -> list[str]:
    """Raised, merged, backed; the numbers that are left, most backed first."""
    story.chapter("Forty residents raise what troubles them")
    for people, words in RAISED:
        for person in people:
            if person % 4 == 3:
                story.call(phone(person), "2", "1", "12", "1", tell=person == 3)
            else:
                story.text(phone(person), f"议题 {words[person % len(words)]}", tell=person in (0, 20, 32))
    listed = story.clerk("topic", "list", "--community", "shitan")
    numbers = [topic["topic"] for topic in reversed(listed)]
    assert len(numbers) == PEOPLE
    story.chapter("The clerk puts together what is the same")
    for people, _ in RAISED:
        first, *others = [numbers[person] for person in people]
        story.clerk("topic", "screen", first, "--accept")
        for other in others:
            story.clerk("topic", "merge", other, "--into", first)
    story.workers()
    story.chapter("Support ranks the agenda")
    bridge, lamp, canal = numbers[0], numbers[20], numbers[32]
    for person in range(20, 28):
        story.text(phone(person), f"附议{bridge}", tell=person == 20)
    for person in (0, 1, 2):
        story.text(phone(person), f"附议{lamp}", tell=False)
    ranked = [topic["topic"] for topic in story.clerk("topic", "agenda", "--community", "shitan")]
    assert ranked == [bridge, lamp, canal]
    return ranked


def _panel(story: Story, bridge: str) -> None:
    story.chapter("A panel is drawn; one declines, one never answers")
    plan = ("--title", "村口的桥怎样修", "--seats", "4", "--strata", "group", "--notice", "1h", "--topic", bridge)
    story.clerk("panel", "pool", "--community", "shitan", *plan)
    story.clerk("panel", "commit", "1", "--lottery", "双色球 2026136", "--at", "+2h")
    story.clock.advance(hours=2)
    digits = "3 12 15 22 27 31 / 8"
    story.clerk("panel", "draw", "1", "--digits", digits, "--again", digits, "--witness", "10001")
    before = story.read
    story.clerk("panel", "invite", "1")
    story.workers()
    asked = [item.to.e164 for item in story.carrier.sent[before:]]
    assert len(asked) == 4
    declining, _silent, *accepting = asked
    story.text(declining, "2", who="the first")
    for name, number in zip(("the third", "the fourth"), accepting, strict=True):
        story.text(number, "1", who=name)
    before = story.read
    story.workers()
    story.text(story.carrier.sent[before].to.e164, "1", who="the next instead of the first")
    story.clock.advance(hours=48)
    before = story.read
    story.workers()
    story.text(story.carrier.sent[before].to.e164, "1", who="the next instead of the second, who was silent")
    states = Counter(lot["state"] for lot in story.clerk("panel", "show", "1")["lots"])
    assert (states["accepted"], states["declined"], states["silent"]) == (4, 1, 1)


def _meeting(story: Story, bridge: str) -> None:
    story.chapter("A meeting is planned; three reply by key")
    plan = ("--title", "村口的桥怎样修", "--place", "祠堂", "--at", "+2d", "--topic", bridge, "--panel", "1")
    story.clerk("meeting", "plan", "--community", "shitan", *plan)
    story.clerk("meeting", "invite", "1", "--everyone", "--also", "90011")
    story.workers()
    for person, key in ((0, "1"), (1, "1"), (2, "2")):
        story.call(phone(person), key)
    story.text(GUEST, "1")
    replies = Counter(seat["reply"] for seat in story.clerk("meeting", "show", "1")["seats"])
    assert (replies["yes"], replies["no"]) == (3, 1)
    story.clock.advance(hours=30)
    story.workers()
    story.clock.advance(hours=18)
    story.chapter("The meeting: two speak by telephone, hands are shown, a guest is heard")
    story.clerk("meeting", "open", "1")
    calls = {}
    for person in (4, 5):
        call = story.call(phone(person), "1", "*", "1")
        calls[call.sid] = (phone(person), call)
    for person in (4, 5):
        story.clerk("meeting", "floor", "1", "--give", str(10000 + person))
        jobs.set_floor(1, _resident(story, person))
        assert "轮到您发言" in story.turned(calls).words
        story.clerk("meeting", "floor", "1", "--take", str(10000 + person))
    story.clerk("meeting", "hands", "1", "--ask", "先修栏杆，好不好")
    story.call(phone(6), "1", "*", "2")
    story.text(GUEST, "发言1 栏杆要用热镀锌的,水利站可以出图纸")
    shown = story.clerk("meeting", "hands", "1", "--count")
    assert shown["hands"] == [{"open": False, "yes": 1, "no": 0}]
    assert len(shown["statements"]) == 1
    story.clerk("meeting", "close", "1")
    minutes = story.folder / "minutes.txt"
    minutes.write_text("先修栏杆，再看桥面。", encoding="utf-8")
    story.clerk("meeting", "minutes", "1", "--file", str(minutes), "--summary", "大家商量了，先修栏杆，再看桥面。")
    story.workers()


def _resident(story: Story, person: int) -> int:

    with story.gateway.db.read() as conn:
        found = roll.resident_by_code(conn, 1, str(10000 + person))
    assert found
    return found.id


def _resolution(story: Story) -> None:
    story.chapter("The resolution is put to a secret poll and adopted")
    closes = ("--question", "先修村口桥的栏杆，您赞成吗？", "--closes", "+4h")
    story.clerk("poll", "create", "--community", "shitan", *closes)
    story.clerk("meeting", "resolve", "1", "--words", "先修村口桥的栏杆", "--poll", "1")
    story.workers()
    story.clerk("poll", "open", "1")
    story.workers()
    for person in range(PEOPLE):
        key = "2" if person % 5 == 4 else "1"
        if person % 4 == 3:
            assert "回执" in story.call(phone(person), key, "1", "3", tell=person == 3).words
        else:
            assert "回执" in story.text(phone(person), {"1": "赞成", "2": "反对"}[key], tell=person == 0)
    story.text(GUEST, "投1 赞成")
    story.clock.advance(hours=4)
    story.workers()
    story.workers()
    result = story.clerk("poll", "result", "1")
    assert (result["counts"], result["adopted"]) == ({"yes": 32, "no": 8, "abstain": 0}, True)


# What every author must have heard: the meeting, its minutes, the proposal, the vote, the outcome.
STEPS = ("开协商会", "纪要", "要大家投票", "请您投票", "通过")


def test_from_forty_topics_to_a_resolution(
    story: Story, request: pytest.FixtureRequest, figure: Callable[[str], None]
) -> None:
    _village(story)
    bridge, _lamp, _canal = _topics(story)
    _panel(story, bridge)
    _meeting(story, bridge)
    _resolution(story)
    for people, _ in RAISED:
        for person in people:
            heard = " ".join(story.inboxes[phone(person)])
            first = "受理" if person == people[0] else "一起办"
            missing = [step for step in (first, *STEPS) if step not in heard]
            assert not missing, (person, missing)
    # What chance gives, or the moment, is left out.
    text = re.sub(r"(签号|回执：|公开记录)\d+(?: \d{4})*", r"\1…", "\n".join(story.lines).strip()) + "\n"
    if request.config.getoption("--update-transcripts"):
        TRANSCRIPT.write_text(text, encoding="utf-8")
    assert TRANSCRIPT.read_text(encoding="utf-8") == text
    sent = len(story.carrier.sent)
    figure(f"from forty topics to a resolution on {story.gateway.db.engine.dialect.name}: {sent} messages sent")
