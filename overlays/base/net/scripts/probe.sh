#!/bin/bash
# Probes of a daemon: probe.sh startup|live|ready. Ready means alive, not synced: with a genesis in
# the future, or seeds without producers, nothing is ever synced and no later phase would start.
#   P2P_PORT       the daemon's peer-to-peer port
#   GENESIS_TIME   RFC 3339; before it the daemon only waits and opens no port (unset: no wait)
#   GENESIS_GRACE  seconds after it that the daemon may take to open its ports (1800)
set -euo pipefail

die() {
  echo "probe: $*" >&2
  exit 1
}

# waiting SECONDS: is it earlier than so long after the genesis?
waiting() {
  local genesis now
  [[ -n ${GENESIS_TIME:-} ]] || return 1
  genesis=$(date -u -d "$GENESIS_TIME" +%s) || die "GENESIS_TIME '$GENESIS_TIME' is no time"
  printf -v now '%(%s)T' -1
  ((now < genesis + $1))
}

listens() {
  (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null
}

# The status of the answer to `{ syncStatus }`; images without curl are asked by bash itself.
graphql_status() {
  local port=${GRAPHQL_PORT:-3085} query='{"query": "{ syncStatus }"}' status
  if command -v curl >/dev/null; then
    curl -s -o /dev/null -w '%{http_code}' -m 8 -H 'Content-Type: application/json' \
      -d "$query" "http://127.0.0.1:$port/graphql"
    return
  fi
  exec 3<>"/dev/tcp/127.0.0.1/$port" || return 1
  printf 'POST /graphql HTTP/1.0\r\nHost: localhost\r\nContent-Type: application/json\r\n%s\r\n\r\n%s' \
    "Content-Length: ${#query}" "$query" >&3
  read -r -t 8 -u 3 _ status _ && echo "$status"
}

case ${1:-} in
startup)
  waiting 0 || listens "${P2P_PORT:?}" || die "nothing listens on port $P2P_PORT"
  ;;
live)
  # A daemon that waited has passed its startup probe already, and needs the time to load.
  waiting "${GENESIS_GRACE:-1800}" || listens "${P2P_PORT:?}" || die "nothing listens on port $P2P_PORT"
  ;;
ready)
  waiting 0 || [[ $(graphql_status 2>/dev/null) == 200 ]] || die "GraphQL does not answer"
  ;;
*)
  die "expects startup, live or ready, got '${1:-}'"
  ;;
esac
