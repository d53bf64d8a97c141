"""The manifests and patches of a library: no lists of objects, no functions, nothing taken away."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace

from generator.finding import Location
from generator.kustomization.fields import patch_entries
from generator.kustomization.model import Tree, short
from generator.source import Mapping, Part, Sequence, Value, parse_stream

_FUNCTION = re.compile(r"config\.(?:kubernetes|k8s)\.io(?:/|~1)(?:function|local-config)")
# What identifies an object: no patch may set it to another value.
_IDENTITY = frozenset({"/apiVersion", "/kind", "/metadata/name", "/metadata/namespace"})
# What keeps a producer one and its keys safe: a patch may say more of it, and never less.
_GUARDED = re.compile(
    r"|/metadata(?:/labels(?:/testnet~1.*)?)?|/spec|/spec/template|/spec/template/spec"
    r"|/spec/(?:replicas|selector|serviceName|podManagementPolicy|updateStrategy"
    r"|volumeClaimTemplates|persistentVolumeClaimRetentionPolicy)(?:/.*)?"
    r"|/spec/template/metadata(?:/labels(?:/testnet~1.*)?)?"
    r"|/spec/template/spec/(?:terminationGracePeriodSeconds|securityContext(?:/.*)?"
    r"|automountServiceAccountToken|serviceAccountName|restartPolicy|containers|initContainers)"
    r"|/spec/template/spec/(?:containers|initContainers)/(?:-?[0-9]+|-)"
    r"(?:/(?:name|image|command|args|resources|securityContext|lifecycle"
    r"|livenessProbe|readinessProbe|startupProbe)(?:/.*)?)?"
)
# What a daemon is known by: components, network policies and rules choose by it.
_KNOWN_BY = re.compile(
    r"/(?:spec/template/)?metadata/labels/testnet~1(?:net|role|group|daemon|key|address|phase)"
)
_WHOLE = frozenset(
    {
        "",
        "/metadata",
        "/metadata/labels",
        "/spec",
        "/spec/template",
        "/spec/template/metadata",
        "/spec/template/metadata/labels",
        "/spec/template/spec",
        "/spec/template/spec/containers",
    }
)
_REMOVAL = "Leave the field as it is, or give it another value with `op: replace`."


def check_manifests(tree: Tree) -> None:
    """Judge every YAML file of a library that is no kustomization."""
    for path in sorted(tree.files):
        directory, _, name = path.rpartition("/")
        if not path.startswith("overlays/") or not name.endswith(".yaml"):
            continue
        # What a listing of the tree names is no patch of the library any more.
        if tree.is_judged(path) and path not in tree.resources:
            continue
        if name == "kustomization.yaml":
            _check_inline(tree, tree.kustomizations.get(directory))
            continue
        for part in read_parts(tree, path):
            _check_function(tree, part)
            # A list that nobody refers to is a patch that its author forgot to list.
            used = path in tree.patches or path in tree.resources
            if path in tree.patches or (not used and isinstance(part.value, Sequence)):
                _check_patch(tree, part)
            if path in tree.resources or (not used and not isinstance(part.value, Sequence)):
                _check_object(tree, part)


def read_parts(tree: Tree, path: str) -> tuple[Part, ...]:
    """Return the documents of a file; none where it is not what people may write."""
    parts, findings = parse_stream(path, tree.data(path))
    tree.refuse(path, findings)
    return parts


def _check_inline(tree: Tree, node: Mapping | None) -> None:
    """Judge patches within a kustomization: their lines are those of one text, at one place."""
    for entry, _ in patch_entries(node) if node is not None else ():
        text = entry.get("patch")
        if not isinstance(text, str):
            continue
        at = entry.value_at("patch")
        inner = Tree(files={at.path: text}, generated=tree.generated)
        for part in read_parts(inner, at.path):
            _check_function(inner, part)
            _check_patch(inner, part)
        tree.findings.extend(replace(finding, at=at, related=()) for finding in inner.findings)


def _check_object(tree: Tree, part: Part) -> None:
    value = part.value
    if not isinstance(value, Mapping):
        tree.report("syntax", part.at, "no object of Kubernetes", "Write its fields.")
        return
    kind = value.get("kind")
    if isinstance(kind, str) and kind.endswith("List"):
        tree.report(
            "hidden",
            value.value_at("kind"),
            f'"{short(kind)}" holds objects within an object',
            "Write each object as a document of its own.",
        )


def _check_function(tree: Tree, part: Part) -> None:
    for key, value, at in _walk(part.value, part.at):
        if _FUNCTION.search(key) or (isinstance(value, str) and _FUNCTION.search(value)):
            tree.report(
                "plugin", at, "the annotation runs a function", "Remove it, and write the result."
            )


def _walk(value: Value, at: Location) -> Iterator[tuple[str, Value, Location]]:
    """Yield every value with its key, empty for an item of a list, and its place."""
    pending: list[tuple[str, Value, Location]] = [("", value, at)]
    while pending:
        key, value, at = pending.pop()
        yield key, value, at
        if isinstance(value, Mapping):
            pending.extend((key, value[key], value.key_at(key)) for key in value)
        elif isinstance(value, Sequence):
            pending.extend(("", item, value.item_at(index)) for index, item in enumerate(value))


def _check_patch(tree: Tree, part: Part) -> None:
    if isinstance(part.value, Sequence):
        for index, operation in enumerate(part.value):
            _check_operation(tree, operation, part.value.item_at(index))
    elif isinstance(part.value, Mapping):
        _check_merge(tree, part.value)
    else:
        tree.report("syntax", part.at, "no patch", "Write fields, or a list of operations.")


def _check_operation(tree: Tree, operation: Value, at: Location) -> None:
    """Judge one operation of JSON Patch."""
    if not isinstance(operation, Mapping):
        tree.report("syntax", at, "no operation", "Write op, path and value.")
        return
    op = str(operation.get("op", ""))
    if op == "test":
        return
    targets = [str(operation.get("path", ""))]
    if op == "copy" or (op in {"add", "replace"} and operation.get("value") is not None):
        _check_label(tree, targets[0], at)
    if op in {"move", "copy"}:
        targets.append(str(operation.get("from", "")))
    takes = op in {"remove", "move"} or operation.get("value") is None
    for target in targets:
        _check_target(tree, target, at, op=op, takes=takes and op != "copy")


def _check_target(tree: Tree, target: str, at: Location, *, op: str, takes: bool) -> None:
    if target in _IDENTITY:
        tree.report(
            "patch",
            at,
            f'the patch changes "{target}", by which the object is known',
            "Leave names, namespaces and kinds to the generator.",
        )
    elif takes and _GUARDED.fullmatch(target):
        tree.report(
            "patch", at, f'the patch takes "{short(target) or "/"}" away by "{short(op)}"', _REMOVAL
        )
    elif not takes and target in _WHOLE:
        tree.report("patch", at, f'the patch replaces all of "{target or "/"}"', _REMOVAL)


def _check_label(tree: Tree, target: str, at: Location) -> None:
    if _KNOWN_BY.fullmatch(target):
        tree.report(
            "patch",
            at,
            f'the patch changes the label "{target}", by which the daemon is known',
            "Leave labels that start with testnet/ to the generator.",
        )


def _check_merge(tree: Tree, patch: Mapping) -> None:
    """Judge a strategic merge patch: directives and nulls take fields away."""
    pending: list[tuple[str, Value]] = [("", patch)]
    while pending:
        prefix, value = pending.pop()
        if isinstance(value, Sequence):
            pending.extend((f"{prefix}/{index}", item) for index, item in enumerate(value))
        elif isinstance(value, Mapping):
            _check_directives(tree, value)
            for key, inner in value.items():
                target = f"{prefix}/{key.replace('/', '~1')}"
                pending.append((target, inner))
                if inner is not None:
                    _check_label(tree, target, value.value_at(key))
            _check_nulls(tree, prefix, value)


def _check_directives(tree: Tree, value: Mapping) -> None:
    for key in value:
        if key.startswith("$"):
            tree.report(
                "patch",
                value.key_at(key),
                f'"{short(key)}: {short(str(value[key]))}" takes away what was written elsewhere',
                "Remove one field with `op: test` and `op: remove`, in a list of operations.",
            )


def _check_nulls(tree: Tree, prefix: str, value: Mapping) -> None:
    for key in _nulls(value):
        target = f"{prefix}/{key.replace('/', '~1')}"
        if _GUARDED.fullmatch(target) or target in _IDENTITY:
            at = value.value_at(key)
            tree.report("patch", at, f'the patch takes "{short(target)}" away by null', _REMOVAL)


def _nulls(value: Mapping) -> Iterable[str]:
    return (key for key, inner in value.items() if inner is None)
