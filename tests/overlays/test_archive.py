"""archive.sh: waits for PostgreSQL, creates the schema once, and starts the archive process."""

from __future__ import annotations

import subprocess

import pytest

from tests.overlays.pods import Pod

URI = "postgres://postgres:secret@archive-1-postgres:5432/archive"
# Answers as PostgreSQL does: down for the first calls, then with what the file `table` holds.
PSQL = """
cd "$ROOT_DIR"
echo "$PGPASSWORD $*" >>calls
case "$*" in
*'SELECT 1'*) [[ -e down ]] && rm down && exit 2; echo 1 ;;
*to_regclass*) cat table 2>/dev/null; exit 0 ;;
*--single-transaction*)
  [[ -e broken ]] && { echo 'syntax error' >&2; exit 3; }
  echo blocks >table ;;
esac
"""


@pytest.fixture
def archive(pod: Pod) -> Pod:
    """A pod with the programs of the archive's image."""
    pod.program("mina-archive", 'echo "archive: $*"')
    pod.program("psql", PSQL)
    pod.program("sleep", 'echo "sleep $*" >>"$ROOT_DIR/calls"')
    pod.write("schema.sql", "CREATE TABLE blocks ();")
    return pod


def run(pod: Pod, *flags: str) -> subprocess.CompletedProcess[str]:
    return pod.run(
        "archive.sh",
        "mina-archive",
        "run",
        *(flags or ("--postgres-uri", URI)),
        SCHEMA_FILE=str(pod.root / "schema.sql"),
        POSTGRES_PASSWORD="secret",  # noqa: S106 - of the PostgreSQL that is not there
    )


def test_an_empty_database_gets_the_schema_of_the_image(archive: Pod) -> None:
    result = run(archive)

    assert result.stdout == f"archive: run --postgres-uri {URI}\n"
    calls = archive.read("calls").splitlines()
    assert f"-d {URI} --single-transaction -f {archive.root}/schema.sql" in calls[-1]
    assert all(call.startswith("secret ") for call in calls)


def test_a_database_with_a_schema_is_left_alone(archive: Pod) -> None:
    run(archive)
    run(archive)
    assert archive.read("calls").count("--single-transaction") == 1


def test_it_waits_for_the_database(archive: Pod) -> None:
    archive.write("down", "")
    result = run(archive)
    assert result.returncode == 0
    assert result.stderr.startswith("archive: waits for PostgreSQL\n")
    assert "sleep 5" in archive.read("calls")


def test_a_schema_that_fails_stops_it(archive: Pod) -> None:
    archive.write("broken", "")
    result = run(archive)
    assert result.returncode != 0
    assert result.stdout == ""


def test_an_image_without_a_schema_is_an_error(archive: Pod) -> None:
    (archive.root / "schema.sql").unlink()
    result = run(archive)
    assert result.returncode == 1
    assert "no schema at" in result.stderr


def test_an_image_without_psql_cannot_make_the_schema(archive: Pod) -> None:
    (archive.root / "bin/psql").unlink()
    result = archive.run(
        "archive.sh", "mina-archive", "run", "-postgres-uri", URI, path="/nonexistent"
    )
    assert result.returncode == 1
    assert "has no psql" in result.stderr


@pytest.mark.parametrize("flags", [(f"-postgres-uri={URI}",), ("-postgres-uri", URI, "-x", "y")])
def test_the_uri_is_read_from_the_flags(archive: Pod, flags: tuple[str, ...]) -> None:
    assert run(archive, *flags).returncode == 0


@pytest.mark.parametrize("flags", [("--server-port", "3086"), ("--postgres-uri",)])
def test_a_command_without_a_uri_is_an_error(archive: Pod, flags: tuple[str, ...]) -> None:
    result = run(archive, *flags)
    assert result.returncode == 1
    assert "expects -postgres-uri" in result.stderr


def test_signals_go_through_dumb_init_where_the_image_has_it(archive: Pod) -> None:
    archive.program("dumb-init", 'echo "init: $*"')
    assert run(archive).stdout.startswith("init: -- mina-archive run")
