"""The fields of a kustomization: few, and each with one shape."""

from __future__ import annotations

from collections.abc import Iterator

from generator.finding import Location
from generator.kustomization.model import Tree, short
from generator.kustomization.reference import (
    is_remote,
    resolve_base,
    resolve_file,
    resolve_patch,
    without_key,
)
from generator.source import Mapping, Sequence, Value

PLUGINS = frozenset(
    {
        "generators",
        "helmChartInflationGenerator",
        "helmCharts",
        "helmGlobals",
        "transformers",
        "validators",
    }
)
_KINDS = {
    "Kustomization": "kustomize.config.k8s.io/v1beta1",
    "Component": "kustomize.config.k8s.io/v1alpha1",
}
_HEAD = frozenset({"apiVersion", "kind", "sortOptions"})
_GENERATED = _HEAD | {"resources", "components", "namespace"}
_GENERATORS = frozenset({"configMapGenerator", "generatorOptions"})
_LIBRARY = _HEAD | _GENERATORS | {"resources", "components", "patches", "labels"}
_ENTRIES = {
    "labels": frozenset({"pairs", "includeTemplates"}),
    "patches": frozenset({"path", "patch", "target"}),
    "configMapGenerator": frozenset({"name", "files", "options"}),
}
_WITHIN = {
    "target": frozenset(
        {"group", "version", "kind", "name", "namespace", "labelSelector", "annotationSelector"}
    ),
    "options": frozenset({"disableNameSuffixHash", "annotations", "labels", "immutable"}),
}
_SELECT = "Let the generator write it, or do it with a patch that selects by label."


def check_fields(tree: Tree, path: str, node: Mapping) -> list[str]:
    """Judge the fields of a kustomization, and return the directories that it includes."""
    library = path.startswith("overlays/")
    allowed = _LIBRARY if library else _GENERATED
    for key in node:
        if key in PLUGINS:
            at = node.key_at(key)
            tree.report("plugin", at, f'"{key}" runs a plugin', "Write the manifests out.")
        elif key not in allowed:
            tree.report("field", node.key_at(key), f'"{key}" is not used here', _SELECT)
        if key not in allowed:
            _find_remote(tree, node[key], node.value_at(key))
    _check_head(tree, path, node)
    for key, keys in _ENTRIES.items():
        for entry, at in _items(tree, node, key) if key in allowed else ():
            _check_entry(tree, entry, at, keys)
    bases = [
        resolve_base(tree, path, text, at)
        for key in ("resources", "components")
        for text, at in _items(tree, node, key)
    ]
    if library:
        _check_sources(tree, path, node)
    else:
        _check_generated(tree, path, node, bases)
    return [base for base in bases if base in tree.directories]


def patch_entries(node: Mapping) -> Iterator[tuple[Mapping, Location]]:
    """Yield the patches of a kustomization that have the shape of one."""
    patches = node.get("patches")
    if isinstance(patches, Sequence):
        for index, entry in enumerate(patches):
            if isinstance(entry, Mapping):
                yield entry, patches.item_at(index)


def _check_head(tree: Tree, path: str, node: Mapping) -> None:
    kind = node.get("kind")
    if not isinstance(kind, str) or kind not in _KINDS:
        at = node.value_at("kind") if "kind" in node else node.at
        tree.report(
            "field", at, "the kind is not stated", "Write kind: Kustomization or kind: Component."
        )
    elif node.get("apiVersion") != _KINDS[kind] or (kind == "Component" and _is_generated(path)):
        at = node.value_at("apiVersion") if "apiVersion" in node else node.at
        tree.report(
            "field", at, f"no apiVersion of a {kind} here", f"Write apiVersion: {_KINDS[kind]}."
        )
    if "sortOptions" in node and node["sortOptions"] != {"order": "fifo"}:
        at = node.key_at("sortOptions")
        tree.report("field", at, "the order is not that of Flux", "Write sortOptions: order: fifo.")


def _is_generated(path: str) -> bool:
    return path.startswith("clusters/")


