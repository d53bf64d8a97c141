#!/usr/bin/env bash
# Show what is in a generated tree: tools/tree.sh TREE
set -euo pipefail

readonly tree=$1

# The sum of a number that the lock of each net on each cluster states per overlay.
sum() {
  find "$tree" -name net.lock.yaml -exec cat {} + |
    awk -v field="$1:" '$1 == field { total += $2 } END { print total + 0 }'
}

printf '\n%8s  %s\n' files "$tree/"
(cd "$tree" && find . -mindepth 1 -maxdepth 2 -type d | LC_ALL=C sort) |
  while read -r directory; do
    slashes=${directory//[^\/]/}
    printf '%8d  %*s%s/\n' "$(find "$tree/$directory" -type f | wc -l)" \
      $((2 * ${#slashes})) '' "${directory##*/}"
  done
echo
printf '%8d overlays\n' "$(find "$tree" -path '*/nets/*/kustomization.yaml' | wc -l)"
printf '%8d objects\n' "$(sum objects)"
printf '%8d daemons (the workers of a SNARK pool count once)\n' "$(sum daemons)"
