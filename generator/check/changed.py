"""What a change adds to what was wrong before it."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Collection, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, nullcontext
from dataclasses import replace
from functools import cache
from pathlib import Path

from generator.check.base import Files, archive, files_in, unpacked
from generator.check.compared import judge_before, judge_since, subtract
from generator.check.judge import present
from generator.check.known import find_state
from generator.check.plain import read_plain
from generator.check.scope import Scope, find_scope
from generator.check.setting import Published, Setting, read_published
from generator.check.softened import softened
from generator.errors import GeneratorError
from generator.finding import Finding
from generator.policies import POLICIES
from generator.process import stop_all
from generator.report.verdict import Verdict

# More are begun when they are needed.
PROCESSES = min(os.cpu_count() or 1, 4)


def check_changed(
    root: Path,
    setting: Setting,
    revision: str,
    *,
    extra: Sequence[Path] = (),
    paths: Sequence[str] = (),
) -> Verdict:
    """Judge as `check` does, and tell apart what was found at a revision already.

    A broken main must not turn every later change red: what was wrong before counts no more, and
    is shown. A testnet file that could not be read before, for the same reason, is left out. Where
    the fleet or the keys could not be read before, everything counts.

    Raises:
        UsageError: for what is no revision.
        InvalidInput: when files cannot be loaded, with what is wrong in them since.
        Otherwise as `check`.
    """
    begin = time.monotonic()
    with ExitStack() as stack, ThreadPoolExecutor(1) as pool:
        try:
            # All of them start while files are read: a change mostly has something to build.
            reading = pool.submit(archive, root, revision)
            kustomize = stack.enter_context(setting.kustomize.serving(begin=PROCESSES))
            server = stack.enter_context(setting.server())
            published = read_published(root, setting.tree, setting.cache)
            earlier = reading.result()
        except BaseException:
            stop_all()  # what git does now is for nobody
            raise
        # One OPA answers twice.
        setting = replace(setting, server=lambda: nullcontext(server), kustomize=kustomize)
        before, scope, fewer = _judge_before(root, setting, earlier, published)
        then = cache(lambda: files_in(earlier) or {})
        verdict = judge_since(
            root,
            setting,
            published,
            before,
            lambda path: then().get(path),
            extra=extra,
            scope=scope,
        )
    verdict = replace(subtract(verdict, before), seconds=time.monotonic() - begin)
    verdict = replace(verdict, findings=(*verdict.findings, *fewer))
    return present(verdict, paths)


def _judge_before(
    root: Path, setting: Setting, earlier: bytes, published: Published
) -> tuple[Verdict, Scope | None, Sequence[Finding]]:
    """Return the verdict on an archive, and what of it a change to what is there now concerns.

    The last are about rules that it had, and that are no more or count for less. What cannot be
    judged for whatever reason hides nothing: what is wrong now is then new.
    """
    fewer: list[Finding] = []
    try:
        with ExitStack() as stack:
            # Of most that is known already, the digests of its files are all that is needed.
            unpack = cache(lambda: stack.enter_context(unpacked(earlier)))
            files = files_in(earlier)
            base = unpack() if files is None else files
            before = _as_it_was(root, base, unpack, setting)
            fewer = list(softened(before.policies, setting.policies))
            scope = find_scope(root, base, published, setting.cache)
            state = find_state(base, before, published, scope)
            known = state.recall() if state else None
            if known is None:
                known = judge_before(unpack(), before, published, scope)
                if state:
                    state.remember(known)
            return known, scope, fewer
    except GeneratorError:
        return Verdict(findings=()), None, fewer


def _as_it_was(
    root: Path, base: Path | Files, unpack: Callable[[], Path], setting: Setting
) -> Setting:
    """Return the setting with the policies of an earlier revision, where those are others.

    A change of policies adds what the new ones find and the old ones did not.
    """
    if setting.earlier is None or same_policies(root, base, setting.policies.modules):
        return setting
    policies, server = setting.earlier(unpack())
    if policies.digest == setting.policies.digest:
        return setting
    return replace(setting, policies=policies, server=server)


def same_policies(root: Path, base: Path | Files, modules: Collection[str]) -> bool:
    """Say whether an earlier revision has the policies of now, of which `modules` were read."""
    then = _policies_of(base)
    return {name for name in then if name.endswith(".rego")} == set(modules) and all(
        content is not None and read_plain(root, name) == content for name, content in then.items()
    )


def _policies_of(base: Path | Files) -> dict[str, bytes | None]:
    """Return the files of the policies, by path; None for links."""
    if not isinstance(base, Path):
        return {name: text for name, text in base.items() if name.startswith(f"{POLICIES}/")}
    paths = [path for path in (base / POLICIES).rglob("*") if path.is_symlink() or path.is_file()]
    return {
        path.relative_to(base).as_posix(): None if path.is_symlink() else path.read_bytes()
        for path in paths
    }
