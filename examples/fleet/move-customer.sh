#!/bin/sh
# Moves the sessions of a customer from the state of one group to that of another,
# with their secrets. It writes to the states and to no tenant.
#
#   ./move-customer.sh north south 1c0fa218-5dec-49db-8247-cfa457af8116
#
# While it runs, and until the customer's line has moved as well, no pipeline may
# apply either group.
set -eu
umask 077 # states hold secrets

from=${1:?the old group is missing}
to=${2:?the new group is missing}
tenant=$(echo "${3:?the ID of the tenant is missing}" | tr '[:upper:]' '[:lower:]')
terraform=${TERRAFORM:-terraform} # or tofu
states=$(mktemp -d)
trap 'rm -rf "$states"' EXIT

choose() {
  "$terraform" init -reconfigure -input=false -backend-config="key=app-sessions/$1.tfstate" >/dev/null
}

for group in "$to" "$from"; do
  choose "$group"
  "$terraform" state pull >"$states/$group.tfstate"
done

if ! addresses=$("$terraform" state list | grep -F "[\"$tenant/"); then
  echo "The group $from has no sessions of the tenant $tenant." >&2
  exit 1
fi
echo "$addresses" | while IFS= read -r address; do
  "$terraform" state mv -state="$states/$from.tfstate" -state-out="$states/$to.tfstate" "$address" "$address"
done

# The new group first: were it to end in between, both had the sessions, and
# "state rm" in the old group would do what is missing.
for group in "$to" "$from"; do
  choose "$group"
  "$terraform" state push "$states/$group.tfstate"
done
