#!/bin/sh
# Runs "$@" in network, process and mount namespaces of its own. When this script or that command ends,
# however it ends, every process of the lab dies with it and the namespaces go away with the last one.
#
# Inside: lo is up, all of 10.97.0.0/16 is local, and $EVENKEEL_SANDBOX is an empty tmpfs.
set -u
for tool in unshare setpriv ip mount mktemp; do
  command -v "$tool" >/dev/null || PATH=$PATH:/usr/sbin:/sbin
  command -v "$tool" >/dev/null || {
    echo "evenkeel: the lab needs '$tool' (packages util-linux, iproute2, mount, coreutils)" >&2
    exit 69
  }
done
EVENKEEL_SANDBOX=$(mktemp -d /tmp/evenkeel.XXXXXX) || exit 73
export EVENKEEL_SANDBOX PATH
if [ "$(id -u)" = 0 ]; then user=; else user=--map-root-user; fi

# The address beside the local route is the one the API server advertises.
# shellcheck disable=SC2016
setup='ip link set lo up &&
  ip address add 10.97.0.1/32 dev lo &&
  ip route add local 10.97.0.0/16 dev lo &&
  mount -t tmpfs -o mode=0700,size=2g evenkeel "$EVENKEEL_SANDBOX" &&
  exec "$@"'

# A background job's standard input is /dev/null before its redirections: keep the real one as 3.
exec 3<&0

# pdeathsig: if this script is killed outright, unshare must not stay behind.
setpriv --pdeathsig KILL unshare $user --net --pid --fork --kill-child --mount-proc \
  sh -c "$setup" sandbox "$@" <&3 3<&- &
unshare=$!

# unshare blocks TERM, and a background job ignores INT: what is meant for the command is passed on to it
# as TERM, in person.
forward() {
  read -r command </proc/$unshare/task/$unshare/children 2>/dev/null && kill -TERM $command
}
trap forward INT TERM HUP

while :; do
  wait $unshare
  status=$?
  kill -0 $unshare 2>/dev/null || break
done
rmdir "$EVENKEEL_SANDBOX"
exit $status
