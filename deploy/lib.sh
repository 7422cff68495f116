# What the scripts of deploy/ share: messages, and the place of the pinned dependencies. It is sourced, never run.
# It must never print a secret and never act on a process or a folder by itself.

# say TEXT: one progress line. fail TEXT: one error line with its remedy, then exit 1 of the calling script.
say() { printf '%s\n' "payung: $*"; }
fail() { printf '%s\n' "payung: error: $*" >&2; exit 1; }

# step TEXT COMMAND...: tells what begins, runs it, tells how long it took. Its failure is the caller's failure.
step() {
  local title=$1 began=$EPOCHREALTIME; shift
  printf '%s\n' "payung: $title ..."
  "$@" || return
  printf '%s\n' "payung: $title: done in $(seconds_since "$began") s"
}

# seconds_since EPOCHREALTIME: seconds with one decimal, without any program.
seconds_since() {
  local tenths=$(( (${EPOCHREALTIME/[.,]/} - ${1/[.,]/}) / 100000 ))
  printf '%d.%d' $((tenths / 10)) $((tenths % 10))
}

# has COMMAND: is there such a program on PATH?
has() { command -v "$1" >/dev/null 2>&1; }

DEPLOY_FOLDER=$(cd -P "$(dirname "${BASH_SOURCE[0]}")" && pwd)
PROJECT_FOLDER=$(cd -P "$DEPLOY_FOLDER/.." && pwd)
# Where fetched and built dependencies live: shared by all build folders, ignored by git, safe to delete.
PAYUNG_DEPS_DIR=${PAYUNG_DEPS_DIR:-$PROJECT_FOLDER/.deps}
KAFKA_LIBS=$PAYUNG_DEPS_DIR/kafka-4.1.1/libs
