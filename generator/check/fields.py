"""Fields of objects that may hold anything: each as its type, or nothing and a complaint."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

# Says that the field of a path is no thing of the type that Kubernetes gives it.
Complain = Callable[[str], None]
# Nearly all are dictionaries, which is told faster.
MAPPING = (dict, Mapping)
# No number of Kubernetes is longer, and Python refuses to write out the longest ones.
LIMIT = 2**63


def read_field(value: object, field: str) -> object:
    """Return a field of a mapping; None of anything else."""
    return value.get(field) if isinstance(value, MAPPING) else None


def join(path: str, field: str) -> str:
    """Return the path of a field below another path."""
    return f"{path}.{field}" if path else field


def read_mapping(value: object, path: str, complain: Complain) -> Mapping[Any, Any]:
    """Return a mapping, an empty one for what is none."""
    if isinstance(value, MAPPING):
        return value
    if value is not None:
        complain(path)
    return {}


def read_entries(
    parent: Mapping[Any, Any], field: str, path: str, complain: Complain
) -> Iterable[tuple[str, Mapping[Any, Any]]]:
    """Return the entries of a list that are mappings, each with its path."""
    where = join(path, field)
    for index, entry in enumerate(read_list(parent, field, path, complain)):
        if isinstance(entry, MAPPING):
            name = entry.get("name")
            yield f"{where}[{name if isinstance(name, str) and name else index}]", entry
        else:
            complain(f"{where}[{index}]")


def read_list(parent: Mapping[Any, Any], field: str, path: str, complain: Complain) -> list[Any]:
    """Return a list, an empty one for what is none."""
    value = parent.get(field)
    if isinstance(value, list | tuple):
        return list(value)
    if value is not None:
        complain(join(path, field))
    return []


def read_boolean(
    parent: Mapping[Any, Any], field: str, path: str, complain: Complain
) -> bool | None:
    """Return true or false, None for what is neither."""
    value = parent.get(field)
    if value is None or isinstance(value, bool):
        return value
    complain(join(path, field))
    return None


def read_text(parent: Mapping[Any, Any], field: str, path: str, complain: Complain) -> str | None:
    """Return a text, None for what is none."""
    value = parent.get(field)
    if value is None or isinstance(value, str):
        return value
    complain(join(path, field))
    return None


def read_integer(
    parent: Mapping[Any, Any], field: str, path: str, complain: Complain
) -> int | None:
    """Return a whole number, None for what is none that Kubernetes could have."""
    value = parent.get(field)
    if value is None:
        return None
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) < LIMIT:
        return value
    complain(join(path, field))
    return None


def read_texts(parent: Mapping[Any, Any], field: str, path: str, complain: Complain) -> list[str]:
    """Return the texts of a list, each once and in order."""
    values = read_list(parent, field, path, complain)
    if not all(isinstance(value, str) for value in values):
        complain(join(path, field))
    return sorted({value for value in values if isinstance(value, str)})
