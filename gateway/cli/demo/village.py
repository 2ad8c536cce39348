"""The made-up village of the demonstration: who lives there, on which telephone, and what everybody means to do.

Everything is drawn from a seed, so that the same number of people always makes the same village. What people mean is
written down here and nowhere else; the count at the end is held against it.
"""

from __future__ import annotations

import csv
import io
import random
from collections import Counter
from dataclasses import dataclass, replace

from gateway.kernel.ids import with_check_digit

LINE = "+8657188880001"
HEADER = (
    *("name", "phone", "code", "pin", "household", "group"),
    *("gender", "birth_year", "language", "channel", "consent"),
)
GROUPS = ("桥头", "上街", "竹园", "河西")
FAMILY_NAMES = "陈李王张刘杨周吴徐孙胡朱高林何郭马罗"
GIVEN_NAMES = (
    *("大山", "秀英", "水生", "桂兰", "建国", "月娥", "福根"),
    *("玉珍", "志明", "阿香", "长贵", "春花", "德发", "彩云"),
)
TOPICS = (
    "村口的路灯坏了半个月",
    "河边的栏杆断了,小孩危险",
    "卫生室星期天没有人",
    "去镇上的班车太少",
    "老年食堂什么时候开",
    "水渠堵了,下雨就淹地",
)
# How telephones misbehave, and how many in a hundred do. The rest answer and take texts as they should.
TROUBLES = (
    *(("switched_off", 4), ("landline", 4), ("no_answer", 3)),
    *(("busy", 2), ("deliver_twice", 8), ("slow_typist", 5)),
)
OLD = 60
DEAD = ("switched_off",)


@dataclass(frozen=True)
class Villager:
    """One resident: the telephone, the trouble with it, and the intentions."""

    name: str
    code: str
    pin: str
    phone: str
    household: str
    group: str
    gender: str
    birth_year: int
    language: str
    channel: str
    trouble: str = ""
    shares_phone: bool = False
    choice: str = ""  # yes, no, abstain; "" does not vote
    changes_mind_from: str = ""
    hangs_up_first: bool = False
    topic: str = ""

    @property
    def votes_by_call(self) -> bool:
        """Whether this person calls; the others text."""
        return self.channel == "call"


def make_village(people: int, seed: int = 7) -> list[Villager]:
    """`people` villagers in households of one to three; about half prefer calls."""
    rng = random.Random(seed)  # noqa: S311  # a made-up village needs no secrecy
    villagers: list[Villager] = []
    codes = rng.sample(range(1000, 10000), people)
    while len(villagers) < people:
        villagers += _household(rng, codes, len(villagers), min(rng.choice((1, 2, 2, 3)), people - len(villagers)))
    return _with_topics(rng, villagers)


def _household(rng: random.Random, codes: list[int], first: int, size: int) -> list[Villager]:
    trouble = _trouble(rng)
    shared = size > 1 and trouble == "" and rng.random() < 0.4  # noqa: PLR2004  # four households in ten
    number = f"H{first:04d}"
    return [
        _villager(rng, codes[first + i], first if shared else first + i, number, trouble=trouble, shared=shared)
        for i in range(size)
    ]


def _villager(rng: random.Random, code: int, phone: int, household: str, *, trouble: str, shared: bool) -> Villager:
    age = rng.randint(24, 88)
    villager = Villager(
        name=rng.choice(FAMILY_NAMES) + rng.choice(GIVEN_NAMES),
        code=with_check_digit(str(code)),
        pin=f"{rng.randrange(2000, 9800)}",
        phone=f"+86138{phone:08d}",
        household=household,
        group=GROUPS[phone % len(GROUPS)],
        gender=rng.choice(("女", "男")),
        birth_year=2026 - age,
        language="en" if rng.random() < 0.08 else "zh",  # noqa: PLR2004  # a few who came from elsewhere
        channel="call" if trouble == "landline" or _prefers_calls(age, trouble) else "text",
        trouble=trouble,
        shares_phone=shared,
    )
    return _with_choice(rng, villager)


def _prefers_calls(age: int, trouble: str) -> bool:
    return age > OLD and trouble != "slow_typist"


def _trouble(rng: random.Random) -> str:
    draw = rng.randrange(100)
    for trouble, share in TROUBLES:
        draw -= share
        if draw < 0:
            return trouble
    return ""


def _with_choice(rng: random.Random, villager: Villager) -> Villager:
    if villager.trouble in DEAD or rng.random() < 0.15:  # noqa: PLR2004  # some people never vote
        return villager
    choice = rng.choices(("yes", "no", "abstain"), (60, 30, 10))[0]
    before = rng.choice(("yes", "no")) if rng.random() < 0.08 else ""  # noqa: PLR2004  # some think again
    return replace(villager, choice=choice, changes_mind_from=before, hangs_up_first=rng.random() < 0.1)  # noqa: PLR2004


def _with_topics(rng: random.Random, villagers: list[Villager]) -> list[Villager]:
    able = [i for i, v in enumerate(villagers) if v.trouble == "" and not v.shares_phone]
    topics = dict(zip(rng.sample(able, min(len(able), 2 * len(TOPICS))), TOPICS * 2, strict=False))
    return [replace(v, topic=topics.get(i, "")) for i, v in enumerate(villagers)]


def to_roll(villagers: list[Villager]) -> bytes:
    """The village as a roll to import."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(HEADER)
    writer.writerows([*(getattr(v, name) for name in HEADER[:-1]), "是"] for v in villagers)
    return text.getvalue().encode()


def intended(villagers: list[Villager]) -> Counter[str]:
    """How many mean yes, no, abstain."""
    return Counter(v.choice for v in villagers if v.choice)
