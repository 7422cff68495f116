/* `payung keys create --dir DIR`: the pepper, the first seal key and the pair that signs heads of the ledger, as files with mode 0600. What is there stays: a new pepper would make
 * everyone a new person. */
#include <stdio.h>
#include <string.h>

#include "common/edge/crypto.h"
#include "common/edge/crypto_sign.h"
#include "services/payung/commands.h"

static const char usage[] = "usage: payung keys create --dir DIR [--json]\n"
                            "\n"
                            "Makes the key files that are missing in DIR (mode 0600) and keeps those that are there. Back the folder up: without it sealed\n"
                            "persons can't be opened, and the same person would not be recognised again. sign-public is for handing out: who has it can check\n"
                            "the heads that payung ledger head signs.\n";

int keys_main(int argc, char **argv) {
    const char *directory = NULL;
    bool json = false, create = false, wrong = false;
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--help") == 0) {
            fputs(usage, stdout);
            return EXIT_OK;
        }
        if (strcmp(argv[i], "--json") == 0) json = true;
        else if (strcmp(argv[i], "create") == 0) create = true;
        else if (strcmp(argv[i], "--dir") == 0 && i + 1 < argc) directory = argv[++i];
        else wrong = true;
    }
    if (wrong || !create || directory == NULL) return command_fail(json, EXIT_USAGE, "USAGE", "create and --dir are needed", "payung keys create --dir DIR");
    struct err err = crypto_keys_create(directory);
    struct crypto *crypto = NULL;
    struct signer *signer = NULL;
    if (!failed(&err)) err = sign_keys_create(directory);
    if (!failed(&err)) err = signer_open(directory, &signer);
    signer_close(signer);
    if (!failed(&err)) err = crypto_open(directory, &crypto); /* what was kept must be usable */
    crypto_close(crypto);
    if (failed(&err)) return command_fail(json, EXIT_FAILED, "KEYS_UNUSABLE", err.text, "Check the folder and its permissions; files that are damaged come back from the backup, never from new keys.");
    if (json) printf("{\"keys\":\"ready\"}\n");
    else printf("Kunci siap di %s\n", directory);
    return EXIT_OK;
}
