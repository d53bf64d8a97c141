#!/bin/bash
# Init container `keys`, in the daemon's own image: puts the fetched keys where the daemon accepts
# them and refuses a key that is not the declared one. Fetched keys stay in memory (/keys).
#   KEY_PUBLIC      declared public key of /secrets/key (key, pub, password)
#   LIBP2P_PEER_ID  declared peer id of /secrets/libp2p (key, peerid, password)
#   LIBP2P_GENERATE 1: make a keypair once, in /state/libp2p, for a daemon whose id nobody declares
#   IMPORT_ACCOUNT  1: the daemon's wallet gets the key too, for the service that drives the daemon
#   BINARY          mina or coda
set -euo pipefail
umask 077

root=${ROOT_DIR:-}             # tests run this below another root
binary=${BINARY:?install-keys: BINARY is not set}
keys=$root/keys

say() { echo "install-keys: $*" >&2; }
die() {
  say "$*"
  exit 1
}

# The daemon accepts a key only in a directory of mode 0700. The root of a volume with an fsGroup
# is group-writable and setgid, a directory below inherits the setgid bit, and a numeric chmod
# does not clear that.
private_directory() {
  mkdir -p "$1"
  chmod u=rwx,go=,ug-s "$1"
}

# install_key NAME SECRET PUBLIC DECLARED: /secrets/<SECRET> to /keys/<NAME>, once it is compared.
install_key() {
  local name=$1 from=$root/secrets/$2 public=$3 declared=$4 found property
  for property in key "$public"; do
    [[ -s $from/$property ]] || die "the Secret of '$declared' has no property '$property'"
  done
  found=$(tr -d '[:space:]' <"$from/$public")
  [[ $found == "$declared" ]] ||
    die "refused: the fetched key belongs to '$found', declared is '$declared'"
  private_directory "$keys/$name"
  install -m 0600 "$from/key" "$keys/$name/key"
  install -m 0600 "$from/$public" "$keys/$name/key.$public"
  if [[ -f $from/password ]]; then
    install -m 0600 "$from/password" "$keys/$name.password"
  else
    install -m 0600 /dev/null "$keys/$name.password"
  fi
}

# refuse NAME MESSAGE: no daemon may find the key afterwards.
refuse() {
  rm -rf "${keys:?}/$1"
  die "refused: $2"
}

check_wallet() {
  local password output key=$keys/wallet/key
  local -a validate
  if command -v mina-validate-keypair >/dev/null; then
    validate=(mina-validate-keypair)
  elif "$binary" advanced validate-keypair -help >/dev/null 2>&1; then
    validate=("$binary" advanced validate-keypair)
  else
    say "this release cannot validate a keypair: only the public part of '$KEY_PUBLIC' was compared"
    return 0
  fi
  password=$(<"$keys/wallet.password")
  output=$(MINA_PRIVKEY_PASS=$password CODA_PRIVKEY_PASS=$password \
    "${validate[@]}" -privkey-path "$key" 2>&1 </dev/null) ||
    refuse wallet "the private key of '$KEY_PUBLIC' is not valid: ${output##*$'\n'}"
  say "validated the keypair of '$KEY_PUBLIC'"
}

# The peer id that belongs to the private part; empty if this release cannot tell. The private
# part passes through a pipe only.
private_peer_id() {
  local password key=$keys/libp2p/key last_of_three='s/^[^,]*,[^,]*,\([^,]*\)$/\1/p'
  if [[ $(head -c 1 "$key") != '{' ]]; then
    sed -n "$last_of_three" "$key"
    return 0
  fi
  password=$(<"$keys/libp2p.password")
  { MINA_LIBP2P_PASS=$password CODA_LIBP2P_PASS=$password \
    "$binary" libp2p dump-keypair -privkey-path "$key" 2>/dev/null </dev/null || true; } |
    sed -n "$last_of_three"
}

check_libp2p() {
  local found
  found=$(private_peer_id)
  if [[ -z $found ]]; then
    say "this release cannot show a peer id: only the public part of '$LIBP2P_PEER_ID' was compared"
  elif [[ $found != "$LIBP2P_PEER_ID" ]]; then
    refuse libp2p "the private key belongs to peer '$found', declared is '$LIBP2P_PEER_ID'"
  else
    say "validated the keypair of peer '$LIBP2P_PEER_ID'"
  fi
}

# Made in a draft directory and moved in one step: a pod that stops half-way leaves no half key.
generate_libp2p() {
  local kept=$root/state/libp2p draft=$root/state/libp2p.new output
  if [[ ! -s $kept/key || ! -s $kept/key.peerid ]]; then
    rm -rf "$draft" "$kept"
    private_directory "$draft"
    export MINA_LIBP2P_PASS='' CODA_LIBP2P_PASS=''
    output=$("$binary" libp2p generate-keypair -privkey-path "$draft/key" 2>&1 </dev/null) ||
      "$binary" advanced generate-libp2p-keypair -privkey-path "$draft/key" >/dev/null 2>&1 </dev/null ||
      die "'$binary' could not generate a libp2p keypair: ${output##*$'\n'}"
    [[ -s $draft/key && -s $draft/key.peerid ]] || die "'$binary' left no libp2p keypair"
    sync
    mv -T "$draft" "$kept"
    say "generated the keypair of peer '$(<"$kept/key.peerid")'"
  fi
  # A volume that is mounted anew may have been opened to the pod's group.
  private_directory "$kept"
  chmod 0600 "$kept/key" "$kept/key.peerid"
}

# A test service spends through the daemon's wallet, so the key joins it. The wallet's directory
# leads to memory, so that no account's key is written to the volume.
import_account() {
  local store=$root/state/config/wallets
  private_directory "$keys/accounts"
  install -m 0600 "$keys/wallet/key" "$keys/accounts/$KEY_PUBLIC"
  install -m 0600 "$keys/wallet/key.pub" "$keys/accounts/$KEY_PUBLIC.pub"
  mkdir -p "$store"
  # Accounts that someone made in this daemon's own wallet are kept beside it.
  [[ -L $store/store || ! -e $store/store ]] || mv -T --backup=numbered "$store/store" "$store/kept"
  ln -sfn "$keys/accounts" "$store/store"
}

cd "${TMPDIR:-$root/tmp}"      # the key tools make a temporary directory where they are
if [[ -n ${KEY_PUBLIC:-} ]]; then
  install_key wallet key pub "$KEY_PUBLIC"
  check_wallet
  [[ ${IMPORT_ACCOUNT:-} != 1 ]] || import_account
fi
if [[ -n ${LIBP2P_PEER_ID:-} ]]; then
  install_key libp2p libp2p peerid "$LIBP2P_PEER_ID"
  check_libp2p
elif [[ ${LIBP2P_GENERATE:-} == 1 ]]; then
  generate_libp2p
fi
