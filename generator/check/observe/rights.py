"""What is seen in roles, bindings and namespaces: who may do what, and what guards it."""

from __future__ import annotations

from generator.check.observe.model import Object, Observed, entries, mapping, words

_ENFORCE = "pod-security.kubernetes.io/enforce"
_PRUNE = "kustomize.toolkit.fluxcd.io/prune"


def see_rights(name: str, item: Object, seen: Observed) -> None:
    """See what an object says about rights; nothing in most of them."""
    kind = name.split("/")[1]
    if kind in ("Role", "ClusterRole"):
        _see_rules(name, item, seen)
    elif kind in ("RoleBinding", "ClusterRoleBinding"):
        _see_subjects(name, item, seen)
    elif kind == "Namespace":
        _see_namespace(name, item, seen)


def _see_rules(name: str, item: Object, seen: Observed) -> None:
    for index, rule in enumerate(entries(item.get("rules"))):
        seen["rights"].append(
            {
                "object": name,
                "field": f"rules[{index}]",
                "aggregated": False,
                "apis": words(rule.get("apiGroups")),
                # Paths such as /metrics are granted as resources are.
                "resources": words(rule.get("resources")) + words(rule.get("nonResourceURLs")),
                "verbs": words(rule.get("verbs")),
            }
        )
    if item.get("aggregationRule") is not None:
        row = {"object": name, "field": "aggregationRule", "aggregated": True}
        seen["rights"].append(row | {"apis": [], "resources": [], "verbs": []})


def _see_subjects(name: str, item: Object, seen: Observed) -> None:
    """See every subject of a binding, with the object that its role would be."""
    namespace = name.partition("/")[0]
    role = mapping(item.get("roleRef"))
    kind = str(role.get("kind", ""))
    inside = "" if kind == "ClusterRole" else namespace
    for index, subject in enumerate(entries(item.get("subjects"))):
        place = str(subject.get("namespace", namespace))
        seen["subjects"].append(
            {
                "object": name,
                "field": f"subjects[{index}]",
                "role": f"{inside}/{kind}/{role.get('name', '')}",
                "subject": f"{place}/{subject.get('kind', '')}/{subject.get('name', '')}",
            }
        )


def _see_namespace(name: str, item: Object, seen: Observed) -> None:
    metadata = mapping(item.get("metadata"))
    seen["namespaces"].append(
        {
            "object": name,
            "enforce": str(mapping(metadata.get("labels")).get(_ENFORCE, "")),
            "prune": str(mapping(metadata.get("annotations")).get(_PRUNE, "")),
        }
    )
