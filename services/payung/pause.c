/* `payung pause` and `payung resume`: an operator's wish that a service or a lane takes no new records, or goes on. The wish is a row in PostgreSQL with its line in the audit; the
 * services look for it themselves, so it holds over restarts, too. */
#include <getopt.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "common/edge/clock.h"
#include "services/operations/pause.h"
#include "services/payung/commands.h"
#include "services/payung/money_command.h"

enum { PAUSE_ARENA_BYTES = 4 * 1024 * 1024 };

static const char usage[] = "usage: payung pause [--json]\n"
                            "       payung pause SERVICE|LANE [--reason TEXT] [--json]\n"
                            "       payung resume SERVICE|LANE [--reason TEXT] [--json]\n"
                            "\n"
                            "pause makes a service (eligibility, premium, ledger, notification, payments, coverage) or a lane (realtime, bulk) take no new records; what it has in hand is\n"
                            "finished. It stays in its group, keeps its place, and is not red: /readyz says \"paused by operator\". It holds over restarts until resume. Services notice within\n"
                            "about two seconds. Without arguments pause shows what is paused. Every change is in the audit of the ledger, with who made it.\n"
                            "Environment: PGURL. Exit codes: 0 done (also when it was so already), 1 failed, 2 usage, 75 the database is away.\n"
                            "  --reason TEXT  why, at most 400 bytes, for the audit; no data of persons\n"
                            "  --json         one JSON document on standard output\n";

struct wanted {
    bool json, paused;
    const char *target, *reason;
};

static int print_list(bool json, const struct pause_wish *wishes, size_t count) {
    json_t *list = json_array();
    char since[CLOCK_TEXT_MAX];
    for (size_t i = 0; i < count; i++) {
        clock_format_ms(wishes[i].since_ms, since);
        CHECK(json_array_append_new(list, json_pack("{s:o,s:s,s:o,s:o}", "target", json_slice(wishes[i].target), "since", since, "actor", json_slice(wishes[i].actor), "reason",
                                                    json_slice(wishes[i].reason))) == 0);
        if (!json) printf("%.*s dijeda sejak %s oleh %.*s%s%.*s\n", SLICE_ARGS(wishes[i].target), since, SLICE_ARGS(wishes[i].actor), wishes[i].reason.size > 0 ? ": " : "",
                          SLICE_ARGS(wishes[i].reason));
    }
    if (!json && count == 0) printf("Tidak ada yang dijeda.\n");
    if (json) command_print_json(json_pack("{s:o}", "paused", list));
    else json_decref(list);
    return EXIT_OK;
}

static int print_change(const struct wanted *wanted, bool changed) {
    if (wanted->json) command_print_json(json_pack("{s:s,s:b,s:b}", "target", wanted->target, "paused", wanted->paused, "changed", changed));
    else if (!changed) printf("%s sudah %s.\n", wanted->target, wanted->paused ? "dijeda" : "berjalan");
    else printf("%s %s.\n", wanted->target, wanted->paused ? "dijeda: pekerjaan menunggu di topik sampai payung resume" : "berjalan lagi");
    return EXIT_OK;
}

static int run(const struct wanted *wanted, struct pg *pg, struct arena *arena) {
    struct pause_wish wishes[PAUSES_MAX];
    char actor[ACTOR_MAX];
    size_t count = 0;
    bool changed = false;
    if (wanted->target == NULL) {
        const struct err err = pause_list(pg, arena, wishes, &count);
        return failed(&err) ? database_failure(wanted->json, &err) : print_list(wanted->json, wishes, count);
    }
    const struct pause_wish wish = {.target = slice_text(wanted->target), .actor = slice_text(operator_name(actor)), .reason = slice_text(wanted->reason)};
    const struct err err = pause_set(pg, arena, &wish, wanted->paused, &changed);
    return failed(&err) ? database_failure(wanted->json, &err) : print_change(wanted, changed);
}

static int open_and_run(const struct wanted *wanted) {
    const char *url = command_env(wanted->json, "PGURL");
    if (url == NULL) return EXIT_USAGE;
    struct pg *pg = NULL;
    const struct err err = pg_open(url, "payung-pause", &pg);
    if (failed(&err)) return database_failure(wanted->json, &err);
    struct arena *arena = arena_create(PAUSE_ARENA_BYTES);
    const int code = run(wanted, pg, arena);
    arena_destroy(arena);
    pg_close(pg);
    return code;
}

static int change(int argc, char **argv, bool paused) {
    static const struct option options[] = {{"json", no_argument, NULL, 'j'}, {"reason", required_argument, NULL, 'r'}, {"help", no_argument, NULL, 'h'}, {NULL, 0, NULL, 0}};
    struct wanted wanted = {.paused = paused, .reason = ""};
    optind = 1;
    opterr = 0;
    for (int letter; (letter = getopt_long(argc, argv, "", options, NULL)) != -1;) {
        if (letter == 'h') {
            fputs(usage, stdout);
            return EXIT_OK;
        }
        if (letter == 'j') wanted.json = true;
        else if (letter == 'r') wanted.reason = optarg;
        else return command_usage(argc, argv, usage);
    }
    if (optind < argc) wanted.target = argv[optind++];
    if (optind < argc || (wanted.target == NULL && (!paused || wanted.reason[0] != '\0')) || strlen(wanted.reason) > PAUSE_REASON_MAX) return command_usage(argc, argv, usage);
    if (wanted.target != NULL && !pause_target_known(wanted.target))
        return command_fail(wanted.json, EXIT_USAGE, "UNKNOWN_TARGET", "there is no such service or lane to pause", "payung pause --help names them.");
    return open_and_run(&wanted);
}

int pause_main(int argc, char **argv) { return change(argc, argv, true); }
int resume_main(int argc, char **argv) { return change(argc, argv, false); }
