#!/bin/bash
# Command of the container `archive`: archive.sh <binary> run [flags...]. PostgreSQL starts empty;
# the schema belongs to the release, so it comes from the archive's own image.
#   SCHEMA_FILE  where the image keeps it (/etc/mina/archive/create_schema.sql)
set -euo pipefail

schema=${SCHEMA_FILE:-/etc/mina/archive/create_schema.sql}

say() { echo "archive: $*" >&2; }
die() {
  say "$*"
  exit 1
}

# postgres_uri ARGS...: the value of -postgres-uri or --postgres-uri.
postgres_uri() {
  while (($# > 0)); do
    case $1 in
    -postgres-uri | --postgres-uri) echo "${2:-}" ;;
    -postgres-uri=* | --postgres-uri=*) echo "${1#*=}" ;;
    esac
    shift
  done
}

ask() { psql -X -q -A -t -v ON_ERROR_STOP=1 -d "$uri" "$@"; }

prepare_database() {
  local tries=0 table
  until ask -c 'SELECT 1' >/dev/null 2>&1; do
    ((tries++ % 12)) || say "waits for PostgreSQL"
    sleep 5
  done
  table=$(ask -c "SELECT to_regclass('public.blocks')")
  [[ -z $table ]] || return 0
  [[ -s $schema ]] || die "the image has no schema at $schema; set SCHEMA_FILE"
  say "creates the schema from $schema"
  # In one transaction: a stop half-way leaves an empty database, not half a schema.
  ask --single-transaction -f "$schema" >/dev/null
}

(($# >= 2)) || die "expects a binary and its arguments, got '$*'"
uri=$(postgres_uri "$@")
[[ -n $uri ]] || die "expects -postgres-uri"
export PGPASSWORD=${POSTGRES_PASSWORD:-}      # for a URI without the password
if command -v psql >/dev/null; then
  prepare_database
else
  die "the image has no psql to create the schema with, and the database is empty at first"
fi
if command -v dumb-init >/dev/null; then
  exec dumb-init -- "$@"
fi
exec "$@"
