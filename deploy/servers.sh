# The three servers as ordinary processes under RUN_DIR: Apache Kafka, PostgreSQL, Redis. It is sourced after lib.sh and
# processes.sh; deploy/up and the system tests use the same functions, so that tests run what operators run. Everything listens
# on 127.0.0.1 alone; passwords go through files with mode 0600, standard input or the environment, never onto a command line.

# ---- the run folder: marker, ports and secrets, kept for later runs ----

readonly run_marker=.payung-run-folder

# open_run_folder DIR: makes it (or takes ours), sets RUN_DIR, and holds its lock until the script ends.
open_run_folder() {
  mkdir -p "$1" || fail "the folder $1 cannot be made."
  RUN_DIR=$(cd -P "$1" && pwd)
  if [ ! -e "$RUN_DIR/$run_marker" ] && [ -n "$(ls -A "$RUN_DIR")" ]; then
    fail "$RUN_DIR is not empty and not a run folder of Payung. Remedy: choose another with --dir."
  fi
  : >>"$RUN_DIR/$run_marker"
  lock_run_folder
  mkdir -p "$RUN_DIR"/{bin,conf,data,logs,maildir,pids,uploads}
  chmod 700 "$RUN_DIR/conf" "$RUN_DIR/maildir" "$RUN_DIR/uploads"
  load_kept ports 644; load_kept secrets 600
}
lock_run_folder() {
  exec 9>>"$RUN_DIR/$run_marker"
  flock -w 120 9 || fail "another start or stop of $RUN_DIR is under way."
}

# Two small files of shell assignments are kept: RUN_DIR/ports and RUN_DIR/secrets.
declare -A ports secrets
load_kept() {
  local file=$RUN_DIR/$1 name value; local -n kept=$1
  [ -e "$file" ] || { (umask 077; : >"$file"); chmod "$2" "$file"; }
  while IFS='=' read -r name value; do [ -z "$name" ] || kept[$name]=$value; done <"$file"
}
keep() { # TABLE NAME VALUE
  local -n kept=$1; kept[$2]=$3
  printf '%s=%s\n' "$2" "$3" >>"$RUN_DIR/$1"
}

# need_secret NAME: makes 24 random bytes in hex, once.
need_secret() {
  [ -n "${secrets[$1]:-}" ] || keep secrets "$1" "$(od -An -v -N24 -tx1 /dev/urandom | tr -d ' \n')"
}

# need_port NAME PROGRAM: a free loopback port below the range of outgoing connections. A kept one is given up only if
# its program does not run (a supervisor that tries in vain does not count) and something else has taken it meanwhile.
need_port() {
  local taken port hex # state 0A: listening
  if [ -n "${ports[$1]:-}" ] && living_pid "$RUN_DIR/pids/$2" >/dev/null; then return; fi
  taken=$(awk '$4 == "0A" { split($2, a, ":"); print a[length(a)] }' /proc/net/tcp /proc/net/tcp6 2>/dev/null || true)
  port=${ports[$1]:-0}
  while :; do
    printf -v hex '%04X' "$port"
    if [ "$port" -ge 1024 ] && ! grep -qx "$hex" <<<"$taken"; then break; fi
    port=$((20000 + SRANDOM % 12000))
    [[ " ${ports[*]} " != *" $port "* ]] || port=0
  done
  [ "${ports[$1]:-}" = "$port" ] || keep ports "$1" "$port"
}

# write_conf PATH MODE: writes standard input to RUN_DIR/PATH at once, with that mode.
write_conf() {
  (umask 077; cat >"$RUN_DIR/$1.new") && chmod "$2" "$RUN_DIR/$1.new" && mv -f "$RUN_DIR/$1.new" "$RUN_DIR/$1"
}
# sum_of FILE...: a short sum over their contents; one that is not there counts as empty.
sum_of() { { cat "$@" 2>/dev/null || true; } | sha256sum | cut -c 1-16; }

# ---- PostgreSQL 15 ----

# postgres_bin: prints the folder of PostgreSQL 15's programs.
postgres_bin() {
  local folder
  for folder in /usr/lib/postgresql/15/bin /usr/pgsql-15/bin; do
    [ ! -x "$folder/postgres" ] || { printf '%s' "$folder"; return; }
  done
  fail "PostgreSQL 15 is missing. Remedy: apt-get install postgresql-15 (or run deploy/install)."
}

