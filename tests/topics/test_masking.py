"""What the public may not read is masked; what it needs to read stays."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from gateway.topics.masking import mask


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("路灯坏了，电话13812345678", "路灯坏了，电话****"),
        ("打１３８ 1234 5678 找我", "打**** 找我"),
        ("+86 138-1234-5678", "****"),
        ("村委0571-87654321没人接", "村委****没人接"),
        ("身份证33010219600101123X", "身份证****"),
        ("卡号6222 0212 3456 7890 123", "卡号****"),
        ("写信 li.gui@example.com", "写信 ****"),
        ("微信号 abc12345", "微信号 **"),
        ("我叫张三，家里漏水", "我叫张**，家里漏水"),
        ("我是李桂兰，住东村路12号", "我是李**，住东村路**号"),
        ("联系人：欧阳文清", "联系人：欧**"),
        ("三组15号门口，3栋502室", "三组**号门口，3栋**室"),
        ("My name is John Smith, 12 Main Street, apt 4", "My name is **, ** Main Street, apt **"),
        ("call (270) 555-1234", "call ****"),
    ],
)
def test_personal_data_is_masked(text: str, shown: str) -> None:
    assert mask(text) == shown


@pytest.mark.parametrize(
    "text",
    [
        "村口路灯坏了", "15路公交不来", "地铁2号线什么时候通", "第3号井没水", "2026年11月25日停水", "我是高中生", "本人强烈要求修路",
        "我叫不到车", "一房二卖", "107国道修了三年", "Mend the road to the school", "We need 24 hour buses", "王家村三组的水渠", "",
    ],
)  # fmt: skip
def test_what_is_no_personal_data_stays(text: str) -> None:
    assert mask(text) == text


def test_masking_twice_changes_nothing_more() -> None:
    once = mask("我叫张三，电话13812345678，住东村路12号502室")
    assert mask(once) == once


def test_few_real_messages_are_touched(shared_data: Path, figure: Callable[[str], None]) -> None:
    with (shared_data / "topics_zh" / "stream.jsonl").open(encoding="utf-8") as file:
        titles = [json.loads(line)["title"] for line in file]
    touched = [title for title in titles if mask(title) != title]
    figure(f"topics: masking touches {len(touched)} of {len(titles)} real titles, all for doors, rooms or long numbers")
    assert len(touched) < 0.02 * len(titles)
