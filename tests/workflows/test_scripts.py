"""The scripts that actions call: what git asks for credentials, and what installs the program."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tests.git.web import serve
from tests.workflows.commits import git
from tests.workflows.files import REPOSITORY

TOKEN = "ghs_thatNobodyMaySee"  # noqa: S105 - of nothing
SERVER = "https://github.example"


def run(*words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        words,
        env={"PATH": "/usr/bin:/bin", **environment},
        capture_output=True,
        text=True,
        check=False,
    )


def ask(prompt: str) -> subprocess.CompletedProcess[str]:
    program = str(REPOSITORY / ".ci/askpass")
    return run(program, prompt, GITHUB_SERVER_URL=SERVER, GITHUB_TOKEN=TOKEN)


def test_git_gets_the_token_for_the_server() -> None:
    assert ask(f"Username for '{SERVER}': ").stdout == "x-access-token\n"
    assert ask("Password for 'https://x-access-token@github.example': ").stdout == f"{TOKEN}\n"


@pytest.mark.parametrize(
    "prompt",
    [
        "Password for 'https://x-access-token@evil.example': ",
        "Password for 'https://x-access-token@github.example.evil': ",
        "Password for 'https://x-access-token@github.example:8443': ",
        "Password for 'http://x-access-token@github.example': ",
        "Username for 'https://evil.example': ",
        "",
    ],
)
def test_nobody_else_gets_it(prompt: str) -> None:
    answer = ask(prompt)
    assert answer.returncode == 1
    assert answer.stdout == ""


def test_git_itself_gets_in_by_it(tmp_path: Path) -> None:
    git("init", "--quiet", "--bare", str(tmp_path / "net.git"))
    with serve(tmp_path) as server:
        server.demands = f"x-access-token:{TOKEN}"
        known = {
            "GIT_ASKPASS": str(REPOSITORY / ".ci/askpass"),
            "GITHUB_SERVER_URL": server.url,
            "GITHUB_TOKEN": TOKEN,
            "HOME": str(tmp_path),
        }
        assert run("git", "ls-remote", f"{server.url}/net.git", **known).returncode == 0
        known["GITHUB_SERVER_URL"] = SERVER
        assert run("git", "ls-remote", f"{server.url}/net.git", **known).returncode == 128


def test_what_is_kept_is_named_after_what_it_is_made_of(tmp_path: Path) -> None:
    output = tmp_path / "output"
    program = str(REPOSITORY / ".ci/setup")
    assert run(program, "key").stdout.startswith("key=")
    assert run(program, "key", GITHUB_OUTPUT=str(output)).stdout == ""
    assert output.read_text("utf-8") == run(program, "key").stdout


def test_a_word_that_is_none_shows_how_to_use_it() -> None:
    answer = run(str(REPOSITORY / ".ci/setup"), "kye")
    assert answer.returncode == 2
    assert ".ci/setup key" in answer.stderr
