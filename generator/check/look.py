"""Looking at everything that would be applied: built where needed, remembered by content."""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from generator.build import build_outputs
from generator.check.cache import Cache
from generator.check.facts.unit import Unit
from generator.check.observe import Observed, PatchLibrary, Watcher
from generator.check.sources import Source, with_files
from generator.kustomization import check_kustomizations
from generator.kustomize import Kustomize
from generator.library import Library, read_pinned
from generator.rebuild import Progress, silent

# That files lie idle does no harm; for anything else, kustomize must not be run.
_HARMLESS = frozenset({"kustomize/hidden", "kustomize/patch"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Sight:
    """What looking takes: kustomize, the libraries by version, and what was seen before."""

    kustomize: Kustomize
    libraries: Mapping[str, Library]
    cache: Cache

    def watcher(self, version: str) -> Watcher:
        """Return what looks at overlays of one version of the library."""
        library = self.libraries.get(version)
        return Watcher(PatchLibrary(library.files if library else {}))


def look_at(
    sources: Sequence[Source], sight: Sight, tree: Path, progress: Progress = silent
) -> list[Unit]:
    """Return what is seen in each source, and in what is published in its place.

    `tree` is the published tree; only what differs there is looked at too.
    """
    found = {s.path: old for s in sources if (old := _published(s, tree)) is not None}
    before, sight = _safe(found, sight, tree)
    wanted = [*sources, *before.values()]
    seen = dict(zip(map(_key_of, wanted), _look(wanted, sight, progress), strict=True))
    return [
        Unit(
            path=source.path,
            cluster=source.cluster.name,
            net=source.net,
            owner=source.owner,
            parts=source.parts,
            version=source.version,
            seen=seen[_key_of(source)],
            before=seen[_key_of(before[source.path])] if source.path in before else None,
        )
        for source in sources
    ]


def _key_of(source: Source) -> tuple[str, int]:
    return source.path, id(source)


def _published(source: Source, tree: Path) -> Source | None:
    """Return a source as it is published; None where it is not, or is the same.

    Only the files that this program writes are read, and only for what is in them: nothing of
    the published tree is built that the library's own check has not passed.
    """
    files: dict[str, str] = {}
    for path in source.files:
        try:
            files[path] = (tree / path).read_text("utf-8")
        except (OSError, UnicodeDecodeError):
            return None
    return None if files == source.files else with_files(source, files)


def _safe(
    before: Mapping[str, Source], sight: Sight, tree: Path
) -> tuple[Mapping[str, Source], Sight]:
    """Return published sources, and a sight that has the libraries that they use.

    None are looked at where one would make kustomize do what no overlay may: `guard_tree` tells
    of it.
    """
    libraries = dict(sight.libraries)
    files: dict[str, str] = {}
    for source in before.values():
        if source.built:
            files |= source.files
            if source.version not in libraries:
                libraries[source.version] = read_pinned(tree, source.version)
            files |= libraries[source.version].published()
    findings = check_kustomizations(files, generated=True)
    if any(finding.rule not in _HARMLESS for finding in findings):
        return {}, sight
    return before, replace(sight, libraries=libraries)


def _look(sources: Sequence[Source], sight: Sight, progress: Progress) -> list[Observed]:
    """Return what is seen in sources, in their order."""
    found: dict[int, Observed] = {}
    keys = [_digest(source, sight) for source in sources]
    missing: list[int] = []
    for number, key in enumerate(keys):
        known = sight.cache.read(key)
        if known is not None:
            found[number] = known
        else:
            missing.append(number)
    for done, (number, seen) in enumerate(_fresh(sources, missing, sight), start=1):
        found[number] = seen
        sight.cache.write(keys[number], seen)
        progress("build", done, len(missing))
    return [found[number] for number in range(len(sources))]


def _digest(source: Source, sight: Sight) -> str:
    """Return the digest of everything that what is seen in a source follows from."""
    digest = hashlib.blake2b(digest_size=20)
    facts = (sight.kustomize.version, source.version, source.cluster.kubernetes, *source.parts)
    for text in (*facts, *(part for item in sorted(source.files.items()) for part in item)):
        digest.update(f"{len(text)}:".encode())
        digest.update(text.encode())
    return digest.hexdigest()


def _fresh(
    sources: Sequence[Source], numbers: Sequence[int], sight: Sight
) -> Iterator[tuple[int, Observed]]:
    """Build what has to be built, and look; in the order in which the builds are done."""
    watchers = {source.version: sight.watcher(source.version) for source in sources}
    with tempfile.TemporaryDirectory(prefix="testnet-") as staging:
        places: dict[str, int] = {}
        for number in numbers:
            source = sources[number]
            if not source.built:
                (text,) = source.files.values()
                yield number, watchers[""].look(text, minor=source.cluster.kubernetes)
                continue
            # A source and what is published in its place have one path: two bases are enough.
            base = "before" if f"now/{source.path}" in places else "now"
            _stage(source, Path(staging) / base, sight)
            places[f"{base}/{source.path}"] = number
        for path, output in build_outputs(sight.kustomize, list(places), Path(staging)):
            number = places[path]
            source = sources[number]
            watcher = watchers[source.version]
            minor = source.cluster.kubernetes
            yield number, watcher.look(output.decode(), minor=minor, parts=source.parts)


def _stage(source: Source, base: Path, sight: Sight) -> None:
    files = dict(source.files)
    if not (base / "overlays" / source.version).exists():
        files |= sight.libraries[source.version].published()
    for path, text in files.items():
        target = base / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, "utf-8")
