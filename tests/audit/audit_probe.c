/* Proves one export after the other in one process, so that thousands of changed ones take seconds: the name of a file on standard input, one line of answer on standard output:
 * number of problems, and of the first one line of the file, check, place, text; between tabs.
 * usage: audit_probe < NAMES */
#include <stdio.h>
#include <stdlib.h>

#include "services/ledger/export_verify.h"

int main(void) {
    static struct export_report report;
    char *name = NULL;
    size_t room = 0;
    for (ssize_t size = getline(&name, &room, stdin); size > 1; size = getline(&name, &room, stdin)) {
        name[size - 1] = '\0'; /* its line feed */
        const struct err err = export_verify(name, &(struct export_check){0}, &report);
        if (failed(&err)) return 1;
        const struct chain_problem *first = &report.problems[0]; /* all empty when there is none */
        printf("%lld\t%lld\t%s\t%s\t%s\n", (long long)report.problem_count, (long long)first->at, first->check != NULL ? first->check : "", first->where, first->text);
        (void)fflush(stdout); /* the other side waits for it */
    }
    free(name);
    return 0;
}
