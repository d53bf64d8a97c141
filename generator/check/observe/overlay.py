"""One overlay: the text that kustomize built, to everything that is seen in it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import ryaml

from generator.check.leaks import find_leaks
from generator.check.observe.isolation import see_isolation
from generator.check.observe.model import Object, Observed, labels_of, mapping, nothing
from generator.check.observe.objects import (
    BY_KIND,
    object_name,
    see_annotations,
    see_fixed,
)
from generator.check.observe.patches import PatchLibrary, match_patches
from generator.check.observe.peers import resolve_targets
from generator.check.observe.rights import see_rights
from generator.check.observe.selected import see_selected
from generator.check.observe.workload import ROLE
from generator.check.validate import validate_objects
from generator.errors import ToolError


@dataclass(frozen=True, slots=True)
class Watcher:
    """What is needed to look at overlays of one library: its patches."""

    patches: PatchLibrary

    def look(self, text: str, *, minor: str, parts: Sequence[str] = ()) -> Observed:
        """Return what is seen in the objects of a text.

        `minor` is the Kubernetes minor of the cluster, `parts` are the directories of the
        library that the overlay uses.

        Raises:
            ToolError: when the text is no stream of objects.
        """
        objects = parse_objects(text)
        seen = nothing()
        seen["size"] = len(text.encode())
        seen["substitutions"] = text.count("${")
        kinds: dict[tuple[str, str, str], str] = {}
        for item in objects:
            name = _see(item, seen)
            namespace, kind, _ = name.split("/")
            kinds.setdefault((_group(item), kind, namespace), name)
        seen["kinds"] = [[*key, name] for key, name in kinds.items()]
        seen["patches"] = match_patches(self.patches, parts, objects)
        seen["faults"] = [
            {"object": seen["objects"][fault.index], "field": fault.field, "message": fault.message}
            for fault in validate_objects(objects, minor)
        ]
        _see_leaks(text, seen)
        resolve_targets(objects, seen)
        see_selected(objects, seen)
        _keep_labels(objects, seen)
        return seen


def parse_objects(text: str) -> list[Object]:
    """Return the objects of a stream of documents; a List counts as what it holds.

    Raises:
        ToolError: when the text is no such stream.
    """
    try:
        documents = list(ryaml.loads_all(text) or ())  # None of a text without any
    except ValueError as error:
        message = f"kustomize built what is no YAML: {error}"
        raise ToolError(message) from error
    objects: list[Object] = []
    for document in documents:
        item = mapping(document)
        if str(item.get("kind", "")).endswith("List") and isinstance(item.get("items"), list):
            objects.extend(mapping(entry) for entry in item["items"])
        elif item:
            objects.append(item)
    return objects


def _group(item: Object) -> str:
    group, slash, _ = str(item.get("apiVersion", "")).partition("/")
    return group if slash else ""


def _see(item: Object, seen: Observed) -> str:
    name = object_name(item)
    kind = str(item.get("kind", ""))
    seen["objects"].append(name)
    if look := BY_KIND.get(kind):
        look(name, item, seen)
    see_rights(name, item, seen)
    see_isolation(name, item, seen)
    if fixed := see_fixed(kind, item):
        seen["fixed"][name] = fixed
    see_annotations(name, str(labels_of(item).get(ROLE, "")), item, seen)
    return name


def _see_leaks(text: str, seen: Observed) -> None:
    """See what looks like a secret, and in which object it stands."""
    for leak in find_leaks(text):
        # Documents are told apart by lines of three dashes; the leak's line is in one of them.
        before = text.split("\n", leak.line)[: leak.line]
        index = sum(line == "---" for line in before)
        name = seen["objects"][index] if index < len(seen["objects"]) else ""
        seen["leaks"].append({"object": name, "kind": leak.said, "digest": leak.digest})


def _keep_labels(objects: Sequence[Object], seen: Observed) -> None:
    """Keep the labels of objects that findings may speak of: a component is found by them."""
    wanted = {row["object"] for row in (*seen["faults"], *seen["annotations"], *seen["exposed"])}
    wanted |= {row["object"] for row in (*seen["secrets"], *seen["autoscalers"])}
    wanted |= seen["workloads"].keys() | seen["services"].keys() | seen["claims"].keys()
    for item, name in zip(objects, seen["objects"], strict=True):
        if name in wanted:
            seen["labels"][name] = {str(k): str(v) for k, v in labels_of(item).items()}
