"""Every text keeps to its budget of segments (wording/budgets.yaml) when it says something long but usual."""

from __future__ import annotations

from importlib.resources import files

import pytest
import yaml

from gateway.messaging.segments import count_segments
from gateway.wording.catalogue import SPOKEN, Wording, load_wording, placeholders

# Catalogues whose sentences go out as texts. In the others after the first, `call` names what is spoken.
ANSWERS = "text"
UNASKED = (
    "behalf_news",
    "broadcast",
    "delegate_news",
    "followup_news",
    "panel_invitation",
    "poll_result",
    "topic_news",
    "township_news",
    "update",
)

# Long, but of a kind that happens every week.
SAMPLES = {
    "zh": {
        "village": "上石盘水村",
        "words": "水管已经换好两段,剩下的下周三前换完,换管时停水半天,请各家先存些水。",
        "question": "村口到小学这段路今年要不要修?",
        "options": "1修路 2打井 3装路灯",
        "option": "2号装路灯",
        "first": "赞成187",
        "rest": "反对43,弃权12",
        "rule": "参加者过半数赞成,过半数的人参加才有效",
        "what": "赞成",
        "of": "参加者",
        "verdict": "人数不够,未通过",
        "counts": "赞成187,反对43,弃权12",
        "reason": "开票的密钥丢了,谁也没有看到选票",
        "stage": "正在办",
        "items": "议题1287正在办;议题1304等待审核;表决12可投票;",
        "languages": "中文、English",
        "label": "装路灯",
        "title": "村口到小学的路怎样修",
        "about": "村口到小学的路",
        "asked": "路什么时候能修好?修的时候校车怎么走?",
        "who": "村里工作人员王会计",
        "deed": "提了议题12875：水管已经换好两段,剩下的下周三前换完,换管…",
        "helper": "欧阳小明",
        "person": "欧阳桂兰",
        "why": "议题12875已有别人附议，会接着办。",
    },
    "en": {
        "village": "Upper Stonewater",
        "words": "two stretches of the pipe are new, the rest will be changed by Wednesday. No water for half a day.",
        "question": "Shall the road from the gate to the school be mended this year?",
        "options": "1 road 2 well 3 street lights",
        "option": "no. 2 street lights",
        "first": "yes 187",
        "rest": "no 43, abstain 12",
        "rule": "more than half of the ballots, half must take part",
        "what": "yes",
        "of": "participants",
        "verdict": "too few took part, not adopted",
        "counts": "yes 187, no 43, abstain 12",
        "reason": "the keys for counting were lost, nobody has seen a ballot",
        "stage": "in progress",
        "items": "topic 1287 in progress; topic 1304 waiting; poll 12 open; ",
        "languages": "中文, English",
        "label": "street lights",
        "title": "the road to the school",
        "about": "the road to the school",
        "asked": "when will the road be mended, and where will the school bus go?",
        "who": "Wang Jianguo of the village's staff",
        "deed": "raised topic 12875 (two stretches of the pi...)",
        "helper": "Ouyang Xiaoming",
        "person": "Ouyang Guilan",
        "why": "Others back topic 12875 by now, so it goes on.",
    },
}
NUMBERS = {"poll": 12, "code": 20023, "topic": "12875", "into": "12774", "number": 12, "supporters": 187, "eligible": 412, "attended": 242, "votes": 187,
           "top": 2, "bottom": 3, "most": 300, "receipt": "4821 7730 5521", "numbers": "3, 7, 12", "panel": 12, "lot": 187, "hours": 48, "text": "", "line": "0571 1234 5678"}  # fmt: skip
# Following up: steps and days of a plan, verdicts and grades, complaints.
NUMBERS |= {"steps": 3, "step": 2, "complaint": "90128", "rating": 4, "done": 98, "not_done": 44, "answered": 142}
SAMPLES["zh"] |= {"due": "12月31日"}
SAMPLES["en"] |= {"due": "31 December"}
# Delegates and the level above.
NUMBERS |= {"reception": 12, "people": 98}
SAMPLES["zh"] |= {"who": "水利站老周", "when": "12月31日09:20", "place": "上石盘水村祠堂", "above": "上石盘水镇"}
SAMPLES["en"] |= {"who": "Mr Zhou", "when": "31 December, 09:20", "place": "the old school", "above": "Stonewater"}


def _goes_out_as_text(key: str, sentence: str) -> bool:
    """Whether `key` is a whole text: it names its sender, and is not spoken."""
    file, *path = key.split(".")
    if "village" not in placeholders(sentence):
        return False
    if file == ANSWERS or file.startswith(f"{ANSWERS}_"):
        return True
    return file in UNASKED and not any(part == "call" or part.endswith("_call") for part in path)


def _texts(wording: Wording) -> list[tuple[str, str]]:
    return [
        (language, key)
        for language, catalogue in wording.sentences.items()
        for key, sentence in sorted(catalogue.items())
        if _goes_out_as_text(key, sentence)
    ]


def _budget(key: str) -> int:
    budgets = yaml.safe_load(files("gateway.wording").joinpath("budgets.yaml").read_text(encoding="utf-8"))
    return int((budgets["keys"] or {}).get(key, budgets["default"]))


@pytest.mark.parametrize(("language", "key"), _texts(load_wording()))
def test_text_keeps_to_its_budget(wording: Wording, language: str, key: str) -> None:
    values = NUMBERS | SAMPLES.get(SPOKEN.get(language, language), SAMPLES["en"])
    sentence = wording.sentences[language][key]
    missing = placeholders(sentence) - values.keys()
    assert not missing, f"give a sample value for {sorted(missing)} in this test"
    count = count_segments(sentence.format_map(values))
    assert count.segments <= _budget(key), f"{key} ({language}): {count.units} units, {count.segments} segments"


def test_budgets_name_only_keys_that_exist(wording: Wording) -> None:
    budgets = yaml.safe_load(files("gateway.wording").joinpath("budgets.yaml").read_text(encoding="utf-8"))
    assert all(wording.has(key) for key in budgets["keys"] or {})


def test_english_texts_need_no_chinese_alphabet(wording: Wording) -> None:
    """One typographic character would turn an English text into UCS-2 and double its price."""
    for language, key in _texts(wording):
        if language == "en" and "languages" not in placeholders(wording.sentences["en"][key]):
            assert (
                count_segments(wording.sentences["en"][key].format_map(NUMBERS | SAMPLES["en"])).encoding == "GSM-7"
            ), key
