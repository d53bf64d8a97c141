"""Looking at everything that would be applied: built where needed, remembered by content."""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from generator.build import build_outputs
from generator.cache import Cache
from generator.check.facts.unit import Unit
from generator.check.observe import Observed, PatchLibrary, Watcher, nothing
from generator.check.plain import read_plain
from generator.check.sources import Source, check_parts, with_files
from generator.errors import InvalidInput, ToolError, UsageError
from generator.finding import Finding, Location
from generator.kustomization import check_kustomizations
from generator.kustomize import Kustomize
from generator.library import Library, read_pinned
from generator.rebuild import Progress, silent

# That files lie idle does no harm; for anything else, kustomize must not be run.
_HARMLESS = frozenset({"kustomize/hidden", "kustomize/patch"})
# Where overlays are built: as they are rendered now, and as they are published.
_NOW, _BEFORE = "now", "before"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sight:
    """What looking takes: kustomize, the libraries by version, and what was seen before.

    `meanwhile` is called while the first overlays are built, where any are.
    """

    kustomize: Kustomize
    libraries: Mapping[str, Library]
    cache: Cache
    meanwhile: Callable[[], object] = lambda: None

    def watcher(self, version: str) -> Watcher:
        """Return what looks at overlays of one version of the library."""
        library = self.libraries.get(version)
        return Watcher(PatchLibrary(library.files if library else {}))


def look_at(
    sources: Sequence[Source], sight: Sight, tree: Path, progress: Progress = silent
) -> tuple[list[Unit], list[Finding]]:
    """Return what is seen in each source, and in what is published in its place.

    `tree` is the published tree; only what differs there is looked at too. What cannot be built
    of it is among the findings, at paths below `tree`, and compared with nothing.

    Raises:
        InvalidInput: when the library has not all the parts that overlays are made of.
        ToolError: when what would be applied does not build for another reason.
    """
    found = {s.path: old for s in sources if (old := _published(s, tree)) is not None}
    before, reasons, sight = _safe(found, sight, tree)
    try:
        seen, earlier = _look(sources, list(before.values()), sight, progress)
    except ToolError:
        check_parts(sources, sight.libraries)
        raise
    known = reasons | dict(zip(before, earlier, strict=True))
    units: list[Unit] = []
    refused: list[Finding] = []
    for source, now in zip(sources, seen, strict=True):
        was = known.get(source.path)
        if isinstance(was, str):
            refused.append(_refusal(source, found[source.path], was))
            was = None
        unit = Unit(
            path=source.path,
            cluster=source.cluster.name,
            net=source.net,
            owner=source.owner,
            parts=source.parts,
            version=source.version,
            seen=now,
            before=was,
        )
        units.append(unit)
    return units, refused


def _refusal(source: Source, old: Source, reason: str) -> Finding:
    """Tell what of the published tree cannot be built, at the first file that was changed."""
    changed = [path for path in old.files if old.files[path] != source.files[path]]
    return Finding(
        rule="kustomize/build",
        message=f'"{source.path}" does not build as it is published: {reason}',
        at=Location(changed[0]),
        remediation="Run `testnet generate` again: nobody else writes there.",
        subject=source.path,
    )


def _published(source: Source, tree: Path) -> Source | None:
    """Return a source as it is published; None where it is not, or is the same.

    Only the files that this program writes are read, and only for what is in them: nothing of
    the published tree is built that the library's own check has not passed.
    """
    files: dict[str, str] = {}
    for path in source.files:
        content = read_plain(tree, path)
        if content is None:
            return None
        try:
            files[path] = content.decode()
        except UnicodeDecodeError:
            return None
    return None if files == source.files else with_files(source, files)


def _safe(
    before: Mapping[str, Source], sight: Sight, tree: Path
) -> tuple[dict[str, Source], dict[str, Observed | str], Sight]:
    """Return published sources, why others cannot be built, and a sight with their libraries.

    None are looked at where one would make kustomize do what no overlay may: `Guard` tells
    of it.
    """
    libraries = dict(sight.libraries)
    files: dict[str, str] = {}
    judged: set[str] = set()  # when they were read
    kept: dict[str, Source] = {}
    lost: dict[str, Observed | str] = {}
    for path, source in before.items():
        if source.built:
            library = libraries.get(source.version) or _pinned(tree, source.version)
            if library is None:
                lost[path] = f'the version "{source.version}" of the library is not as it was'
                continue
            libraries[source.version] = library
            files |= source.files
            if library.directory not in judged:
                files |= library.published()
                judged.add(library.directory)
        kept[path] = source
    findings = check_kustomizations(files, generated=True, judged=judged)
    if any(finding.rule not in _HARMLESS for finding in findings):
        return {}, {}, sight
    return kept, lost, replace(sight, libraries=libraries)


def _pinned(tree: Path, version: str) -> Library | None:
    try:
        return read_pinned(tree, version) if version else None
    except (UsageError, InvalidInput):
        return None


