"""Which source `--evidence` names."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from generator.evidence.source import NoSource, Source

NONE = "none"
KUBERNETES = "kubernetes"
STATUSES = "github"


def open_source(  # noqa: PLR0913 - each source needs other facts
    text: str,
    *,
    at: str,
    who: str,
    url: str = "",
    branch: str = "environments",
    flux_identity: Sequence[str] = (),
    contexts: Mapping[str, str] | None = None,
    seconds: float = 30.0,
) -> Source:
    """Return the source that `text` names: kubernetes, github, none, or else a file.

    `at` (RFC 3339) and `who` go into the evidence that this program sees itself. `url` and
    `branch` are of the environments repository, `flux_identity` holds the logins that post its
    commit statuses, `contexts` the context of the kubeconfig by cluster where it is not named
    like it, `seconds` is what one cluster may take.

    Raises:
        UsageError: when the source cannot be used at all: no such file, no token.
    """
    if text == NONE:
        return NoSource()
    if text == KUBERNETES:
        from generator.evidence.clusters import ClusterSource  # noqa: PLC0415 - as it is wanted

        return ClusterSource(
            at=at, who=who, branch=branch, contexts=contexts or {}, seconds=seconds
        )
    if text == STATUSES:
        from generator.evidence.statuses import open_statuses  # noqa: PLC0415

        return open_statuses(url, flux_identity)
    from generator.evidence.file import open_file  # noqa: PLC0415

    return open_file(Path(text), branch=branch)
