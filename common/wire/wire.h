/* Bytes <-> domain structs. The only module that knows the generated protobuf-c code (a tidy test holds that).
 *
 * Decoding takes everything from the arena: slices in the result point into the arena and into `bytes`, which must outlive it. Decoding
 * answers false for bytes that are not a message of that type or that break a bound named here (id sizes, list lengths, enum values,
 * texts over 255 bytes, programme numbers, months over 1200, deciles over 10, terms of another segment than the application's, a one-time line of several months):
 * never a crash. Terms that are absent are all zero; terms of other segments in the struct are not written. The sums of a premium are made from its
 * billed lines: those of JKP (shares STATE and RECOMPOSITION, and no other line has these) are information only. Both raw protobuf and Confluent framing (first byte 0x00)
 * are read; raw is written. Unknown fields are skipped.
 * Encoding never fails and gives bytes in the arena; the same struct always gives the same bytes. */
#ifndef PAYUNG_WIRE_WIRE_H
#define PAYUNG_WIRE_WIRE_H

#include "common/base/arena.h"
#include "common/domain/application.h"
#include "common/domain/command.h"

bool wire_decode_submitted(struct arena *arena, struct slice bytes, struct submitted *ret_message);
bool wire_decode_assessed(struct arena *arena, struct slice bytes, struct assessed *ret_message);
bool wire_decode_priced(struct arena *arena, struct slice bytes, struct priced *ret_message);
bool wire_decode_decided(struct arena *arena, struct slice bytes, struct decided *ret_message);
bool wire_decode_payment(struct arena *arena, struct slice bytes, struct payment_received *ret_message);
bool wire_decode_coverage(struct arena *arena, struct slice bytes, struct coverage_changed *ret_message);
bool wire_decode_command(struct arena *arena, struct slice bytes, struct ledger_command *ret_message);

struct slice wire_encode_submitted(struct arena *arena, const struct submitted *message);
struct slice wire_encode_assessed(struct arena *arena, const struct assessed *message);
struct slice wire_encode_priced(struct arena *arena, const struct priced *message);
struct slice wire_encode_decided(struct arena *arena, const struct decided *message);
/* These three leave the lineage out while its epoch is 0; the relay puts it in front with wire_with_lineage. Texts must fit the bounds of decoding. */
struct slice wire_encode_payment(struct arena *arena, const struct payment_received *message);
struct slice wire_encode_coverage(struct arena *arena, const struct coverage_changed *message);
struct slice wire_encode_command(struct arena *arena, const struct ledger_command *message);
struct slice wire_with_lineage(struct arena *arena, struct slice payload, const struct lineage *lineage);

#endif
