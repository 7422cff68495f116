/* The command-line tool: finds the subcommand in one table and hands over. It must do no work itself, so that `payung --help` needs
 * nothing but this file. */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "services/payung/commands.h"

static const struct command {
    const char *name;
    int (*run)(int argc, char **argv);
    const char *story;
} commands[] = {
    {"enrol", enrol_main, "Sends a list of people to the service and, with --wait, tells what became of each row."},
    {"batch", batch_main, "Shows the state of a list that was sent, and fetches the same file with the answers."},
    {"template", template_main, "Writes a workbook to be filled in: columns, villages and occupations of an agreement, an example, help."},
    {"status", status_main, "Shows where one enrolment stands."},
    {"agreement", agreement_main, "Applies and shows the agreements of payers: budget, programmes, months, legal basis, umbrellas and their parts."},
    {"run", run_main, "Does what the calendar asks for: covers begin, fall into grace, lapse and end, invoices are issued, waiting lists are served."},
    {"mutation", mutation_main, "Ends the cover of a person who died, moved, became a wage earner, ...; the next in the waiting list is called."},
    {"waitlist", waitlist_main, "Shows who waits in an agreement, in the order of service, and the place of one enrolment."},
    {"forecast", forecast_main, "Until when the money of an agreement lasts, what its renewal costs, who would be called, who lapses."},
    {"ledger", ledger_main, "Shows the money of an agreement and who waits, verifies the whole ledger, exports it for auditors, and signs its heads."},
    {"report", report_main, "Shows and exports reports: people, rejections, payments, coverage, waiting list, budget."},
    {"invoice", invoice_main, "Issues invoices to payers, shows them and what of them is open."},
    {"payment", payment_main, "Takes in payments from bank statements, shows what was booked, and the work list of what could not be."},
    {"reconcile", reconcile_main, "Compares the books with a bank statement, and who is enrolled with the insurer's list of participants."},
    {"facts", facts_main, "Loads what other offices know (lists of the poor, civil servants, covers, population) and shows it."},
    {"card", card_main, "Prints membership cards, lists them for a ceremony, and keeps who has one, who handed it over, when and where."},
    {"letter", letter_main, "Prints letters for people whom no telephone reaches, by village, and lists who printed which."},
    {"message", message_main, "Shows what a message would say about an enrolment, before anybody is sent it."},
    {"notification", notification_main, "Reports the messages promised, sent, failed."},
    {"quote", quote_main, "Prices an enrolment by the tariff, month by month, without any server."},
    {"check", check_main, "Decides one case from a document, by the rules of the service."},
    {"nik", nik_main, "Checks a population number and says what it holds."},
    {"tariff", tariff_main, "Shows the tariff in force with its regulations, and what changes between two months."},
    {"simulate", simulate_main, "Generates synthetic people as a list, for samples, tests and benchmarks."},
    {"keys", keys_main, "Creates the key files of an installation."},
    {"migrate", migrate_main, "Brings the schema of the database up to date."},
    {"topics", topics_main, "Creates and lists the Kafka topics."},
    {"lag", lag_main, "How far each stage is behind, in records and seconds."},
    {"pause", pause_main, "Stops a service or a lane from taking new records, until it is resumed; shows what is paused."},
    {"resume", resume_main, "Lets a paused service or lane go on."},
    {"doctor", doctor_main, "Looks whether the whole installation is sound."},
    {"why", why_main, "Everything that is known of one application, on one page."},
    {"tail", tail_main, "Shows the records of a topic as they come, decoded if asked for."},
    {"dlq", dlq_main, "Shows records that a stage could not use, edits them, sends them again or discards them."},
    {"reprocess", reprocess_main, "Decides enrolments anew that were refused wrongly or could not be booked."},
    {"webhook", webhook_main, "Where a partner is told what happened: endpoints, their secrets, what was sent to them."},
    {"operator", operator_main, "Who may sign in to the console, and what he may do there."},
    {"partner", partner_main, "Who may use the API, for what, and for which agreements."},
};
enum { COMMAND_COUNT = sizeof commands / sizeof *commands };