def _items(tree: Tree, node: Mapping, key: str) -> Iterator[tuple[Value, Location]]:
    """Yield the items of a list, each with its place; a finding where it is none."""
    value = node.get(key)
    if isinstance(value, Sequence):
        for index, item in enumerate(value):
            yield item, value.item_at(index)
    elif key in node:
        tree.report("field", node.value_at(key), f'"{key}" is a list', "Write one item a line.")


def _check_entry(tree: Tree, entry: Value, at: Location, keys: frozenset[str]) -> None:
    if not isinstance(entry, Mapping):
        tree.report("field", at, "an entry has fields", "Write them as `field: value`.")
        return
    for key, value in entry.items():
        inner = _WITHIN.get(key)
        if key == "options" and "path" in keys:
            tree.report(
                "patch",
                entry.key_at(key),
                "the options of a patch let it change names and kinds",
                "Remove them, and write objects with the name and kind that they have.",
            )
        elif key not in keys:
            _find_remote(tree, value, entry.value_at(key))
            tree.report("field", entry.key_at(key), f'"{key}" is not used here', _SELECT)
        elif inner is not None:
            _check_entry(tree, value, entry.value_at(key), inner)


def _check_sources(tree: Tree, path: str, node: Mapping) -> None:
    """Judge which files the patches and the ConfigMaps of a library are made of."""
    for entry, at in patch_entries(node):
        if "path" in entry:
            resolve_patch(tree, path, entry["path"], entry.value_at("path"))
        elif not isinstance(entry.get("patch"), str):
            tree.report("field", at, "the patch has no text", "Write its file as `path:`.")
    for generator, _ in _items(tree, node, "configMapGenerator"):
        for text, at in _items(tree, generator, "files") if isinstance(generator, Mapping) else ():
            resolve_file(tree, path, without_key(text), at)
    for labels, _ in _items(tree, node, "labels"):
        pairs = labels.get("pairs") if isinstance(labels, Mapping) else None
        if isinstance(pairs, Mapping):
            _check_pairs(tree, pairs)
    if "generatorOptions" in node:
        at = node.value_at("generatorOptions")
        _check_entry(tree, node["generatorOptions"], at, _WITHIN["options"])


def _check_pairs(tree: Tree, pairs: Mapping) -> None:
    """Refuse labels that say what a daemon is: components, network and rules choose by them."""
    for name in pairs:
        if name.startswith("testnet/"):
            tree.report("field", pairs.key_at(name), f'"{short(name)}" is a daemon\'s own', _SELECT)


def _check_generated(tree: Tree, path: str, node: Mapping, bases: list[str]) -> None:
    """Compare with what `testnet generate` writes: one namespace, one version of the library."""
    parts = path.split("/")
    net = f"net-{parts[3]}" if parts[2:3] == ["nets"] else None
    if "namespace" in node and node["namespace"] != net:
        tree.report(
            "field",
            node.value_at("namespace"),
            f'the namespace is not "{net or "its own"}"',
            "Run `testnet generate` again.",
        )
    versions = {base.split("/")[1] for base in bases if base.startswith("overlays/")}
    if len(versions) > 1:
        tree.report(
            "path",
            node.at,
            f"parts of several versions of the library: {', '.join(sorted(versions))}",
            "Run `testnet generate` again.",
        )


def _find_remote(tree: Tree, value: Value, at: Location) -> None:
    """Find what is remote in a field that is refused anyway: that it is says more."""
    pending: list[tuple[Value, Location]] = [(value, at)]
    while pending:
        value, at = pending.pop()
        if isinstance(value, Mapping):
            pending.extend((value[key], value.value_at(key)) for key in value)
        elif isinstance(value, Sequence):
            pending.extend((item, value.item_at(index)) for index, item in enumerate(value))
        elif isinstance(value, str) and "\n" not in value and is_remote(value):
            tree.report(
                "remote",
                at,
                f'"{short(value)}" may be fetched from elsewhere',
                "Copy what it gives into the library, and refer to the copy.",
            )
