"""What lies in a published tree and the generator did not write, though Flux would apply it."""

from __future__ import annotations

import re

from generator.finding import Location
from generator.kustomization.model import KUSTOMIZATION, Tree

_NAME = r"[a-z0-9][a-z0-9-]*"
_PLACES = re.compile(
    rf"clusters/(?P<cluster>{_NAME})/(?:"
    r"(?:flux-system|platform)/[a-z-]+\.yaml"
    rf"|testnets/(?:_cluster|(?P<net>{_NAME}))\.yaml"
    rf"|nets/{_NAME}/(?:net\.lock\.yaml|join/(?:peers\.txt|daemon\.json|README\.md)"
    rf"|{_NAME}-[0-9]+/[a-z-]+\.yaml|drain-[0-9a-f]{{12}}/(?:kustomization|job)\.yaml))"
    rf"|overlays/[0-9a-f]{{12}}/(?:[A-Za-z0-9_-][A-Za-z0-9._-]*/)*[A-Za-z0-9_-][A-Za-z0-9._-]*"
)
# What is built because a kustomization names it; the directory `testnets` has none.
_LISTED = re.compile(r"clusters/[^/]+/(?:flux-system|platform|nets/[^/]+/[^/]+)/[^/]+\.yaml")
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
        elif _is_unused(tree, path):
            tree.report("hidden", Location(path), f"no {KUSTOMIZATION} refers to it", _AGAIN)
        if path.endswith(".yaml"):
            _look(tree, path)


def _is_unused(tree: Tree, path: str) -> bool:
    listed = _LISTED.fullmatch(path) is not None and "/join/" not in path
    return listed and not path.endswith(f"/{KUSTOMIZATION}") and path not in tree.resources


def _look(tree: Tree, path: str) -> None:
    """Look for what kustomize would take apart or repeat; the rest is compared byte by byte."""
    data = tree.data(path)
    for rule, signs, pattern, message in SOUGHT:
        for match in pattern.finditer(data) if any(sign in data for sign in signs) else ():
            at = Location(path, data.count(b"\n", 0, match.end()) + 1)
            tree.report(rule, at, message, "Run `testnet generate` again.")
