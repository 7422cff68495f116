/* `payung partner add NAME --token-file FILE|-`: gives a partner access to the API, for what its roles allow. Only the SHA-256 of the token is kept. */
#include <stdio.h>
#include <string.h>

#include "common/domain/partner.h"
#include "common/domain/text.h"
#include "common/edge/crypto.h"
#include "common/edge/pg.h"
#include "services/payung/commands.h"

enum { TOKEN_MIN = 16, TOKEN_MAX = 1024, PARTNER_ARENA_BYTES = 1024 * 1024 };

static const char usage[] = "usage: payung partner add NAME --token-file FILE [--role enrol|maker|checker|payments]... [--json]\n"
                            "\n"
                            "Lets a partner use the API with the token in FILE (- is standard input; 16 to 1024 visible characters). A partner that exists\n"
                            "gets the new token instead of the old one. Environment: PGURL.\n"
                            "  --role   enrol sends people, maker proposes agreements, checker lets them be, payments tells of payments; more than one may be given. Without it a new partner\n"
                            "           may enrol, and one that exists keeps its roles. Who proposes and who checks must be two partners.\n";

static bool read_token(const char *name, char token[TOKEN_MAX + 2], struct slice *ret_token) {
    FILE *file = strcmp(name, "-") == 0 ? stdin : fopen(name, "rb");
    if (file == NULL) return false;
    size_t size = fread(token, 1, TOKEN_MAX + 2, file);
    bool good = ferror(file) == 0;
    if (file != stdin) (void)fclose(file); /* only read */
    *ret_token = text_trim(slice_of(token, size));
    for (size_t i = 0; i < ret_token->size; i++) good = good && ret_token->bytes[i] > ' ' && ret_token->bytes[i] <= '~';
    return good && ret_token->size >= TOKEN_MIN && ret_token->size <= TOKEN_MAX;
}

/* No roles: those that it has, or of a new one enrol. */
static struct err store(const char *url, const char *name, struct slice token, unsigned roles) {
    uint8_t hash[SHA256_BYTES];
    crypto_sha256(token, hash);
    struct pg *pg = NULL;
    TRY(pg_open(url, "payung-partner", &pg));
    struct arena *arena = arena_create(PARTNER_ARENA_BYTES);
    struct pg_parameters *parameters = pg_parameters(arena);
    pg_add_text(parameters, slice_text(name));
    pg_add_bytea(parameters, slice_of(hash, sizeof hash));
    struct slice names[PARTNER_ROLES];
    size_t count = 0;
    for (unsigned role = 1; role < 1u << PARTNER_ROLES; role <<= 1)
        if ((roles & role) != 0) names[count++] = slice_text(partner_role_name((enum partner_role)role));
    pg_add_text_array(parameters, names, count);
    struct err err = pg_run(pg, arena,
                            "INSERT INTO intake.partner AS p (partner_id, token_sha256, roles) VALUES ($1, $2, CASE WHEN cardinality($3) = 0 THEN '{enrol}' ELSE $3 END)"
                            " ON CONFLICT (partner_id) DO UPDATE SET token_sha256 = excluded.token_sha256, roles = CASE WHEN cardinality($3) = 0 THEN p.roles ELSE $3 END",
                            parameters, NULL);
    arena_destroy(arena);
    pg_close(pg);
    return err;
}

int partner_main(int argc, char **argv) {
    const char *name = NULL, *token_file = NULL;
    bool json = false, add = false, wrong = false;
    unsigned roles = 0;
    enum partner_role role;
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--help") == 0) {
            fputs(usage, stdout);
            return EXIT_OK;
        }
        if (strcmp(argv[i], "--json") == 0) json = true;
        else if (strcmp(argv[i], "add") == 0 && !add) add = true;
        else if (strcmp(argv[i], "--token-file") == 0 && i + 1 < argc) token_file = argv[++i];
        else if (strcmp(argv[i], "--role") == 0 && i + 1 < argc && partner_role_parse(slice_text(argv[i + 1]), &role)) {
            roles |= role;
            i++;
        } else if (argv[i][0] != '-' && name == NULL) name = argv[i];
        else wrong = true;
    }
    if (wrong || !add || name == NULL || token_file == NULL)
        return command_fail(json, EXIT_USAGE, "USAGE", "a name and --token-file are needed", "payung partner add NAME --token-file FILE [--role enrol|maker|checker|payments]");
    const char *url = command_env(json, "PGURL");
    if (url == NULL) return EXIT_USAGE;
    char text[TOKEN_MAX + 2];
    struct slice token;
    if (!read_token(token_file, text, &token))
        return command_fail(json, EXIT_FAILED, "TOKEN_UNUSABLE", "the token can't be read, or has not 16 to 1024 visible characters", "Write it into a file of its own.");
    struct err err = store(url, name, token, roles);
    explicit_bzero(text, sizeof text);
    if (failed(&err)) {
        if (err.fate == FATE_SPLIT) return command_fail(json, EXIT_FAILED, "PARTNER_REFUSED", err.text, "Use a name of a-z 0-9 . _ - and a token that no other partner has.");
        return command_fail(json, err.fate == FATE_AGAIN ? EXIT_TEMPORARY : EXIT_FAILED, "DATABASE", err.text, "Check PGURL; run payung migrate first.");
    }
    if (json) printf("{\"partner\":\"%s\"}\n", name);
    else printf("Mitra %s dapat memakai API\n", name);
    return EXIT_OK;
}
