/* `payung agreement`: apply shows what an agreement document would put in force and, with --yes, does it. Declarative: the same document again changes nothing, another one under the
 * same id is an amendment. end makes such a document itself. show, list and history stand in agreement_show.c, what two persons do in agreement_propose.c. */
#include <getopt.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/edge/clock.h"
#include "services/ledger/agreement_apply.h"
#include "services/ledger/agreement_json.h"
#include "services/payung/agreement_request.h"
#include "services/payung/agreement_show.h"
#include "services/payung/agreement_terms.h"
#include "services/payung/commands.h"
#include "services/payung/money_command.h"

enum { ARENA_BYTES_MAX = 64 * 1024 * 1024, TEXT_MAX = 200 };

static const char usage[] = "usage: payung agreement apply FILE.json [--yes] [--json]\n"
                            "       payung agreement end ID --date YYYY-MM-DD [--yes] [--json]\n"
                            "       payung agreement renew OLD --into NEW [--yes] [--on YYYY-MM-DD] [--json]\n"
                            "       payung agreement propose FILE.json --as NAME [--draft] [--json]\n"
                            "       payung agreement submit PROPOSAL --as NAME [--json]\n"
                            "       payung agreement approve|refuse|withdraw PROPOSAL --as NAME [--note TEXT] [--json]\n"
                            "       payung agreement proposals [--json]\n"
                            "       payung agreement show ID [--json]\n"
                            "       payung agreement history ID [--json]\n"
                            "       payung agreement list [--json]\n"
                            "\n"
                            "apply  puts the agreement of a payer in force: its budget, programmes, months and legal basis. Without --yes it only shows what would happen.\n"
                            "       The same document again changes nothing; another document under the same id is an amendment, which gets a number: what it changes is shown\n"
                            "       first. Payer, source of funds, parent and the beginning of the period never change (write a new agreement with \"renews\"), and nothing that\n"
                            "       was promised is taken back: the pagu stays above what is bound. Programmes that the law does not open to a segment are named\n"
                            "       (CFG_LAW_CONFLICT): they are never billed and each person gets the warning W50.\n"
                            "       A part of an umbrella agreement (\"parent\") must lie within its segments, programmes, period, region and pagu.\n"
                            "end    an amendment that ends the period on that day, today at the earliest and not before a month that is invoiced.\n"
                            "renew  asks everybody of an agreement again under the next one; payung agreement renew --help explains it.\n"
                            "propose, submit, approve, refuse, withdraw  the same by two persons: NAME is a partner with the role maker, and another one with the role checker\n"
                            "       (payung partner add). What is approved is in force. The maker may withdraw, and with\n"
                            "       --draft keep it to himself until he submits it. The operator of this machine acts for NAME, and is written down beside it;\n"
                            "       one operator can't make and check the same proposal, whatever NAME is.\n"
                            "proposals  drafts, and what waits for a checker.\n"
                            "show   terms, money, warnings, versions, and for an umbrella agreement the agreements under it with their sums.\n"
                            "history  the documents that were in force, who made and approved them, and what each changed.\n"
                            "list   all agreements, those under an umbrella below it.\n"
                            "Exit code 0 done or nothing to do, 1 failed or refused, 2 usage, 75 when the database is away.\n"
                            "  --yes    put it in force\n"
                            "  --json   one JSON document on standard output\n";

/* ---- shared with agreement_propose.c ------------------------------------------------------------------------------------------------------------- */

static bool read_whole(struct arena *arena, const char *path, size_t bytes_max, struct slice *ret_bytes) {
    FILE *file = fopen(path, "rb");
    if (file == NULL) return false;
    uint8_t *bytes = arena_take(arena, bytes_max);
    const size_t size = fread(bytes, 1, bytes_max, file);
    const bool whole = !ferror(file) && (size < bytes_max || fgetc(file) == EOF);
    (void)fclose(file); /* it was only read */
    if (whole) *ret_bytes = slice_of(bytes, size);
    return whole;
}

int agreement_read_file(const struct agreement_request *request, const struct law_tables *tables, struct arena *arena, struct agreement_document *ret_document) {
    struct slice json;
    struct document_problem problem;
    if (!read_whole(arena, request->word, DOCUMENT_BYTES_MAX + 1, &json))
        return command_fail(request->json, EXIT_FAILED, "FILE_UNREADABLE", "the agreement file can't be read or is too large", "Check its name and permissions.");
    if (agreement_document_read(arena, json, &tables->regions, &tables->law, ret_document, &problem) &&
        agreement_occupations_known(&ret_document->agreement, &tables->occupations, &problem)) return EXIT_OK;
    return command_fail(request->json, EXIT_FAILED, "DOCUMENT_INVALID", problem.problem, problem.remedy);
}

int agreement_failure(const struct agreement_request *request, const struct err *err) {
    return database_failure(request->json, err);
}