# PostgreSQL refuses to run as root: then it runs as the user postgres. If that user cannot reach the run folder (a parent of
# mode 0700), it is given the one right to look into folders, rather than opening somebody's folder to everyone.
# Sets postgres_prefix, the words before its programs.
choose_postgres_user() {
  postgres_prefix=()
  [ "$EUID" = 0 ] || return 0
  id postgres >/dev/null 2>&1 || fail "there is no user postgres to run PostgreSQL as. Remedy: apt-get install postgresql-15."
  postgres_prefix=(setpriv --reuid=postgres --regid=postgres --init-groups)
  if ! "${postgres_prefix[@]}" env -C "$RUN_DIR/data" true 2>/dev/null; then
    # (The secure bit lets access(2), with which initdb looks for its programs, count that right too.)
    postgres_prefix+=(--inh-caps=+dac_read_search --ambient-caps=+dac_read_search --securebits=+no_setuid_fixup)
    "${postgres_prefix[@]}" env -C "$RUN_DIR/data" true 2>/dev/null ||
      fail "the user postgres cannot reach $RUN_DIR/data. Remedy: choose a folder it can reach with --dir (for example under /var/lib)."
  fi
}

# size_postgres: sets shared_mb (a sixteenth of the memory, 64 to 2048) and wal_mb (a twentieth of the disk, 1024 to 4096): the
# fewer checkpoints, the fewer whole pages of large indexes go to the log. Both stay the same as long as the machine does.
size_postgres() {
  shared_mb=$(awk '$1 == "MemTotal:" { mb = int($2 / 16384); print (mb < 64 ? 64 : mb > 2048 ? 2048 : mb) }' /proc/meminfo)
  wal_mb=$(df --output=size -k "$RUN_DIR" | awk 'NR == 2 { mb = int($1 / 20480); print (mb < 1024 ? 1024 : mb > 4096 ? 4096 : mb) }')
}

# start_postgres: makes the data folder if it is new, and starts. finish_postgres: waits and makes the two roles and the database.
start_postgres() {
  local bin data=$RUN_DIR/data/postgres shared_mb wal_mb
  bin=$(postgres_bin)
  need_port POSTGRES_PORT postgres; need_secret POSTGRES_ADMIN_PASSWORD; need_secret POSTGRES_PASSWORD; need_secret POSTGRES_OWNER_PASSWORD
  choose_postgres_user
  if [ ! -s "$data/payung.ready" ] && ! is_running postgres; then
    rm -rf "$data" "$data.new"; mkdir -m 700 "$data.new"
    printf '%s\n' "${secrets[POSTGRES_ADMIN_PASSWORD]}" | write_conf data/postgres.password 600
    [ "$EUID" != 0 ] || chown postgres "$data.new" "$RUN_DIR/data/postgres.password"
    (cd / && "${postgres_prefix[@]}" "$bin/initdb" -D "$data.new" -U postgres --encoding=UTF8 --locale=C --no-sync \
      --auth=scram-sha-256 --pwfile="$RUN_DIR/data/postgres.password") >"$RUN_DIR/logs/initdb.log" 2>&1 </dev/null || {
      tail -n 10 "$RUN_DIR/logs/initdb.log" >&2; fail "initdb failed (log: $RUN_DIR/logs/initdb.log)."; }
    rm -f "$RUN_DIR/data/postgres.password"
    echo 'host all all 127.0.0.1/32 scram-sha-256' >"$data.new/pg_hba.conf"
    echo "include 'payung.conf'" >>"$data.new/postgresql.conf"
    sync -f "$data.new"; mv "$data.new" "$data"; echo made >"$data/payung.ready"
  fi
  size_postgres
  # Statements and details of errors stay out of the log: they may carry personal data.
  write_conf data/postgres/payung.conf 644 <<CONF
listen_addresses = '127.0.0.1'
port = ${ports[POSTGRES_PORT]}
unix_socket_directories = ''
max_connections = 100
shared_buffers = ${shared_mb}MB
work_mem = 8MB
fsync = on
synchronous_commit = on
wal_compression = lz4
max_wal_size = ${wal_mb}MB
checkpoint_timeout = 15min
jit = off
max_parallel_workers_per_gather = 0
timezone = 'UTC'
log_timezone = 'UTC'
log_min_error_statement = panic
log_error_verbosity = terse
log_checkpoints = off
CONF
  # A killed server leaves its process id behind; if the id was given to a stranger since, PostgreSQL would refuse to start.
  write_conf conf/postgres.before 600 <<BEFORE
{ read -r pid <"$data/postmaster.pid"; } 2>/dev/null || exit 0
[ "\$(readlink "/proc/\$pid/cwd")" = "$data" ] || rm -f "$data/postmaster.pid"
BEFORE
  start_program postgres "$(sum_of "$data/payung.conf") $bin" --stop INT --grace 20 --before "$RUN_DIR/conf/postgres.before" \
    -- env -C / "${postgres_prefix[@]}" "$bin/postgres" -D "$data"
}

