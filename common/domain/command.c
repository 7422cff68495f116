/* Names of the commands, as audit rows and operators read them. */
#include "common/domain/command.h"

const char *command_kind_name(enum command_kind kind) {
    static const char *const names[COMMAND_KINDS] = {"?", "AGREEMENT", "INVOICE", "PAYMENT", "RUN", "MUTATION", "PROMOTION", "ASSIGN", "RETURN", "DISMISS", "REVERSAL", "CLOSE", "CARRY", "RENEW"};
    return kind > COMMAND_NONE && kind < COMMAND_KINDS ? names[kind] : "?";
}