int agreement_refused(const struct agreement_request *request, const struct document_problem *problem) {
    char message[sizeof problem->member + sizeof problem->problem + 2];
    (void)snprintf(message, sizeof message, "%s%s%s", problem->member, problem->member[0] != '\0' ? ": " : "", problem->problem); /* fits */
    return command_fail(request->json, EXIT_FAILED, "AGREEMENT_REFUSED", message, problem->remedy);
}

/* ---- apply, end ---------------------------------------------------------------------------------------------------------------------------------- */

static const char *answer_word(const struct agreement_request *request, enum apply_answer answer) {
    if (answer == APPLY_UNCHANGED) return "unchanged";
    if (!request->yes) return "not applied";
    return answer == APPLY_AMENDED ? "amended" : "applied";
}

static int tell(const struct agreement_request *request, const struct agreement_change *change) {
    const struct agreement_document *document = change->document;
    const struct slice id = document->agreement.id;
    if (request->json) {
        command_print_json(json_pack("{s:s%,s:s,s:i,s:I,s:I,s:s,s:o,s:o}", "agreement", (const char *)id.bytes, id.size, "result", answer_word(request, change->answer), "amendment",
                                     (int)change->amendment, "pagu", (json_int_t)document->agreement.pagu, "quota", (json_int_t)document->agreement.quota, "difference", change->difference,
                                     "warnings", agreement_warnings_json(&document->agreement, document->closed), "law_conflicts",
                                     agreement_law_conflicts_json(&document->agreement, document->closed)));
        return EXIT_OK;
    }
    terms_print(&document->agreement, document->name);
    terms_print_warnings(&document->agreement, document->closed);
    if (change->answer == APPLY_AMENDED) printf("Adendum %d (lama -> baru):\n%s", change->amendment, change->difference);
    if (change->answer == APPLY_UNCHANGED) printf("Sudah berlaku; tidak ada perubahan.\n");
    else if (request->yes) printf("Diterapkan dan berlaku.\n");
    else printf("Belum ada yang diubah. Tambahkan --yes untuk menerapkannya.\n");
    return EXIT_OK;
}

static struct err put(struct pg *pg, struct arena *arena, const struct agreement_request *request, const struct agreement_document *document, struct agreement_change *change) {
    char actor[ACTOR_MAX];
    const struct money_moment moment = {.moment_ms = clock_unix_ms(), .actor = operator_name(actor)};
    TRY(agreement_change_begin(pg, arena, document, &moment, change));
    const bool writes = request->yes && (change->answer == APPLY_CREATED || change->answer == APPLY_AMENDED);
    if (writes) TRY(agreement_change_write(change, actor));
    if (writes && change->answer != APPLY_REFUSED) return money_commit(&change->money);
    money_undo(&change->money);
    return OK;
}

static int put_and_tell(struct pg *pg, struct arena *arena, const struct agreement_request *request, const struct agreement_document *document) {
    struct agreement_change change;
    const struct err err = put(pg, arena, request, document, &change);
    if (failed(&err)) return agreement_failure(request, &err);
    return change.answer == APPLY_REFUSED ? agreement_refused(request, &change.problem) : tell(request, &change);
}

static int apply(const struct agreement_request *request, const struct law_tables *tables, struct arena *arena) {
    struct agreement_document document;
    const int code = agreement_read_file(request, tables, arena, &document);
    if (code != EXIT_OK) return code;
    struct pg *pg = NULL;
    const struct err err = pg_open(request->url, "payung-agreement", &pg);
    const int done = failed(&err) ? agreement_failure(request, &err) : put_and_tell(pg, arena, request, &document);
    pg_close(pg);
    return done;
}

/* The document in force with another end; it is put in force only while that one is. */
static int end_period(struct pg *pg, struct arena *arena, const struct agreement_request *request, const struct law_tables *tables, day_t day) {
    struct agreement_version *versions;
    struct agreement_document document;
    struct document_problem problem;
    size_t count;
    const struct err err = agreement_versions(pg, arena, slice_text(request->word), &versions, &count);
    if (failed(&err)) return agreement_failure(request, &err);
    if (count == 0) return unknown_agreement(request->json);
    const struct slice ending = agreement_document_ending(arena, versions[count - 1].canonical, day);
    if (ending.bytes == NULL) return command_fail(request->json, EXIT_FAILED, "DATE_REFUSED", "the agreement begins later than that day", "Write a day of its period.");
    if (!agreement_document_read(arena, ending, &tables->regions, &tables->law, &document, &problem)) return agreement_refused(request, &problem);
    document.replaces = versions[count - 1].amendment;
    return put_and_tell(pg, arena, request, &document);
}

static int end(const struct agreement_request *request, const struct law_tables *tables, struct arena *arena) {
    day_t day;
    char back[11] = "";
    if (day_parse(slice_text(request->date), &day)) day_format(day, back);
    if (strcmp(back, request->date) != 0) return command_fail(request->json, EXIT_USAGE, "USAGE", "--date is no day", "Write it as 2026-06-30.");
    struct pg *pg = NULL;
    const struct err err = pg_open(request->url, "payung-agreement", &pg);
    const int code = failed(&err) ? agreement_failure(request, &err) : end_period(pg, arena, request, tables, day);
    pg_close(pg);
    return code;
}

