# A few words for tests written in shell; sourced. Each expectation prints one line, and the script ends at the first that fails.
expect() { # SENTENCE COMMAND...
  local sentence=$1; shift
  if "$@"; then printf 'ok: %s\n' "$sentence"; else printf 'FAILED: %s\n' "$sentence"; exit 1; fi
}
# within SECONDS COMMAND...: polls until it succeeds.
within() {
  local tries=$(( $1 * 20 )); shift
  until "$@" >/dev/null 2>&1; do (( tries-- > 0 )) || return 1; sleep 0.05; done
}
not() { ! "$@"; }
