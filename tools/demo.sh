#!/usr/bin/env bash
# Commit a published tree to a bare repository, once per change, and show what is in it:
# tools/demo.sh TREE REPOSITORY BRANCH
set -euo pipefail

readonly tree=$1 repository=$2 branch=refs/heads/$3

# Nothing a person has configured (hooks, signing, line ends, ignored files) may take part.
export GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_NOSYSTEM=1
git_tree() {
  git -c user.name=testnet -c user.email=testnet@localhost \
    --git-dir="$repository" --work-tree="$tree" "$@"
}

if [[ ! -d $repository ]]; then
  git init --quiet --bare "$repository"
  git --git-dir="$repository" symbolic-ref HEAD "$branch"
fi
git_tree add --all --force
content=$(git_tree write-tree)
head=$(git_tree rev-parse --quiet --verify "$branch" || true)

if [[ -n $head && $(git_tree rev-parse "$head^{tree}") == "$content" ]]; then
  verdict=unchanged
else
  head=$(git_tree commit-tree "$content" ${head:+-p "$head"} -m "Publish the testnets")
  git_tree update-ref "$branch" "$head"
  verdict=committed
fi

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
echo "$verdict: $head on branch ${branch##*/} of $repository"
