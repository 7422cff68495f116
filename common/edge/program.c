/* Arguments and settings before anything is opened, and waiting for what is opened first. */
#include "common/edge/program.h"

#include <stdio.h>
#include <string.h>

#include "common/edge/clock.h"
#include "common/edge/health.h"
#include "common/edge/log.h"
#include "common/edge/signals.h"

enum { EXIT_DONE = 0, EXIT_WRONG_USAGE = 2, AGAIN_MS = 500 };

static void print_help(const struct program *program) {
    printf("payung-%s %s: %s\n\nUsage: payung-%s [--help | --version | --check-config]\nEnds with 0 after SIGTERM or SIGINT, 1 after a fatal error, 2 for wrong usage or settings.\n\nSettings (environment%s):\n",
           program->name, PAYUNG_VERSION, program->story, program->name, program->uses_kafka ? "; any librdkafka property also as KAFKA_<PROPERTY>, '_' for '.'" : "");
    knobs_print_help(stdout, program->knobs, NULL);
}

static struct err check_settings(const struct program *program, enum log_level *ret_level) {
    TRY(knobs_load(program->knobs, NULL));
    return log_level_parse(knob_text("LOG_LEVEL"), ret_level) ? OK : ERR(FATAL, "LOG_LEVEL is '%.20s', not debug, info, warning or error.", knob_text("LOG_LEVEL"));
}

static int run(const struct program *program, bool only_checks) {
    enum log_level level = LOG_INFO;
    const struct err err = check_settings(program, &level);
    if (failed(&err)) {
        fprintf(stderr, "payung-%s: %s\n", program->name, err.text);
        return EXIT_WRONG_USAGE;
    }
    if (only_checks) {
        knobs_print_config(stdout, program->knobs, NULL);
        return EXIT_DONE;
    }
    log_setup(program->name, knob_text("INSTANCE"), level);
    signals_setup();
    return program->serve();
}

int program_main(const struct program *program, int argc, char **argv) {
    const char *wish = argc == 2 ? argv[1] : "";
    if (strcmp(wish, "--help") == 0) {
        print_help(program);
        return EXIT_DONE;
    }
    if (strcmp(wish, "--version") == 0) {
        printf("payung-%s %s\n", program->name, PAYUNG_VERSION);
        return EXIT_DONE;
    }
    const bool only_checks = strcmp(wish, "--check-config") == 0;
    if (argc == 1 || only_checks) return run(program, only_checks);
    fprintf(stderr, "payung-%s: unknown argument; --help tells the settings\n", program->name);
    return EXIT_WRONG_USAGE;
}

struct err program_wait(struct health *health, struct err (*open)(void *self), void *self) {
    for (bool is_told = false; !signals_stop(); is_told = true) {
        health_turn(health);
        const struct err err = open(self);
        if (!failed(&err) || err.fate == FATE_FATAL) return err;
        if (!is_told) log_warning("a store is away at the start: trying again", LOG_TEXT("error", err.text));
        health_say(health, false, err.text);
        clock_wait_ms(AGAIN_MS);
    }
    return OK;
}
