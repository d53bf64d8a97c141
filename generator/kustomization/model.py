"""What all rules about kustomizations share: the tree that is judged, and how they report."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, replace

from generator.finding import Finding, Location
from generator.source import Mapping as Node

KUSTOMIZATION = "kustomization.yaml"
LIBRARY = "overlays"
# What a library is made of; anything else, such as an editor's backup, is left behind.
SUFFIXES = (".yaml", ".sh", ".py")

_WHY = {
    "remote": "What is fetched can change without any commit here, and fetching it runs programs.",
    "path": "What is outside of the tree is not what was reviewed, and may be a secret.",
    "plugin": "A plugin is a program, with all that its user may do.",
    "field": "Every field that is allowed is one that the checks understand.",
    "name": "kustomize takes any of three names and Flux removes none: one name leaves no doubt.",
    "patch": "What a patch removes or renames, the checks and Flux no longer find.",
    "cycle": "A build of it never ends.",
    "hidden": "Flux would apply what nobody has looked at.",
    "syntax": "A file must mean the same to every program that reads it.",
    "link": "A link may lead out of the tree, to what was never reviewed.",
}


@dataclass(slots=True)
class Tree:
    """The files that are judged, by path, and what was found and reached so far.

    `generated` is for a published tree: a library of some version below `overlays/<version>`,
    and below `clusters/` what the generator writes. `judged` begins paths that were judged.
    """

    files: Mapping[str, bytes | str]
    generated: bool
    judged: tuple[str, ...] = ()
    kustomizations: dict[str, Node] = field(default_factory=dict)  # by directory
    resources: set[str] = field(default_factory=set)  # files that kustomizations list as such
    patches: set[str] = field(default_factory=set)
    findings: list[Finding] = field(default_factory=list)
    directories: AbstractSet[str] = field(default_factory=frozenset)

    def report(self, rule: str, at: Location, message: str, remediation: str) -> None:
        """Keep a finding."""
        self.findings.append(
            Finding(
                rule=f"kustomize/{rule}",
                message=message,
                at=at,
                remediation=remediation,
                why=_WHY[rule],
                subject=at.path,
            )
        )

    def refuse(self, path: str, findings: Iterable[Finding]) -> None:
        """Keep what the reader of YAML found in a file."""
        self.findings += [
            replace(
                finding,
                rule="kustomize/syntax",
                subject=path,
                why=finding.why or _WHY["syntax"],
            )
            for finding in findings
        ]

    def data(self, path: str) -> bytes:
        """Return the bytes of a file."""
        content = self.files[path]
        return content.encode("utf-8", "surrogatepass") if isinstance(content, str) else content

    def is_judged(self, path: str) -> bool:
        """Say whether a file was judged before."""
        return path.startswith(self.judged)

    def home(self, path: str) -> str:
        """Return the directory that what is at `path` may not leave: its library, or its own."""
        if path.startswith(f"{LIBRARY}/"):
            return "/".join(path.split("/")[:2]) if self.generated else LIBRARY
        return path.rpartition("/")[0]


def short(text: str) -> str:
    """Return text on one line and cut, for a message."""
    return " ".join(text[:60].split()) + ("..." if len(text) > 60 else "")  # noqa: PLR2004
