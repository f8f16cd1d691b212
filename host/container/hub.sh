#!/bin/sh
# The container's one program. `hub.sh` runs the hub; `hub.sh health` ends with 0 while the hub is well; `hub.sh backup`
# writes the data as a tar file to stdout.
# What needs more than a shell is in tool.ts, which workerd runs: the image has neither Node nor curl.
set -u
umask 077

app=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
control=${TMPDIR:-/tmp}/cc2cc-control.sock
# A connection costs two open files, and what engines give at first may be 1,024.
ulimit -n "$(ulimit -Hn)" 2>/dev/null
export CC2CC_APP_DIR="$app" CC2CC_CONTROL_ADDRESS="unix:$control" CC2CC_OPEN_FILES="$(ulimit -n)"

fail() {
  echo "cc2cc: $1" >&2
  exit 1
}

# Runs one command of the tool. Its words are on stdout; of workerd's own, on stderr, the "test" report is left out.
tool() {
  {
    errors=$("$app/workerd" test --no-verbose --external-addr "hub=unix:$control" "$app/tool.capnp" "tool:$1" 2>&1 >&3) ||
      { echo "$errors" | grep -v -e ': debug: \[ [A-Z]* \] ' -e '^Tests failed' >&2; return 1; }
  } 3>&1
}

# For what may outlive the hub by a moment: the lock of the folder is not its. (`9>&-` behind a function keeps a copy.)
let_go() { exec 9>&-; }

# Clients hear that the hub goes away; workerd would wait for them for ever, so it gets half a second after that.
# Ends with the code that it is given, 0 for none.
stop() {
  trap '' TERM INT USR1
  CC2CC_HUB_API_KEY=$keys tool goodbye >/dev/null 2>&1
  kill -TERM "$hub" 2>/dev/null
  { let_go; sleep 0.5; kill -KILL "$hub" 2>/dev/null; } &
  wait "$hub"
  kill $! 2>/dev/null
  exit "${1:-0}"
}

# The workerd that serves here, which `exec` finds as its neighbour.
find_hub() {
  for file in $(grep -lzxF serve /proc/[0-9]*/cmdline 2>/dev/null); do
    grep -qzxF "$app/workerd" "$file" 2>/dev/null || continue
    file=${file#/proc/}
    echo "${file%/cmdline}"
  done
}

# All files as of one instant, which is what a crash would leave: workerd stands still while they are copied, and goes on
# whatever happens. The copy is sent afterwards, so that a slow reader holds nothing up.
backup() {
  copy=$CC2CC_DATA_DIR/backup.$$.tar
  guard=
  trap 'rm -f "$copy"; [ -z "$hub" ] || kill -CONT "$hub"; [ -z "$guard" ] || kill "$guard"' EXIT
  trap 'exit 1' INT TERM HUP PIPE
  hub=$(find_hub)
  if [ -n "$hub" ]; then
    { sleep 60; kill -CONT "$hub"; } >/dev/null 2>&1 &
    guard=$!
    kill -STOP "$hub" || exit 1
    until ! grep -qv ') T ' /proc/"$hub"/task/*/stat; do sleep 0.01; done
  else
    exec 9>"$CC2CC_DATA_DIR/container.lock"
    flock --nonblock 9 || fail "the hub of $CC2CC_DATA_DIR runs in another container: ask that one (docker compose exec)."
  fi
  echo "cc2cc: this holds every message, and what signs sessions: keep the file to yourself (umask 077, or chmod 600)." >&2
  # A file that it is written to at once, and not by way of an engine, is closed to others here.
  [ ! -f /dev/stdout ] || chmod 600 /dev/stdout
  tar -C "$CC2CC_DATA_DIR" -cf "$copy" data-format storage || exit 1
  [ -z "$hub" ] || kill -CONT "$hub"
  cat "$copy"
}

# Time stands still in workerd while the clock is earlier than it was: when it is set back, the hub ends, and the engine
# starts it again. /proc/uptime is a clock that nobody can set.
clock_ahead() {
  read -r uptime _ </proc/uptime
  echo $(($(date +%s) - ${uptime%.*}))
}
watch_clock() {
  while sleep 2 && kill -0 "$hub" 2>/dev/null; do
    now_ahead=$(clock_ahead)
    if [ "$now_ahead" -lt $((ahead - 2)) ]; then
      echo "cc2cc: the clock was set back by $((ahead - now_ahead)) s; the hub ends, to be started again with the new time" >&2
      kill -USR1 "$$"
      return
    fi
    [ "$now_ahead" -le "$ahead" ] || ahead=$now_ahead
  done
}

[ -n "${CC2CC_DATA_DIR-}" ] || CC2CC_DATA_DIR=/data
case ${1-} in
  '') ;;
  health) tool health >&2; exit ;;
  backup) backup; exit ;;
  *) fail "unknown command $1: hub.sh starts the hub, hub.sh health asks whether it is well, hub.sh backup copies its data." ;;
esac

{ mkdir -p "$CC2CC_DATA_DIR/storage" && chmod 700 "$CC2CC_DATA_DIR/storage" && [ -w "$CC2CC_DATA_DIR" ]; } 2>/dev/null ||
  fail "cannot write to the data folder $CC2CC_DATA_DIR as user $(id -u): mount a named volume there, or give the folder that you mount to that user (chown)."
CC2CC_DATA_DIR=$(cd -- "$CC2CC_DATA_DIR" && pwd)
export CC2CC_DATA_DIR

# Two hubs on one folder would each believe they own the queues. The kernel gives the lock back when its holders are gone.
exec 9>"$CC2CC_DATA_DIR/container.lock"
flock --nonblock 9 ||
  fail "the data folder $CC2CC_DATA_DIR is in use by another container: stop that one, or mount another volume."

rm -f "$control"
tool prepare >&2 || exit 1
keys=${CC2CC_HUB_API_KEY-}
# A value of commas and spaces holds no key: the tool has then made one, as it does for no value at all.
case $keys in
  *[!\ ,]*) ;;
  *) chmod 600 "$CC2CC_DATA_DIR/key" && keys=$(cat "$CC2CC_DATA_DIR/key") ;;
esac

ahead=$(clock_ahead)
# By whom a webhook's server may be certified; a CA of your own comes by the same variable.
SSL_CERT_FILE=${SSL_CERT_FILE:-$app/ca-certificates.crt} CC2CC_HUB_API_KEY=$keys "$app/workerd" serve --import-path=/ "$CC2CC_DATA_DIR/workerd.capnp" &
hub=$!
trap stop TERM INT
trap 'stop 75' USR1
{ let_go; watch_clock; } &
{ let_go; tool announce; } &
wait "$hub"
code=$?
kill $! 2>/dev/null
exit "$code"
