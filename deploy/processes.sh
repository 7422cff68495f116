# How processes are started, found, watched and stopped: by process id alone, and only when the kernel's start time of that
# id is the one that was noted, so that a reused id is never signalled. It is sourced after lib.sh; the caller sets RUN_DIR.
# Each program NAME has in RUN_DIR/pids: NAME.pid (its id, for people and tests), NAME.born ("id start-time" of the program),
# NAME.supervisor.pid and NAME.supervisor.born (the same of its supervisor), NAME.made (what it was started from).

# start_time PID: prints the kernel's start time (clock ticks after boot); fails when there is no such process or it is a zombie.
start_time() {
  local line fields
  { read -r line <"/proc/$1/stat"; } 2>/dev/null || return 1
  read -ra fields <<<"${line##*) }"
  [ "${fields[0]}" != Z ] && printf '%s' "${fields[19]}"
}

# note_process FILE PID: writes FILE.pid and FILE.born, each at once.
note_process() {
  local born; born=$(start_time "$2") || born=gone
  printf '%s %s\n' "$2" "$born" >"$1.born.new" && mv -f "$1.born.new" "$1.born"
  printf '%s\n' "$2" >"$1.pid.new" && mv -f "$1.pid.new" "$1.pid"
}
forget_process() { rm -f "$1.pid" "$1.born"; }

# living_pid FILE: prints the id noted in FILE.born if that very process still lives, else fails.
living_pid() {
  local pid born now
  { read -r pid born <"$1.born"; } 2>/dev/null || return 1
  now=$(start_time "$pid") && [ "$now" = "$born" ] && printf '%s' "$pid"
}

# wait_gone FILE SECONDS: waits until the noted process is gone; fails if it is not in time.
wait_gone() {
  local tries=$(( $2 * 20 ))
  while living_pid "$1" >/dev/null; do
    (( tries-- > 0 )) || return 1
    sleep 0.05
  done
}

# ask_to_stop NAME: signals TERM and returns at once. finish_stop NAME: waits, then kills what is left.
# The supervisor passes the signal on and has its own grace time; a program without supervisor is signalled itself.
ask_to_stop() {
  local notes=$RUN_DIR/pids/$1 pid
  if pid=$(living_pid "$notes.supervisor"); then kill -TERM "$pid" 2>/dev/null || true
  elif pid=$(living_pid "$notes"); then kill -TERM "$pid" 2>/dev/null || true
  fi
}
finish_stop() {
  local notes=$RUN_DIR/pids/$1 pid
  wait_gone "$notes.supervisor" 30 || { pid=$(living_pid "$notes.supervisor") && kill -KILL "$pid" 2>/dev/null || true; }
  if pid=$(living_pid "$notes"); then
    kill -TERM "$pid" 2>/dev/null || true
    wait_gone "$notes" 5 || { kill -KILL "$pid" 2>/dev/null || true; wait_gone "$notes" 5 || fail "$1 (process $pid) does not end."; }
  fi
  forget_process "$notes"; forget_process "$notes.supervisor"; rm -f "$notes.made"
}
# is_running NAME: a supervisor that lives (its program may be between two starts).
is_running() { living_pid "$RUN_DIR/pids/$1.supervisor" >/dev/null; }

# start_program NAME MADE [supervise options] -- COMMAND...: starts COMMAND under a supervisor, unless it runs already and was
# started from the same MADE (any text that changes when the program or its configuration does). Returns at once.
start_program() {
  local name=$1 made=$2 known=""; shift 2
  [ ! -f "$RUN_DIR/pids/$name.made" ] || known=$(<"$RUN_DIR/pids/$name.made")
  if is_running "$name"; then
    [ "$known" != "$made" ] || return 0
    say "$name changed and is started anew"
    ask_to_stop "$name"
  fi
  finish_stop "$name" # also ends a program whose supervisor was killed
  setsid "$DEPLOY_FOLDER/supervise" "$RUN_DIR" "$name" "$@" </dev/null >>"$RUN_DIR/logs/supervisor.log" 2>&1 7>&- 8>&- 9>&- &
  note_process "$RUN_DIR/pids/$name.supervisor" $!
  printf '%s\n' "$made" >"$RUN_DIR/pids/$name.made"
}

# wait_until SECONDS NAME COMMAND...: polls COMMAND; on time-out tells which program it was about, with the tail of its log.
wait_until() {
  local tries=$(( $1 * 10 )) limit=$1 name=$2; shift 2
  until "$@" >/dev/null 2>&1; do
    if (( tries-- <= 0 )); then
      printf '%s\n' "payung: the last lines of $RUN_DIR/logs/$name.log:" >&2
      tail -n 15 "$RUN_DIR/logs/$name.log" >&2 2>/dev/null || true
      fail "$name was not ready within $limit s. Its log: $RUN_DIR/logs/$name.log; the supervisor's: $RUN_DIR/logs/supervisor.log"
    fi
    sleep 0.1
  done
}

# http_ready PORT PATH: does 127.0.0.1:PORT answer 200 to GET PATH? With bash alone.
http_ready() {
  local status=""
  { exec 7<>"/dev/tcp/127.0.0.1/$1"; } 2>/dev/null || return 1
  printf 'GET %s HTTP/1.0\r\nHost: 127.0.0.1\r\n\r\n' "$2" >&7
  read -r -t 2 _ status _ <&7 || true
  exec 7>&-
  [ "$status" = 200 ]
}

# stop_all: stops every noted program: services first and all at once, then the servers in the reverse order of their start.
stop_all() {
  local notes name services=()
  for notes in "$RUN_DIR"/pids/*.born; do
    name=${notes##*/}; name=${name%.born}; name=${name%.supervisor}
    case $name in '*' | kafka | postgres | redis) ;; *) [[ " ${services[*]} " == *" $name "* ]] || services+=("$name") ;; esac
  done
  for name in "${services[@]}"; do ask_to_stop "$name"; done
  for name in "${services[@]}"; do finish_stop "$name"; done
  for name in redis kafka postgres; do ask_to_stop "$name"; done
  for name in redis kafka postgres; do finish_stop "$name"; done
}
