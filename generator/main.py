"""The program `testnet`: its commands, and the one place where errors become exit codes."""

from __future__ import annotations

import atexit
import gc
import os
import platform
import signal
import sys
import traceback
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Annotated

import typer

from generator import __version__
from generator.commands.options import drop_output, err
from generator.errors import GeneratorError, InvalidInput, ToolError
from generator.report.actions import guard_log

INTERRUPTED, TERMINATED, BUG, USAGE = 130, 143, 4, 2

# In the order of `--help`; each is a function in the module of its name.
_COMMANDS = (
    "plan",
    "init",
    "join",
    "check",
    "review",
    "generate",
    "diff",
    "upgrade",
    "publish",
    "expire",
    "status",
    "doctor",
    "reach",
    "schema",
    "rules",
)
_GROUPS = ("keys", "github")


def _version(wanted: bool) -> None:  # noqa: FBT001 - the signature that Typer calls
    if wanted:
        typer.echo(f"testnet {__version__}")
        raise typer.Exit


def _program(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print it.")
    ] = False,
) -> None:
    """Launch and run testnets: a short file becomes overlays that Flux applies."""


def make_app(first: str = "") -> typer.Typer:
    """Return the program; where the first word is a command, with that one alone.

    Modules of commands are imported here: all of them take longer than many a command runs.
    """
    app = typer.Typer(
        name="testnet",
        no_args_is_help=True,
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"]},
        epilog=(
            "Exit codes: 0 fine, 1 findings or drift, 2 bad input or usage, 3 a tool or remote"
            " failed, 130 interrupted, 4 a bug."
        ),
    )
    app.callback()(_program)
    every = (*_COMMANDS, *_GROUPS)
    for name in (first,) if first in every else every:
        module = import_module(f"generator.commands.{name}")
        if name in _GROUPS:
            app.add_typer(_keys(module) if name == "keys" else getattr(module, name), name=name)
        else:
            app.command()(getattr(module, name))
    return app


def _keys(commands: ModuleType) -> typer.Typer:
    register = import_module("generator.commands.register")
    keys = typer.Typer(invoke_without_command=True, rich_markup_mode=None)
    keys.callback()(commands.keys)
    keys.command(name="explain")(register.explain_key)
    keys.command(name="audit")(register.audit_keys)
    keys.command(name="release")(register.release_key)
    return keys


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the program and return its exit code; the only handler of errors."""
    try:
        _prepare()
        words = sys.argv[1:] if arguments is None else arguments
        app = make_app(next(iter(words), ""))
        code = app(args=words, prog_name="testnet", standalone_mode=False)
    except (typer.Abort, KeyboardInterrupt):
        return INTERRUPTED
    except typer.TyperException as error:
        context = getattr(error, "ctx", None)
        command = context.command_path if context else "testnet"
        return _report_usage(error.format_message(), command)
    except GeneratorError as error:
        return _report_error(error)
    except OSError as error:
        return _report_output(error)
    except Exception:  # noqa: BLE001 - the last resort, so that a bug reports itself
        return _report_bug()
    return code if isinstance(code, int) else 0


def _prepare() -> None:
    signal.signal(signal.SIGTERM, _terminate)
    if sys.stdout is None:
        # It was closed. What cannot be written shall fail as on a full disk, not get lost, and the
        # number of its descriptor shall be that of no other file.
        sys.stdout = os.fdopen(os.open(os.devnull, os.O_RDONLY), "w")
    guard_log()
    # Nearly all that is made here lives to the end, and looking for cycles in it takes a tenth.
    gc.set_threshold(200_000, 20, 20)
    atexit.register(gc.freeze)  # nor is it worth while at the end, when all of it goes


def _report_output(error: OSError) -> int:
    if isinstance(error, BrokenPipeError):
        # The reader has what it wanted (`testnet plan x | head`).
        drop_output()
        return 0
    try:
        sys.stdout.flush()
    except OSError:
        drop_output()  # otherwise Python tries again at the end, and has a code of its own for it
    return _report_error(ToolError(f"{error.filename or 'output'}: {error.strerror or error}"))


def _terminate(*_: object) -> None:
    """Leave as by an exception, so that what is being written aside is removed."""
    sys.exit(TERMINATED)


def _report_error(error: GeneratorError) -> int:
    if isinstance(error, InvalidInput):
        # As in `options`: only what people are shown waits for Rich.
        from generator.report.findings import write_findings  # noqa: PLC0415

        write_findings(error.findings, err(), error.root or Path.cwd())
    else:
        _print_error(str(error))
    return error.exit_code


def _print_error(message: str) -> None:
    from rich.text import Text  # noqa: PLC0415

    err().print(Text("error", style="bold red").append(f": {message}", style=""), soft_wrap=True)


def _report_usage(message: str, command: str) -> int:
    """Say what is wrong with the words after a command; without any, the message is the help."""
    if message.startswith("Usage:"):
        err().print(message, markup=False)
    else:
        _print_error(f"{message} See `{command} --help`.")
    return USAGE


def _report_bug() -> int:
    console = err()
    console.print(traceback.format_exc(), markup=False, soft_wrap=True)
    console.print(
        f"this is a bug; please report it with the lines above (testnet {__version__}, Python"
        f" {platform.python_version()}, {platform.platform()})",
        soft_wrap=True,
    )
    return BUG


if __name__ == "__main__":
    sys.exit(main())
