"""Understanding a text: how many a second on one core, the slow ones, and how the cost grows with length."""

from __future__ import annotations

import json
import statistics
import time
from pathlib import Path

from gateway.conversation.understanding.model import Context, PollContext
from gateway.conversation.understanding.parse import LONGEST_TEXT, understand
from tests.benchmarks.measuring import Report, percentile

CORPUS = Path(__file__).parent.parent / "conversation" / "corpus.jsonl"
OPEN = PollContext(3, "yesno"), PollContext(9, "single", ("修路 road", "水井 well", "路灯 lights"))
CONTEXTS = {"no poll": Context(), "one open": Context(OPEN[:1]), "one just asked": Context(OPEN, asked=3)}
ROUNDS = 5
# Texts made to be dear: politeness, marks, quotations, numbers and slips without end.
SHAPES = {
    "words": "村口的路灯坏了三天晚上看不见 ", "politeness": "请麻烦您好", "votes": "投3 1 ", "numbers": "1,", "marks": "投",
    "polls": "3号", "quotations": "“", "our name": "【", "thanks": "thanks ", "corrections": "发错了,", "codes": "#12345 ",
    "agreement": "赞成", "signs": "。", "letters": "a", "spaces": "  x",
}  # fmt: skip


def run(report: Report) -> None:
    """Print the figures."""
    report.title("Understanding (P10): the corpus's texts, on one core")
    texts = [json.loads(line)["text"] for line in CORPUS.read_text(encoding="utf-8").splitlines()]
    understand("", Context())
    for name, context in CONTEXTS.items():
        rounds = [_seconds(texts, context) for _ in range(ROUNDS)]
        each = [statistics.median(times) for times in zip(*rounds, strict=True)]
        median, slow = statistics.median(each) * 1e3, percentile(each, 0.99) * 1e3
        report.goal(f"{name}: texts a second", len(each) / sum(each), least=5000)
        report.goal(f"{name}: 99th percentile in ms (median {median:.3f} ms)", slow, most=2)
    _growth(report)


def _growth(report: Report) -> None:
    report.title("Understanding: cost of the longest text there is, and how it grows")
    dearest, times = 0.0, {}
    for name, shape in SHAPES.items():
        short, long = (_repeated(shape, length) for length in (LONGEST_TEXT // 4, LONGEST_TEXT))
        times[name] = (_typical(short), _typical(long))
        dearest = max(dearest, times[name][1])
    worst = max(times, key=lambda name: times[name][1] / times[name][0])
    report.goal(f"{LONGEST_TEXT} characters, the dearest of {len(SHAPES)} shapes, in ms", dearest * 1e3, most=2)
    ratio = times[worst][1] / times[worst][0]
    report.goal(f"four times the length costs at most ({worst}), times as much", ratio, most=5)


def _repeated(shape: str, length: int) -> str:
    return (shape * (length // len(shape) + 1))[:length]


def _typical(text: str) -> float:
    return statistics.median(_seconds([text] * 30, CONTEXTS["one just asked"]))


def _seconds(texts: list[str], context: Context) -> list[float]:
    """The processor time of each text in seconds: what the machine does besides is left out."""
    times = []
    for text in texts:
        begun = time.process_time()
        understand(text, context)
        times.append(time.process_time() - begun)
    return times