def _look(
    sources: Sequence[Source], before: Sequence[Source], sight: Sight, progress: Progress
) -> tuple[list[Observed], list[Observed | str]]:
    """Return what is seen in sources and in published ones, in their order.

    Of a published one that does not build, it is the reason.
    """
    found: dict[int, Observed] = {}
    refused: dict[int, str] = {}
    wanted = [*sources, *before]
    keys = [_digest(source, sight) for source in wanted]
    missing: list[int] = []
    for number, key in enumerate(keys):
        known = read_seen(sight.cache, key)
        if known is not None:
            found[number] = known
        else:
            missing.append(number)
    # The longest builds first: no processor is left without one while the last of them is built.
    missing.sort(key=lambda number: (-wanted[number].size, number))
    fresh = _fresh(wanted, missing, sight, now=len(sources))
    for done, (number, seen) in enumerate(fresh, start=1):
        if isinstance(seen, str):
            refused[number] = seen
        else:
            found[number] = seen
            sight.cache.write_json(keys[number], seen)
        progress("build", done, len(missing))
    earlier = range(len(sources), len(wanted))
    return [found[number] for number in range(len(sources))], [
        refused[number] if number in refused else found[number] for number in earlier
    ]


def read_seen(cache: Cache, key: str) -> Observed | None:
    """Return what was seen before, kept under a key; None where nothing is, or not of its shape."""
    content = cache.read_json(key)
    shape = {name: type(value) for name, value in nothing().items()}
    if isinstance(content, dict) and {n: type(v) for n, v in content.items()} == shape:
        return content  # type: ignore[return-value] # written by `_look` alone
    return None


def _digest(source: Source, sight: Sight) -> str:
    """Return the digest of everything that what is seen in a source follows from."""
    digest = hashlib.blake2b(digest_size=20)
    facts = (sight.kustomize.version, source.version, source.cluster.kubernetes, *source.parts)
    for text in (*facts, *(part for item in sorted(source.files.items()) for part in item)):
        digest.update(f"{len(text)}:".encode())
        digest.update(text.encode())
    return digest.hexdigest()


@dataclass(frozen=True, kw_only=True)
class _Lenient(Kustomize):
    """Another kustomize, but what is published may fail to build: its `refused` says why."""

    other: Kustomize
    refused: dict[str, str] = field(default_factory=dict)

    @contextmanager
    def serving(self, *, begin: int = 0) -> Iterator[Kustomize]:
        """Yield one that builds as the other does when it is serving."""
        with self.other.serving(begin=begin) as other:
            yield replace(self, other=other)

    def build(self, directory: Path, *, root: Path) -> bytes:
        """Return what the other prints; nothing for what is published and does not build."""
        try:
            return self.other.build(directory, root=root)
        except ToolError as error:
            if directory.parts[0] != _BEFORE:
                raise
            # The same in every run: neither the program's place nor that of its files.
            command = " ".join([*self.command, directory.as_posix()])
            said = str(error).removeprefix(f"{command}: ")
            self.refused[directory.as_posix()] = said.replace(f"{root}/{_BEFORE}/", "")
            return b""


def _fresh(
    sources: Sequence[Source], numbers: Sequence[int], sight: Sight, now: int
) -> Iterator[tuple[int, Observed | str]]:
    """Build what has to be built, and look; in the order in which the builds are done.

    The first `now` sources are those of now. Of the others, the reason why one does not build.
    """
    versions = {source.version for source in sources}
    watchers = {version: sight.watcher(version) for version in versions}
    kustomize = sight.kustomize
    lenient = _Lenient(command=kustomize.command, version=kustomize.version, other=kustomize)
    with tempfile.TemporaryDirectory(prefix="testnet-") as staging:
        places: dict[str, int] = {}
        for number in numbers:
            source = sources[number]
            if not source.built:
                (text,) = source.files.values()
                yield number, _see(watchers[""], source, text, published=number >= now)
                continue
            # A source and what is published in its place have one path.
            base = _NOW if number < now else _BEFORE
            _stage(source, Path(staging) / base, sight)
            places[f"{base}/{source.path}"] = number
        built = build_outputs(lenient, list(places), Path(staging), meanwhile=sight.meanwhile)
        for path, output in built:
            number = places[path]
            source = sources[number]
            if path in lenient.refused:
                yield number, lenient.refused[path]
                continue
            watcher = watchers[source.version]
            yield number, _see(watcher, source, output.decode(), published=number >= now)


def _see(watcher: Watcher, source: Source, text: str, *, published: bool) -> Observed | str:
    """Return what is seen in a text; of a published one that has no objects, the reason."""
    try:
        return watcher.look(text, minor=source.cluster.kubernetes, parts=source.parts)
    except ToolError as error:
        if not published:
            raise
        return str(error)


def _stage(source: Source, base: Path, sight: Sight) -> None:
    files = dict(source.files)
    if not (base / "overlays" / source.version).exists():
        files |= sight.libraries[source.version].published()
    for path, text in files.items():
        target = base / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, "utf-8")
