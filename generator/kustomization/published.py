"""What lies in a published tree and the generator did not write, though Flux would apply it."""

from __future__ import annotations

import re

from generator.finding import Location
from generator.kustomization.manifest import read_parts
from generator.kustomization.model import KUSTOMIZATION, Tree, short
from generator.source import Mapping

_NAME = r"[a-z0-9][a-z0-9-]*"
_PLACES = re.compile(
    rf"clusters/(?P<cluster>{_NAME})/(?:"
    r"(?:flux-system/(?:kustomization|kustomizations|source)|platform/(?:kustomization|platform))"
    r"\.yaml"
    rf"|testnets/(?:_cluster|(?P<net>{_NAME}))\.yaml"
    rf"|nets/{_NAME}/(?:net\.lock\.yaml|join/(?:peers\.txt|daemon\.json|README\.md)"
    rf"|{_NAME}-[0-9]+/[a-z-]+\.yaml|drain-[0-9a-f]{{12}}/(?:kustomization|job)\.yaml))"
    rf"|overlays/[0-9a-f]{{12}}/(?:[A-Za-z0-9_-][A-Za-z0-9._-]*/)*[A-Za-z0-9_-][A-Za-z0-9._-]*"
)
# What is built because a kustomization names it; the directory `testnets` has none.
_LISTED = re.compile(r"clusters/[^/]+/(?:flux-system|platform|nets/[^/]+/[^/]+)/[^/]+\.yaml")
# What all nets of a cluster share, by the place below the cluster: the kinds of its objects.
KINDS = {
    "flux-system/kustomizations.yaml": {"Kustomization"},
    "flux-system/source.yaml": {"GitRepository"},
    "platform/platform.yaml": {"GitRepository", "Provider"},
    "testnets/_cluster.yaml": {"ConfigMap"},
}
# The emitter writes none of these; a quoted or literal text may hold what looks like one.
_FOREIGN = re.compile(rb"^ *(?:- )*(?:[A-Za-z0-9_./-]+: )?(?:[&*!][A-Za-z0-9!]|<<:)", re.MULTILINE)
_LIST = re.compile(rb"^[ {-]*[\"']?kind[\"']? *: *[\"']?[A-Za-z]*List\b", re.MULTILINE)
# Rule, signs, pattern, message. Where no sign is, which is found much faster, no pattern matches.
SOUGHT = (
    ("syntax", (b"&", b"*", b"!", b"<<:"), _FOREIGN, "an anchor, an alias, a tag or a merge key"),
    ("hidden", (b"List",), _LIST, "a list of objects within an object"),
)
_AGAIN = "Remove it, and run `testnet generate` again."


def check_published(tree: Tree) -> None:
    """Judge which files there are under `clusters/` and `overlays/`, and look into manifests."""
    refused = {finding.at.path for finding in tree.findings}
    for path in sorted(tree.files):
        match = _PLACES.fullmatch(path)
        if match is None:
            tree.report("hidden", Location(path), "the generator writes no such file", _AGAIN)
            continue
        if not path.startswith("clusters/"):
            continue
        net, cluster = match["net"], match["cluster"]
        if net and f"clusters/{cluster}/nets/{net}/net.lock.yaml" not in tree.files:
            tree.report("hidden", Location(path), f'there is no net "{net}" here', _AGAIN)
        elif _is_unused(tree, path) and _listing(path) not in refused:
            tree.report("hidden", Location(path), f"no {KUSTOMIZATION} refers to it", _AGAIN)
        if path.endswith(".yaml"):
            _look(tree, path)
        _check_kinds(tree, path)


def _listing(path: str) -> str:
    """Return the kustomization beside a file; of a refused one, nobody knows what it names."""
    return f"{path.rpartition('/')[0]}/{KUSTOMIZATION}"


def _is_unused(tree: Tree, path: str) -> bool:
    listed = _LISTED.fullmatch(path) is not None and "/join/" not in path
    return listed and not path.endswith(f"/{KUSTOMIZATION}") and path not in tree.resources


def _check_kinds(tree: Tree, path: str) -> None:
    """Refuse objects of kinds that are in no such file; no digest is of them."""
    kinds = KINDS.get(path.split("/", 2)[2])
    for part in read_parts(tree, path) if kinds else ():
        kind = part.value.get("kind") if isinstance(part.value, Mapping) else None
        if not isinstance(kind, str) or kind not in (kinds or ()):
            what = f'"{short(kind)}"' if isinstance(kind, str) else "object without a kind"
            message = f"the generator writes no {what} in this file"
            tree.report("hidden", part.at, message, _AGAIN)


def _look(tree: Tree, path: str) -> None:
    """Look for what kustomize would take apart or repeat; the rest is compared byte by byte."""
    data = tree.data(path)
    for rule, signs, pattern, message in SOUGHT:
        for match in pattern.finditer(data) if any(sign in data for sign in signs) else ():
            at = Location(path, data.count(b"\n", 0, match.end()) + 1)
            tree.report(rule, at, message, "Run `testnet generate` again.")