# admin_sql DATABASE: runs standard input as PostgreSQL's administrator.
admin_sql() {
  PGPASSWORD=${secrets[POSTGRES_ADMIN_PASSWORD]} "$(postgres_bin)/psql" -h 127.0.0.1 -p "${ports[POSTGRES_PORT]}" -U postgres -d "$1" \
    -X -q -A -t -v ON_ERROR_STOP=1
}
readonly database_made=complete-3 # another word when this does more than before
# payung_owner owns the database and everything in it; payung, whom services and commands use, gets its rights from `payung migrate`.
# In a database of before there was one role, payung, for both: all of it is handed over in one transaction. Services that run
# meanwhile give way in a deadlock, and are refused until that migrate a moment later: they try again, or are started again.
finish_postgres() {
  local data=$RUN_DIR/data/postgres
  wait_until 60 postgres "$(postgres_bin)/pg_isready" -q -h 127.0.0.1 -p "${ports[POSTGRES_PORT]}"
  [ "$(<"$data/payung.ready")" != "$database_made" ] || return 0
  admin_sql postgres <<SQL || fail "the database could not be made (log: $RUN_DIR/logs/postgres.log)."
SELECT format('CREATE ROLE %I LOGIN', r) FROM unnest(ARRAY['payung_owner', 'payung']) r WHERE r NOT IN (SELECT rolname FROM pg_roles) \gexec
ALTER ROLE payung_owner PASSWORD '${secrets[POSTGRES_OWNER_PASSWORD]}';
ALTER ROLE payung CREATEDB PASSWORD '${secrets[POSTGRES_PASSWORD]}'; -- payung ledger replay makes a database of its own
SELECT 'CREATE DATABASE payung OWNER payung_owner' WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = 'payung') \gexec
\connect payung
SET deadlock_timeout = '10min';
SELECT 'REASSIGN OWNED BY payung TO payung_owner' FROM pg_database WHERE datname = 'payung' AND datdba = 'payung'::regrole \gexec
SQL
  echo "$database_made" >"$data/payung.ready"
}
# postgres_url: of the services and commands. postgres_owner_url: for `payung migrate`, and for tests that tamper.
postgres_url() { printf 'postgresql://payung:%s@127.0.0.1:%s/payung' "${secrets[POSTGRES_PASSWORD]}" "${ports[POSTGRES_PORT]}"; }
postgres_owner_url() {
  printf 'postgresql://payung_owner:%s@127.0.0.1:%s/payung' "${secrets[POSTGRES_OWNER_PASSWORD]}" "${ports[POSTGRES_PORT]}"
}

# ---- Redis 7 ----

start_redis() {
  has redis-server || fail "redis-server is missing. Remedy: apt-get install redis-server (or run deploy/install)."
  need_port REDIS_PORT redis; need_secret REDIS_PASSWORD
  mkdir -p "$RUN_DIR/data/redis"; chmod 700 "$RUN_DIR/data/redis"
  write_conf conf/redis.conf 600 <<CONF
bind 127.0.0.1
port ${ports[REDIS_PORT]}
requirepass ${secrets[REDIS_PASSWORD]}
dir "$RUN_DIR/data/redis"
daemonize no
databases 1
appendonly yes
save ""
maxmemory 128mb
maxmemory-policy allkeys-lru
loglevel notice
logfile ""
CONF
  start_program redis "$(sum_of "$RUN_DIR/conf/redis.conf")" --grace 10 -- redis-server "$RUN_DIR/conf/redis.conf"
}
redis_answers() {
  local answer=""
  { exec 7<>"/dev/tcp/127.0.0.1/${ports[REDIS_PORT]}"; } 2>/dev/null || return 1
  printf 'AUTH %s\r\nPING\r\n' "${secrets[REDIS_PASSWORD]}" >&7
  { read -r -t 2 _ && read -r -t 2 answer; } <&7 || true
  exec 7>&-
  [[ $answer = +PONG* ]]
}
finish_redis() { wait_until 30 redis redis_answers; }
redis_url() { printf 'redis://default:%s@127.0.0.1:%s/0' "${secrets[REDIS_PASSWORD]}" "${ports[REDIS_PORT]}"; }

