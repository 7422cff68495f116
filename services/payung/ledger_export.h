/* Parts of `payung ledger` that stand in files of their own: the export for auditors with its proof, and signed heads. Each gets its own arguments, argv[0] is its word. */
#ifndef PAYUNG_LEDGER_EXPORT_COMMAND_H
#define PAYUNG_LEDGER_EXPORT_COMMAND_H

#include "services/ledger/export_verify.h"

int ledger_export_main(int argc, char **argv);  /* export --output FOLDER|FILE [--agreement ID] */
int ledger_offline_main(int argc, char **argv); /* verify --offline FILE [--key PUBLIC] */
int ledger_head_main(int argc, char **argv);    /* head ... (ledger_head.c) */

/* What was found in an export; the exit code. */
int ledger_export_tell(bool json, const struct export_report *report);

#endif
