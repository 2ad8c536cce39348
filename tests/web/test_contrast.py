"""Text stands out from its ground as WCAG 2.2 asks, in both style sheets and in every rule."""

from __future__ import annotations

import pytest

from gateway.web.pages.blueprint import FOLDER
from tests.web.contrast import LEAST, contrast, findings


@pytest.mark.parametrize("name", ["style.css", "sheet.css"])
def test_text_stands_out_from_its_ground(name: str) -> None:
    found = findings((FOLDER / "static" / name).read_text(encoding="utf-8"))
    assert len(found) >= 5
    assert not [one for one in found if one.contrast < LEAST]


def test_contrast_is_that_of_the_standard() -> None:
    assert contrast("#000000", "#fff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)
    assert [one.contrast < LEAST for one in findings(".x { color: #777; background: #fff; }")] == [True]
