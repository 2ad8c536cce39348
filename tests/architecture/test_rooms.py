"""The rules of the house that no linter knows (docs/architecture.md)."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from tests.architecture.source import PACKAGES, functions, imports, modules, package_of

FORBIDDEN_NAMES = {"utils", "helpers", "common", "manager", "base"}
CJK = re.compile(r"[\u4e00-\u9fff]")
# Where Chinese words are data of the code itself: column names of a roll, words a text is understood by.
CHINESE_IS_DATA = (
    "gateway/conversation/understanding/",
    "gateway/roll/importing",
    "gateway/topics/masking",
    "gateway/cli/sample",
    "gateway/cli/demo",
    "gateway/wording/numbers",
)


def test_rooms_tables_are_touched_by_their_own_store_alone() -> None:
    strangers = [
        f"{path}: {module}"
        for path, tree in modules().items()
        for module, name in imports(tree)
        if (".store" in module or name == "store") and not module.startswith(package_of(path))
    ]
    assert not strangers


def test_rooms_import_no_private_name_of_another() -> None:
    private = [
        f"{path}: {module}.{name}"
        for path, tree in modules().items()
        for module, name in imports(tree)
        if name.startswith("_") and not name.startswith("__") and module.split(".")[0] in PACKAGES
    ]
    assert not private


def test_rooms_have_no_lumber_room() -> None:
    assert not [path for path in modules() if path.stem in FORBIDDEN_NAMES or FORBIDDEN_NAMES & set(path.parts)]


def test_files_stay_below_500_lines() -> None:
    lengths = {path: len(Path(path).read_text(encoding="utf-8").splitlines()) for path in modules()}
    assert not {path: lines for path, lines in lengths.items() if lines > 500}


def test_functions_stay_below_50_lines_and_are_mostly_short() -> None:
    lengths = {
        f"{path}:{node.lineno} {node.name}": (node.end_lineno or 0) - node.lineno + 1
        for path, tree in modules().items()
        if "versions" not in path.parts  # a migration is a list
        for node in functions(tree)
    }
    assert not {name: lines for name, lines in lengths.items() if lines > 50}
    assert sorted(lengths.values())[len(lengths) // 2] <= 10


@pytest.mark.parametrize("path", modules(), ids=str)
def test_module_says_what_it_is_for(path: Path) -> None:
    assert ast.get_docstring(modules()[path])


def test_public_functions_say_what_they_do() -> None:
    silent = [
        f"{path}:{node.lineno} {node.name}"
        for path, tree in modules().items()
        for node in tree.body
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
        and not node.name.startswith("_")
        and not ast.get_docstring(node)
    ]
    assert not silent


def test_sentences_for_people_live_in_wording() -> None:
    """A Chinese sentence anywhere else is a sentence that no translator sees."""
    strays = [
        f"{path}:{node.lineno}"
        for path, tree in modules().items()
        if not str(path).startswith(CHINESE_IS_DATA)
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and CJK.search(node.value)
        and not _is_docstring(node, tree)
    ]  # fmt: skip
    assert not strays


def _is_docstring(node: ast.Constant, tree: ast.Module) -> bool:
    owners = (
        tree,
        *(n for n in ast.walk(tree) if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)),
    )
    return any(owner.body and isinstance(owner.body[0], ast.Expr) and owner.body[0].value is node for owner in owners)
