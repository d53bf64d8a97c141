#!/bin/bash
# Command of every daemon and SNARK worker: start.sh <binary> <subcommand> [flags...].
# Adds what is known only inside the pod: genesis file, address, passwords, peers of old releases.
set -euo pipefail

root=${ROOT_DIR:-}             # tests run this below another root
genesis=$root/run/testnet/daemon.json
keys=$root/keys

die() {
  echo "start: $*" >&2
  exit 1
}

# One ConfigMap holds at most 1 MiB, so the genesis file comes in numbered parts.
join_genesis() {
  local number draft=$genesis.new sum
  local -a parts=()
  while IFS= read -r number; do
    parts+=("$root/genesis/part-$number")
  done < <(find "$root/genesis" -name 'part-*' 2>/dev/null | sed 's/.*part-//' | sort -n)
  if ((${#parts[@]} == 0)); then
    [[ -z ${GENESIS_SHA256:-} ]] || die "no genesis file: $root/genesis holds no part-0"
    return 0                   # the ledger is in the image
  fi
  cat "${parts[@]}" >"$draft"
  sum=$(sha256sum <"$draft")
  sum=${sum%% *}
  # A daemon with another genesis would silently be on another network.
  [[ -z ${GENESIS_SHA256:-} || $sum == "$GENESIS_SHA256" ]] ||
    die "the genesis file has sha256 $sum, declared is $GENESIS_SHA256"
  keep_to_genesis "$sum"
  mv "$draft" "$genesis"
}

# A volume belongs to one chain. When the chain restarts, its daemons move to new volumes; one that
# comes back on its old volume meanwhile must wait for that, and not mix the two.
keep_to_genesis() {
  local mark=$root/state/genesis.sha256
  if [[ -s $mark ]]; then
    [[ $(<"$mark") == "$1" ]] || die "the volume belongs to the genesis $(<"$mark"), not to $1"
  else
    echo "$1" >"$mark.new"
    mv "$mark.new" "$mark"
  fi
}

# Without a terminal the daemon exits unless the variables are set; they may be empty.
export_passwords() {
  local wallet='' libp2p=''
  [[ ! -f $keys/wallet.password ]] || wallet=$(<"$keys/wallet.password")
  [[ ! -f $keys/libp2p.password ]] || libp2p=$(<"$keys/libp2p.password")
  export MINA_PRIVKEY_PASS=$wallet CODA_PRIVKEY_PASS=$wallet
  export MINA_LIBP2P_PASS=$libp2p CODA_LIBP2P_PASS=$libp2p
}

add_address() {
  local file=$root/run/testnet/external-ip
  [[ -s $file ]] || die "no public address: $file is missing or empty"
  command+=(-external-ip "$(<"$file")")
}

# Old coda takes its peers as flags only. A seed must not get itself as a peer: PEER_SELF is the
# start of its host name, which follows a slash or nothing, as `seed-1` is in `my-seed-1` too.
add_peers() {
  local peer
  [[ ${PEERS_AS_FLAGS:-} == 1 ]] || return 0
  while IFS= read -r peer || [[ -n $peer ]]; do
    [[ -n $peer && $peer != \#* ]] || continue
    [[ -z ${PEER_SELF:-} || /$peer != */"$PEER_SELF"* ]] || continue
    command+=(-peer "$peer")
  done <"$root/peers/peers.txt"
}

# Releases before 2021 take the libp2p keypair itself ('private,public,peer id') and not a path.
# It reaches the daemon's arguments here, inside the pod, and no manifest.
inline_libp2p_key() {
  local index file=$keys/libp2p/key
  [[ -f $file && $(head -c 1 "$file") != '{' ]] || return 0
  for index in "${!command[@]}"; do
    [[ ${command[index]} != /keys/libp2p/key ]] || command[index]=$(<"$file")
  done
}

# Releases of mina before Berkeley know the flag of the identity by its older name only.
name_libp2p_flag() {
  local index help=
  for index in "${!command[@]}"; do
    [[ ${command[index]} == --libp2p-keypair ]] || continue
    help=$("${command[@]:0:2}" -help 2>&1 </dev/null) || true
    [[ $help == *-libp2p-keypair* || $help != *-discovery-keypair* ]] ||
      command[index]=-discovery-keypair
  done
}

(($# >= 2)) || die "expects a binary and its arguments, got '$*'"
command=("$@")
if [[ $2 == daemon ]]; then
  join_genesis
  export_passwords
  name_libp2p_flag
  inline_libp2p_key
  add_address
  add_peers
  # A killed daemon leaves its lock on the volume, and in a container its process number is
  # taken again. StatefulSet and volume allow one pod at a time, so the lock is always stale.
  rm -f "$root/state/config/.mina-lock" "$root/state/config/.coda-lock"
fi
if command -v dumb-init >/dev/null; then
  exec dumb-init -- "${command[@]}"
fi
exec "${command[@]}"
