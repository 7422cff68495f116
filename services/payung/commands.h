/* The subcommands of `payung`, one file each. A command is a function that gets its own arguments (argv[0] is its name, e.g. "enrol";
 * argv[1...] what follows) and returns an exit code. main.c holds the table with one line of story for --help.
 *
 * Every command answers --help (exit 0) and understands --json: then standard output holds one JSON document at any exit code, an error as
 * {"error":{"code","message","remedy"}}. People's words go to standard output in Bahasa Indonesia, progress and errors to standard error.
 * Nothing a command prints may hold a NIK, a name or a phone number of a person. */
#ifndef PAYUNG_COMMANDS_H
#define PAYUNG_COMMANDS_H

#include <stdbool.h>

enum exit_code { EXIT_OK = 0, EXIT_FAILED = 1, EXIT_USAGE = 2, EXIT_WITH_REJECTIONS = 3, EXIT_TEMPORARY = 75 };

int enrol_main(int argc, char **argv);        /* enrol.c */
int batch_main(int argc, char **argv);        /* batch.c */
int template_main(int argc, char **argv);     /* template.c */
int status_main(int argc, char **argv);       /* status.c */
int keys_main(int argc, char **argv);         /* keys.c */
int partner_main(int argc, char **argv);      /* partner.c */
int operator_main(int argc, char **argv);      /* operator.c */
int pause_main(int argc, char **argv);        /* pause.c */
int resume_main(int argc, char **argv);       /* pause.c */
int lag_main(int argc, char **argv);          /* lag.c */
int doctor_main(int argc, char **argv);       /* doctor.c */
int why_main(int argc, char **argv);          /* why.c */
int tail_main(int argc, char **argv);         /* tail.c */
int message_main(int argc, char **argv);      /* message.c */
int dlq_main(int argc, char **argv);          /* dlq.c */
int reprocess_main(int argc, char **argv);    /* reprocess.c */
int webhook_main(int argc, char **argv);      /* webhook.c */
int topics_main(int argc, char **argv);       /* topics.c */
int simulate_main(int argc, char **argv);     /* simulate.c */
int migrate_main(int argc, char **argv);      /* migrate.c */
int agreement_main(int argc, char **argv);    /* agreement.c */
int agreement_renew_main(int argc, char **argv); /* agreement_renew.c: `agreement renew` */
int run_main(int argc, char **argv);          /* run_command.c */
int mutation_main(int argc, char **argv);     /* mutation.c */
int waitlist_main(int argc, char **argv);     /* waitlist.c */
int forecast_main(int argc, char **argv);     /* forecast.c */
int ledger_main(int argc, char **argv);       /* ledger_command.c */
int report_main(int argc, char **argv);       /* report.c */
int ledger_replay_main(int argc, char **argv); /* ledger_replay.c: `ledger replay` */
int facts_main(int argc, char **argv);        /* facts.c */
int notification_main(int argc, char **argv); /* notification_command.c */
int card_main(int argc, char **argv);         /* card.c */
int letter_main(int argc, char **argv);       /* letter.c */
int invoice_main(int argc, char **argv);      /* invoice.c */
int payment_main(int argc, char **argv);      /* payment.c */
int reconcile_main(int argc, char **argv);    /* reconcile.c */
int quote_main(int argc, char **argv);        /* quote.c */
int check_main(int argc, char **argv);        /* check.c */
int nik_main(int argc, char **argv);          /* nik.c */
int tariff_main(int argc, char **argv);       /* tariff.c */

/* Tells an error in the form that --json asks for and returns exit_code: JSON {"error":{...}} on standard output, else two lines on standard
 * error. code is a stable word ("BROKER_UNREACHABLE"), message one sentence, remedy what to do now. */
int command_fail(bool json, int exit_code, const char *code, const char *message, const char *remedy);

/* The one JSON document of --json on standard output, on a line of its own; gives it back (json_decref). A closed pipe shows at exit. */
struct json_t;
void command_print_json(struct json_t *document);

/* Arguments that are not understood: as command_fail when --json is among them, else usage on standard error. Returns EXIT_USAGE. */
int command_usage(int argc, char **argv, const char *usage);

/* The value of an environment variable, or NULL after having told (exit code 2's text) that it is missing and where it comes from. */
const char *command_env(bool json, const char *name);

#endif
