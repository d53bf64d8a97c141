"""The few ways in which the program itself can fail; each knows its exit code."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

from generator.finding import Finding


class GeneratorError(Exception):
    """Base of every failure that the program expects."""

    exit_code: ClassVar[int] = 4


class InvalidInput(GeneratorError):  # noqa: N818 - the word of the exit code table
    """Exception raised when the files that people write cannot be used; exit code 2."""

    exit_code: ClassVar[int] = 2

    def __init__(self, findings: tuple[Finding, ...], root: Path | None = None) -> None:
        self.findings = tuple(sorted(findings, key=lambda f: f.order))
        self.root = root  # what the paths of the findings are relative to
        super().__init__(f"{len(findings)} findings")


class UsageError(GeneratorError):
    """Exception raised when a command is asked for something that cannot be; exit code 2."""

    exit_code: ClassVar[int] = 2


class ToolError(GeneratorError):
    """Exception raised when a program that is run (kustomize, git) fails; exit code 3."""

    exit_code: ClassVar[int] = 3


class RemoteError(GeneratorError):
    """Exception raised when something reached over a network fails; exit code 3."""

    exit_code: ClassVar[int] = 3


def reason_of(error: OSError) -> str:
    """Return why the system refuses something, as the end of a sentence."""
    return (error.strerror or type(error).__name__).lower()
