/* The parts of `payung payment`, one file each; payment.c hands over. */
#ifndef PAYUNG_PAYUNG_PAYMENT_H
#define PAYUNG_PAYUNG_PAYMENT_H

int payment_import(int argc, char **argv);   /* payment_import.c: bank statement files; argv[0] is "import" */
int payment_suspense(int argc, char **argv); /* payment_suspense.c: the work list; argv[0] is "suspense" */

#endif
