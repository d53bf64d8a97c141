"""The rules of all findings that the package can make, found in its source."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from tests.synthetic import REPOSITORY

# Rules whose names are put together: in which files, by which calls, of which arguments.
_BUILT: dict[str, tuple[str, dict[str, int]]] = {
    "fleet": ("fleet/", {"_repeated": 1}),
    "kustomize": ("kustomization/", {"report": 0}),
    "schema": ("schema/", {"Words": 0, "_bound": 0, "_size": 0}),
    "waivers": ("check/waive.py", {"_problem": 1}),
    "yaml": ("source/", {"report": 0}),
}


def python_rules() -> set[str]:
    """Return the rules that code names, whole or in two parts.

    A rule that is put together in a way not known here raises ValueError: it would be missing.
    """
    return {rule for path in _sources() for rule in _rules(path)}


def _sources() -> Iterator[str]:
    for path in sorted((REPOSITORY / "generator").rglob("*.py")):
        yield path.relative_to(REPOSITORY).as_posix()


def _rules(path: str) -> Iterator[str]:
    tree = ast.parse((REPOSITORY / path).read_text("utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, ast.keyword) and node.arg == "rule":
            yield from _named(path, node.value)
        elif isinstance(node, ast.Call):
            for category, (place, calls) in _BUILT.items():
                if path.startswith(f"generator/{place}"):
                    yield from _in_parts(category, calls, node)


def _named(path: str, value: ast.expr) -> Iterator[str]:
    if isinstance(value, ast.IfExp):
        yield from _named(path, value.body)
        yield from _named(path, value.orelse)
    elif isinstance(value, ast.Constant):
        yield str(value.value)
    elif isinstance(value, ast.JoinedStr):
        prefix = value.values[0]
        if not (isinstance(prefix, ast.Constant) and str(prefix.value).rstrip("/") in _BUILT):
            raise ValueError(f"{path}:{value.lineno}: {ast.unparse(value)}")


def _in_parts(category: str, calls: dict[str, int], call: ast.Call) -> Iterator[str]:
    name = call.func.attr if isinstance(call.func, ast.Attribute) else ast.unparse(call.func)
    if name in calls and len(call.args) > calls[name]:
        part = call.args[calls[name]]
        if isinstance(part, ast.Constant):
            yield f"{category}/{part.value!s}"