/* ---- the command --------------------------------------------------------------------------------------------------------------------------------- */

static const struct verb {
    const char *name;
    bool takes_word, takes_yes, takes_as, takes_draft, takes_note, takes_date, needs_tables;
} verbs[] = {
    {.name = "apply", .takes_word = true, .takes_yes = true, .needs_tables = true},
    {.name = "end", .takes_word = true, .takes_yes = true, .takes_date = true, .needs_tables = true},
    {.name = "propose", .takes_word = true, .takes_as = true, .takes_draft = true, .needs_tables = true},
    {.name = "submit", .takes_word = true, .takes_as = true, .needs_tables = true},
    {.name = "approve", .takes_word = true, .takes_as = true, .takes_note = true, .needs_tables = true},
    {.name = "refuse", .takes_word = true, .takes_as = true, .takes_note = true, .needs_tables = true},
    {.name = "withdraw", .takes_word = true, .takes_as = true, .takes_note = true, .needs_tables = true},
    {.name = "proposals"},
    {.name = "show", .takes_word = true, .needs_tables = true},
    {.name = "history", .takes_word = true},
    {.name = "list"},
};

static const struct verb *verb_of(const char *name) {
    for (size_t i = 0; i < sizeof verbs / sizeof *verbs; i++)
        if (strcmp(verbs[i].name, name) == 0) return &verbs[i];
    return NULL;
}

static bool fits_verb(const struct verb *verb, const struct agreement_request *request, int words) {
    return words == 1 + verb->takes_word && (verb->takes_yes || !request->yes) && (verb->takes_draft || !request->draft) && verb->takes_as == (request->as != NULL) && (verb->takes_note || request->note == NULL) &&
           verb->takes_date == (request->date != NULL) && (request->note == NULL || strlen(request->note) <= TEXT_MAX);
}

static int run(const struct verb *verb, const struct agreement_request *request, const struct law_tables *tables, struct arena *arena) {
    if (strcmp(verb->name, "apply") == 0) return apply(request, tables, arena);
    if (strcmp(verb->name, "end") == 0) return end(request, tables, arena);
    if (strcmp(verb->name, "propose") == 0) return agreement_propose(request, tables, arena);
    if (verb->takes_note || strcmp(verb->name, "submit") == 0) return agreement_decide(request, tables, arena, verb->name);
    if (strcmp(verb->name, "proposals") == 0) return agreement_proposals(request, arena);
    if (strcmp(verb->name, "show") == 0) return agreement_show(request->json, request->url, &tables->law, request->word);
    if (strcmp(verb->name, "history") == 0) return agreement_history(request->json, request->url, request->word);
    return agreement_list(request->json, request->url);
}

int agreement_main(int argc, char **argv) {
    static const struct option options[] = {{"yes", no_argument, NULL, 'y'}, {"json", no_argument, NULL, 'j'}, {"help", no_argument, NULL, 'h'}, {"as", required_argument, NULL, 'a'},
                                            {"note", required_argument, NULL, 'n'}, {"date", required_argument, NULL, 'd'}, {"draft", no_argument, NULL, 'f'}, {0}};
    struct agreement_request request = {0};
    if (argc > 1 && strcmp(argv[1], "renew") == 0) return agreement_renew_main(argc - 1, argv + 1);
    optind = 1;
    for (int option = getopt_long(argc, argv, "", options, NULL); option != -1; option = getopt_long(argc, argv, "", options, NULL)) {
        if (option == 'h') fputs(usage, stdout);
        if (option == 'h') return EXIT_OK;
        if (option == '?') return command_usage(argc, argv, usage);
        request.yes |= option == 'y';
        request.json |= option == 'j';
        request.draft |= option == 'f';
        if (option == 'a') request.as = optarg;
        if (option == 'n') request.note = optarg;
        if (option == 'd') request.date = optarg;
    }
    const struct verb *verb = verb_of(optind < argc ? argv[optind] : "");
    if (verb == NULL || !fits_verb(verb, &request, argc - optind)) return command_usage(argc, argv, usage);
    if (verb->takes_word) request.word = argv[optind + 1];
    request.url = command_env(request.json, "PGURL");
    if (request.url == NULL) return EXIT_USAGE;
    struct law_tables tables = {0};
    int code = verb->needs_tables ? law_tables_open(request.json, LAW_REGIONS | LAW_OCCUPATIONS | LAW_PROGRAMMES, &tables) : EXIT_OK;
    if (code != EXIT_OK) return code;
    struct arena *arena = arena_create(ARENA_BYTES_MAX);
    code = run(verb, &request, &tables, arena);
    arena_destroy(arena);
    law_tables_close(&tables);
    return code;
}