# ---- Apache Kafka 4.1.1: one node, broker and controller in one process ----

start_kafka() {
  local data=$RUN_DIR/data/kafka java
  java=$(command -v java) || fail "java is missing. Remedy: apt-get install openjdk-17-jre-headless (or run deploy/install)."
  [ -f "$(dirname "$KAFKA_LIBS")/stamp" ] || fail "Apache Kafka's jars are missing. Remedy: run deploy/install."
  need_port KAFKA_PORT kafka; need_port KAFKA_CONTROLLER_PORT kafka
  write_conf conf/kafka.properties 644 <<CONF
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:${ports[KAFKA_CONTROLLER_PORT]}
listeners=PLAINTEXT://127.0.0.1:${ports[KAFKA_PORT]},CONTROLLER://127.0.0.1:${ports[KAFKA_CONTROLLER_PORT]}
advertised.listeners=PLAINTEXT://127.0.0.1:${ports[KAFKA_PORT]}
controller.listener.names=CONTROLLER
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT
log.dirs=$data
auto.create.topics.enable=false
default.replication.factor=1
offsets.topic.replication.factor=1
offsets.topic.num.partitions=4
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
transaction.state.log.num.partitions=4
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
share.coordinator.state.topic.num.partitions=1
group.initial.rebalance.delay.ms=0
group.min.session.timeout.ms=1000
num.network.threads=2
num.io.threads=2
background.threads=2
num.recovery.threads.per.data.dir=2
log.cleaner.dedupe.buffer.size=16777216
log.index.size.max.bytes=1048576
broker.heartbeat.interval.ms=500
broker.session.timeout.ms=3000
controlled.shutdown.enable=true
CONF
  write_conf conf/kafka-log4j2.properties 644 <<'CONF'
status = error
appender.console.type = Console
appender.console.name = console
appender.console.layout.type = PatternLayout
appender.console.layout.pattern = %d{yyyy-MM-dd'T'HH:mm:ss,SSS} %p %m (%c{1})%n
rootLogger.level = warn
rootLogger.appenderRef.console.ref = console
logger.server.name = kafka.server.KafkaRaftServer
logger.server.level = info
CONF
  local jvm=("$java" -Xms256m -Xmx512m -XX:+UseSerialGC -XX:+ExitOnOutOfMemoryError -Djava.awt.headless=true
    -Dlog4j2.configurationFile="$RUN_DIR/conf/kafka-log4j2.properties" -cp "$KAFKA_LIBS/*")
  mkdir -p "$data"; chmod 700 "$data" # birth dates and sealed persons
  if [ ! -f "$data/meta.properties" ] && ! is_running kafka; then
    format_kafka "$data"
  fi
  start_program kafka "$(sum_of "$RUN_DIR/conf/kafka.properties") $java ${jvm[*]}" --grace 20 \
    -- "${jvm[@]}" kafka.Kafka "$RUN_DIR/conf/kafka.properties"
}

# format_kafka FOLDER: kafka.tools.StorageTool makes the folder with a new cluster id (16 random bytes in URL-safe base64).
format_kafka() {
  local cluster; cluster=$(head -c 16 /dev/urandom | base64 | tr '+/' 'Zz' | cut -c 1-22)
  "${jvm[0]}" -Xmx128m -XX:TieredStopAtLevel=1 -XX:+UseSerialGC -cp "$KAFKA_LIBS/*" \
    -Dlog4j2.configurationFile="$RUN_DIR/conf/kafka-log4j2.properties" \
    kafka.tools.StorageTool format --cluster-id "$cluster" --config "$RUN_DIR/conf/kafka.properties" \
    </dev/null >"$RUN_DIR/logs/kafka-format.log" 2>&1 ||
    { tail -n 10 "$RUN_DIR/logs/kafka-format.log" >&2; fail "Kafka's data folder could not be made."; }
}

# kafka_answers: asks for its API versions; a broker that is not ready for work does not answer.
kafka_answers() {
  local size
  { exec 7<>"/dev/tcp/127.0.0.1/${ports[KAFKA_PORT]}"; } 2>/dev/null || return 1
  printf '\0\0\0\012\0\022\0\0\0\0\0\001\377\377' >&7
  size=$(timeout 2 head -c 4 <&7 | od -An -tx1 | tr -d ' \n')
  exec 7>&-
  [ ${#size} = 8 ]
}
finish_kafka() { wait_until 90 kafka kafka_answers; }
kafka_brokers() { printf '127.0.0.1:%s' "${ports[KAFKA_PORT]}"; }
