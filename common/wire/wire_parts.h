/* What the files of common/wire share: reading and writing of the parts that several messages have. Nobody else includes it. */
#ifndef PAYUNG_WIRE_WIRE_PARTS_H
#define PAYUNG_WIRE_WIRE_PARTS_H

#include "common/base/arena.h"
#include "common/domain/application.h"
#include "payung/enrolment/v1/application.pb-c.h"

typedef Payung__Enrolment__V1__Lineage PbLineage;

/* NULL for bytes that are no such message or would take more memory than an honest one. */
ProtobufCMessage *wire_unpack(struct arena *arena, struct slice bytes, const ProtobufCMessageDescriptor *descriptor);
struct slice wire_pack(struct arena *arena, const ProtobufCMessage *message);
/* False when a bound of wire.h is broken. */
bool wire_read_text(const char *text, struct slice *ret_text);
bool wire_read_bytes16(ProtobufCBinaryData data, uint8_t ret_bytes[16]); /* none: zeros */
bool wire_read_sealed(ProtobufCBinaryData data, struct slice *ret_sealed);
bool wire_read_lineage(const PbLineage *in, struct lineage *ret_lineage);
bool wire_is_day_or_none(uint32_t day);
bool wire_is_month_or_none(uint32_t month);
bool wire_is_time(int64_t ms);
PbLineage *wire_write_lineage(struct arena *arena, const struct lineage *in);
ProtobufCBinaryData wire_write_bytes16(const uint8_t bytes[16], bool is_zero);
ProtobufCBinaryData wire_write_bytes(struct slice bytes);

#endif
