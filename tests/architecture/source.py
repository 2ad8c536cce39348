"""The source tree as the guard tests see it: parsed once."""

from __future__ import annotations

import ast
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
PACKAGES = ("gateway", "ivr_flows", "workers")


@cache
def modules() -> dict[Path, ast.Module]:
    """Every Python file of the product, parsed; paths relative to the root."""
    files = [path for package in PACKAGES for path in sorted((ROOT / package).rglob("*.py"))]
    return {path.relative_to(ROOT): ast.parse(path.read_text(encoding="utf-8")) for path in files}


def imports(tree: ast.Module) -> Iterator[tuple[str, str]]:
    """(module, name) for every `from module import name`, and (module, "") for `import module`."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module:
            yield from ((node.module, alias.name) for alias in node.names)
        elif isinstance(node, ast.Import):
            yield from ((alias.name, "") for alias in node.names)


def functions(tree: ast.Module) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    """Every function and method."""
    return (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))


def package_of(path: Path) -> str:
    """The room a file lives in: `gateway.polls` for gateway/polls/store.py."""
    return ".".join(path.parts[:2]) if path.parts[0] == "gateway" and len(path.parts) > 2 else path.parts[0]


@cache
def tracked_files() -> tuple[Path, ...]:
    """Every text file of the repository, tracked or about to be."""
    listing = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT, check=True, capture_output=True, text=True,
    ).stdout  # fmt: skip
    return tuple(ROOT / line for line in listing.splitlines() if (ROOT / line).is_file())
