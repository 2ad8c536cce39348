"""Long lists in pages."""

from __future__ import annotations

import pytest

from gateway.web.pages.paging import page_of


@pytest.mark.parametrize(
    ("wanted", "number"), [("", 1), ("2", 2), ("0", 1), ("99", 3), ("-1", 1), ("x", 1), ("9" * 50, 1), ("²", 1)]
)
def test_page_is_the_nearest_there_is(wanted: str, number: int) -> None:
    page = page_of(range(25), wanted, 10)
    assert (page.number, page.pages) == (number, 3)


def test_page_of_nothing_is_one_empty_page() -> None:
    page = page_of([], "1", 10)
    assert (list(page.items), page.number, page.pages) == ([], 1, 1)


def test_pages_together_are_the_list() -> None:
    assert [item for n in (1, 2, 3) for item in page_of(range(25), str(n), 10).items] == list(range(25))
