"""Reads `policies/`: every module, what its metadata say, and the settings."""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from generator.cache import NOWHERE, Cache, key_of
from generator.errors import InvalidInput, UsageError, reason_of
from generator.finding import Finding, Location
from generator.policies.fault import misplaced, misread
from generator.policies.kept import recall, remember
from generator.policies.metadata import Columns, read_rule
from generator.policies.settings import Settings, check_settings, plain
from generator.rule import Rule
from generator.source import parse_document

POLICIES = "policies"
SETTINGS = "settings/data.yaml"
FACTS = "schemas/facts.json"

_NAME = re.compile(r"[a-z][a-z0-9]*(?:-[a-z0-9]+)*")
_RULE_PARTS = 3
_AT_TOP = ("main.rego", "version.rego")
_RESERVED = {"example", "lib", "schemas", "settings"}
_EXAMPLES = {"bad", "before", "good"}
# Answers that depend on more than the facts. The server of OPA cannot be told to refuse them.
_IMPURE = re.compile(
    r"""\b(?P<space>http|net|opa|rand|time|uuid)\s*(?:\.\s*|\[\s*["`])
        (?P<name>send|lookup_ip_addr|runtime|intn|now_ns|rfc4122)\b""",
    re.VERBOSE,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Policies:
    """All rules, and what OPA needs to judge by them.

    `modules` are the Rego texts by path below the root, without tests; `settings` has `levels`
    and `parameters`, each by rule; `written` are the modules and the file of the settings as people
    wrote them; `digest` is a sha256 (hex) over these.
    """

    rules: Mapping[str, Rule]
    modules: Mapping[str, str]
    settings: Settings
    written: Mapping[str, str]
    digest: str


def read_policies(root: Path, directory: Path | None = None, cache: Cache = NOWHERE) -> Policies:
    """Read the policies of a repository, or those of another `directory`.

    What is in the `cache` was read before, and nothing was wrong with it.

    Raises:
        UsageError: where there are none.
        InvalidInput: with everything that is wrong in their metadata and settings.
    """
    source = _Source(root, directory or root / POLICIES)
    names = list(source.names())
    texts = {name: source.text(name) for name in (*names, FACTS, SETTINGS)}
    modules = {name: texts[name] for name in names}
    key = key_of(f"policies {source.place('')}", texts)
    rules, settings = (None if source.findings else recall(cache, key)) or ({}, {})
    if not rules:
        if source.unread:
            raise InvalidInput(tuple(source.findings), root)
        rules, settings = source.judge(texts, modules)
        if source.findings:
            raise InvalidInput(tuple(source.findings), root)
        remember(cache, key, rules, settings)
    return Policies(
        rules=rules,
        modules={source.place(name): text for name, text in modules.items()},
        settings=settings,
        written={source.place(name): texts[name] for name in (*names, SETTINGS)},
        digest=_digest({name: texts[name] for name in (*names, SETTINGS)}),
    )


class _Source:
    """A directory of policies; what is wrong in it is kept in `findings`.

    `unread` says that some of it could not be read: what the rest means cannot be told then.
    """

    def __init__(self, root: Path, directory: Path) -> None:
        self._directory = directory.resolve()
        base = root.resolve()
        inside = self._directory.is_relative_to(base)
        self._shown = self._directory.relative_to(base) if inside else self._directory
        self.findings: list[Finding] = []
        self.unread = False
        if not (self._directory / "main.rego").is_file():
            message = f"{directory}: there are no policies; give their directory with --policies"
            raise UsageError(message)

    def place(self, name: str) -> str:
        """Return the path of a file as findings show it."""
        return (self._shown / name).as_posix()

    def text(self, name: str) -> str:
        """Return a file's text; empty, with a finding, where it cannot be read."""
        path = self._directory / name
        reason = "it is a link, or no file"
        if path.is_file() and not path.is_symlink():
            try:
                return path.read_text("utf-8")
            except OSError as error:
                reason = reason_of(error)
            except UnicodeDecodeError:
                reason = "it is not UTF-8"
        self._lose(name, reason, "file")
        return ""

    def _lose(self, name: str, reason: str, kind: str) -> None:
        message = f'"{name}" cannot be read: {reason}'
        at = Location(self.place(name))
        self.findings.append(misplaced(message, at, f"Put a readable {kind} there."))
        self.unread = True

    def names(self) -> Iterable[str]:
        """Return the modules to load, in order, with a finding for each that has no place."""
        for name in self._modules():
            parts = name.split("/")
            at_home = name in _AT_TOP or parts[0] == "lib"
            is_rule = len(parts) == _RULE_PARTS and parts[-1] == "rule.rego"
            named = all(_NAME.fullmatch(part) for part in parts[:-1])
            if at_home or (is_rule and named and parts[0] not in _RESERVED):
                yield name
            else:
                message = f'"{name}" is not read: it is neither a rule nor in lib/'
                advice = "Move it to CATEGORY/NAME/rule.rego, or to lib/."
                self.findings.append(misplaced(message, Location(self.place(name)), advice))

    def _modules(self) -> list[str]:
        """Return all modules but tests and examples, in order; most directories are of examples.

        A directory that cannot be listed, or is a link, is one whose rules would judge nothing.
        """
        found: list[str] = []
        top = self._directory.as_posix()
        for place, directories, names in os.walk(top, onerror=self._refuse):
            here = place[len(top) + 1 :]
            depth = here.count("/") + 1 if here else 0
            left = {"example"} if not depth else _EXAMPLES if depth > 1 else set()
            directories[:] = [name for name in directories if name not in left]
            every = [f"{here}/{name}" if here else name for name in (*names, *directories)]
            modules = (n for n in every if n.endswith(".rego") and not n.endswith("_test.rego"))
            found += modules
            for name in every[len(names) :]:
                if (self._directory / name).is_symlink():
                    self._lose(name, "it is a link", "directory")
        return sorted(found)

    def _refuse(self, error: OSError) -> None:
        name = Path(error.filename).relative_to(self._directory).as_posix()
        self._lose(name, reason_of(error), "directory")

    def judge(
        self, texts: Mapping[str, str], modules: Mapping[str, str]
    ) -> tuple[dict[str, Rule], Settings]:
        """Return the rules and the settings, with a finding for all that is wrong in the texts."""
        columns = self._columns(texts[FACTS])
        rules: dict[str, Rule] = {}
        for name, text in modules.items():
            self.findings.extend(_impure(self.place(name), text))
            if name.endswith("/rule.rego"):
                identity = name.removesuffix("/rule.rego")
                rule, found = read_rule(identity, self.place(name), text, columns)
                self.findings.extend(found)
                if rule:
                    rules[identity] = rule
        return rules, self._settings(texts[SETTINGS], rules)

    def _columns(self, text: str) -> Columns:
        """Return the columns of each table, from the schema of the facts."""
        try:
            properties = json.loads(text)["properties"]
            return {
                table: frozenset((schema.get("items") or schema).get("properties", ()))
                for table, schema in properties.items()
                if schema["type"] in {"array", "object"}
            }
        except (ValueError, LookupError, TypeError, AttributeError):
            message = f'"{FACTS}" is not the JSON Schema of the facts'
            at = Location(self.place(FACTS))
            self.findings.append(misplaced(message, at, "Restore it."))
            return {}

    def _settings(self, text: str, rules: Mapping[str, Rule]) -> Settings:
        """Return the settings as plain data."""
        path = self.place(SETTINGS)
        mapping, found = parse_document(path, text.encode())
        self.findings.extend(misread(f.message, f.at, f.remediation) for f in found)
        if mapping is None:
            return {}
        self.findings.extend(check_settings(mapping, rules))
        values = plain(mapping)
        assert isinstance(values, dict)  # noqa: S101 - for mypy: a mapping stays one
        return values


def _impure(path: str, text: str) -> Iterable[Finding]:
    for number, line in enumerate(text.splitlines(), start=1):
        match = None if line.lstrip().startswith("#") else _IMPURE.search(line)
        if match:
            yield misread(
                f'"{match["space"]}.{match["name"]}" makes an answer depend on more than the facts',
                Location(path, number, match.start() + 1),
                "Judge by data.facts alone; the time of the check is data.facts.now.",
            )


def _digest(texts: Mapping[str, str]) -> str:
    digest = hashlib.sha256()
    for name, text in sorted(texts.items()):
        digest.update(f"{name}\0{len(text.encode())}\0{text}".encode())
    return digest.hexdigest()
