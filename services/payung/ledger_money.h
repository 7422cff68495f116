/* The parts of `payung ledger` that concern accounts and corrections: close, reverse, and balance by account. */
#ifndef PAYUNG_PAYUNG_LEDGER_MONEY_H
#define PAYUNG_PAYUNG_LEDGER_MONEY_H

/* Lines for the usage and the explanation of `payung ledger`. */
#define LEDGER_MONEY_USAGE                                                                                          \
    "       payung ledger balance --agreement ID --accounts | --as-of YYYY-MM-DD [--json]\n"                        \
    "       payung ledger reverse --agreement ID --journal SEQ --reason CODE [--date YYYY-MM-DD] [--json]\n"         \
    "       payung ledger close --agreement ID --to YYYY-MM-DD [--date YYYY-MM-DD] [--json]\n"
#define LEDGER_MONEY_STORY                                                                                          \
    "         With --accounts every account of it, with --as-of as they stood on that day (business dates).\n"      \
    "reverse  takes back a payment, a use of credit, or an unpaid invoice by a journal of its own; payung ledger reverse --help lists the reason codes.\n" \
    "close    ends a period: no journal of the agreement has a business date up to that day any more. Never undone.\n"

int ledger_money_main(int argc, char **argv); /* argv[0] is the word */

#endif
