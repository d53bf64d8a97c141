"""Bad inputs 124 to 135: what is no file, leads elsewhere, or is there in masses."""

from __future__ import annotations

import os
import socket

import pytest

from generator import library
from tests.repository import KUSTOMIZATION, Repository, net
from tests.test_bad_inputs.program import BAD, PATH, Program, refuse, rules_of

POINTER = "version https://git-lfs.github.com/spec/v1\noid sha256:" + "0" * 64 + "\nsize 1\n"


def test_124_link_to_a_file_outside(repository: Repository, testnet: Program) -> None:
    outside = repository.root.parent / f"{repository.root.name}-outside.yaml"
    outside.write_text(BAD, "utf-8")
    (repository.root / PATH).symlink_to(outside)
    assert rules_of(refuse(testnet, repository).err) == {"yaml/file"}


def test_124_directory_of_testnets_that_is_a_link(repository: Repository, testnet: Program) -> None:
    outside = repository.root.parent / f"{repository.root.name}-outside"
    outside.mkdir()
    (outside / "bad.yaml").write_text(BAD, "utf-8")
    (repository.root / "environments/testnets").rmdir()
    (repository.root / "environments/testnets").symlink_to(outside)
    assert rules_of(refuse(testnet, repository).err) == {"yaml/file"}


@pytest.mark.parametrize("name", ["net.yaml", "directory"])
def test_125_link_in_the_library(repository: Repository, testnet: Program, name: str) -> None:
    (repository.root / "overlays/base" / name).symlink_to("/etc")
    assert "a link" in refuse(testnet, repository).err


def test_126_links_in_a_circle(repository: Repository, testnet: Program) -> None:
    (repository.root / PATH).symlink_to("other.yaml")
    (repository.root / "environments/testnets/other.yaml").symlink_to("bad.yaml")
    assert rules_of(refuse(testnet, repository).err) == {"yaml/file"}
    (repository.root / "overlays/loop").symlink_to(".")
    assert "a link" in refuse(testnet, repository).err


def test_127_directory_in_place_of_a_file(repository: Repository, testnet: Program) -> None:
    (repository.root / PATH).mkdir()
    assert rules_of(refuse(testnet, repository).err) == {"yaml/file"}
    (repository.root / "overlays/other/kustomization.yaml").mkdir(parents=True)
    repository.write(
        "overlays/base/net/kustomization.yaml", f"{KUSTOMIZATION}resources: [../../other]\n"
    )
    assert rules_of(refuse(testnet, repository).err) == {"kustomize/path"}


def test_128_pipe_and_socket(repository: Repository, testnet: Program) -> None:
    os.mkfifo(repository.root / PATH)
    assert rules_of(refuse(testnet, repository).err) == {"yaml/file"}
    (repository.root / PATH).unlink()
    # A path of more than 100 characters is none for a socket.
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(os.path.relpath(repository.root / PATH))
        assert rules_of(refuse(testnet, repository).err) == {"yaml/file"}


def test_128_pipe_in_the_library(repository: Repository, testnet: Program) -> None:
    os.mkfifo(repository.root / "overlays/base/net/pipe.yaml")
    text = f"{KUSTOMIZATION}resources: [pipe.yaml]\n"
    repository.write("overlays/base/net/kustomization.yaml", text)
    assert rules_of(refuse(testnet, repository).err) == {"kustomize/path"}


def test_129_submodule_in_the_library(repository: Repository, testnet: Program) -> None:
    """Nothing is fetched for it: where it was not checked out, there is an empty directory."""
    repository.write(".gitmodules", '[submodule "x"]\n\tpath = overlays/x\n\turl = ext::sh -c x\n')
    (repository.root / "overlays/x").mkdir()
    text = f"{KUSTOMIZATION}resources: [../../x]\n"
    repository.write("overlays/base/net/kustomization.yaml", text)
    assert rules_of(refuse(testnet, repository).err) == {"kustomize/path"}


def test_130_pointer_of_large_file_storage(repository: Repository, testnet: Program) -> None:
    repository.write(".gitattributes", "*.yaml filter=lfs\n")
    repository.write(PATH, POINTER)
    assert rules_of(refuse(testnet, repository).err) == {"yaml/top-level"}


def test_132_paths_that_differ_in_case(repository: Repository, testnet: Program) -> None:
    repository.write(PATH, BAD)
    repository.write("environments/testnets/Bad.yaml", BAD)
    run = refuse(testnet, repository)
    assert rules_of(run.err) == {"testnet/file-name", "testnet/name"}
    (repository.root / "environments/testnets/Bad.yaml").unlink()
    repository.write("overlays/base/net/Kustomization.yaml", KUSTOMIZATION)
    assert rules_of(refuse(testnet, repository).err) == {"kustomize/name"}


@pytest.mark.parametrize("name", ["b\nad", "b\x1b[31mad", "b\u202ead"])
def test_133_path_that_shows_otherwise(repository: Repository, testnet: Program, name: str) -> None:
    repository.write(f"environments/testnets/{name}.yaml", BAD)
    run = refuse(testnet, repository)
    assert rules_of(run.err) == {"testnet/file-name"}
    assert "\x1b" not in run.err


def test_134_library_of_too_many_files(repository: Repository, testnet: Program) -> None:
    for number in range(library.MAX_FILES):
        (repository.root / f"overlays/base/{number}.yaml").touch()
    assert "files" in refuse(testnet, repository).err


def test_135_file_that_may_not_be_read(repository: Repository, testnet: Program) -> None:
    repository.write(PATH, net("name: bad")).chmod(0)
    if os.access(repository.root / PATH, os.R_OK):
        pytest.skip("this user may read everything; tests/test_source_file.py shows it too")
    run = testnet("diff")
    assert (run.code, rules_of(run.err)) == (2, {"yaml/file"})