int command_fail(bool json, int exit_code, const char *code, const char *message, const char *remedy) {
    if (!json) {
        fprintf(stderr, "payung: %s\n", message);
        if (remedy[0] != '\0') fprintf(stderr, "  %s\n", remedy);
        return exit_code;
    }
    json_t *document = json_pack("{s:{s:s,s:s,s:s}}", "error", "code", code, "message", message, "remedy", remedy);
    if (document == NULL || json_dumpf(document, stdout, JSON_COMPACT) != 0) fprintf(stderr, "payung: %s\n", message);
    else putchar('\n');
    json_decref(document);
    return exit_code;
}

void command_print_json(json_t *document) {
    if (document == NULL) { /* only without memory */
        fprintf(stderr, "payung: the answer could not be written\n");
        return;
    }
    (void)json_dumpf(document, stdout, JSON_COMPACT);
    putchar('\n');
    json_decref(document);
}

int command_usage(int argc, char **argv, const char *usage) {
    bool json = false;
    for (int i = 1; i < argc; i++) json = json || strcmp(argv[i], "--json") == 0;
    if (json) return command_fail(true, EXIT_USAGE, "USAGE", "the arguments are not understood", "See payung COMMAND --help.");
    fputs(usage, stderr);
    return EXIT_USAGE;
}

const char *command_env(bool json, const char *name) {
    const char *value = getenv(name);
    if (value != NULL && value[0] != '\0') return value;
    char message[128];
    (void)snprintf(message, sizeof message, "the environment variable %s is not set", name); /* names are short */
    (void)command_fail(json, EXIT_USAGE, "ENVIRONMENT_MISSING", message, "Load the env file of the run folder, or use its bin/payung.");
    return NULL;
}

static void print_help(FILE *file) {
    fprintf(file, "payung %s: enrols informal workers into employment social security.\n\nusage: payung COMMAND [arguments]\n\n", PAYUNG_VERSION);
    for (int i = 0; i < COMMAND_COUNT; i++) fprintf(file, "  %-13s %s\n", commands[i].name, commands[i].story);
    fprintf(file, "\npayung COMMAND --help explains one command; payung completion prints a completion for bash.\n"
                  "Exit codes: 0 done, 1 failed, 2 wrong usage, 3 finished with rejected rows, 75 try again later.\n");
}

/* Names come from the table, options from what each command's --help says: neither can fall out of step. */
static void print_completion(FILE *file) {
    fprintf(file, "# Completion of payung for bash: . <(payung completion)\n"
                  "_payung() {\n"
                  "  local word=${COMP_WORDS[COMP_CWORD]}\n"
                  "  if [ \"$COMP_CWORD\" -eq 1 ]; then\n"
                  "    COMPREPLY=($(compgen -W \"");
    for (int i = 0; i < COMMAND_COUNT; i++) fprintf(file, "%s ", commands[i].name);
    fprintf(file, "--help --version\" -- \"$word\"))\n"
                  "  elif [ \"${word:0:1}\" = - ]; then\n"
                  "    COMPREPLY=($(compgen -W \"$(\"${COMP_WORDS[0]}\" \"${COMP_WORDS[1]}\" --help 2>/dev/null | grep -oE -- '--[a-z][a-z-]*' | sort -u)\" -- \"$word\"))\n"
                  "  else\n"
                  "    COMPREPLY=($(compgen -f -- \"$word\"))\n"
                  "  fi\n"
                  "}\n"
                  "complete -o filenames -F _payung payung\n");
}

int main(int argc, char **argv) {
    if (argc < 2) {
        print_help(stderr);
        return EXIT_USAGE;
    }
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "help") == 0) {
        print_help(stdout);
        return EXIT_OK;
    }
    if (strcmp(argv[1], "--version") == 0) {
        printf("payung %s\n", PAYUNG_VERSION);
        return EXIT_OK;
    }
    if (strcmp(argv[1], "completion") == 0 && argc == 2) {
        print_completion(stdout);
        return EXIT_OK;
    }
    for (int i = 0; i < COMMAND_COUNT; i++)
        if (strcmp(argv[1], commands[i].name) == 0) return commands[i].run(argc - 1, argv + 1);
    return command_usage(argc, argv, "payung: there is no such command; payung --help lists them\n");
}
