/* Where the ledger stands in a partition of `submitted` (ledger.lineage): the last resort of a stage that can read neither its group commit nor the tail of its
 * output although the partition was used (house.md, rule 2). A partition that was never used answers epoch 0. */
#ifndef PAYUNG_LEDGER_LINEAGE_STORE_H
#define PAYUNG_LEDGER_LINEAGE_STORE_H

#include "common/edge/pg.h"
#include "common/stage/stage.h"

MUST_USE struct err ledger_position(struct pg *pg, int32_t partition, struct stage_position *ret_position);

#endif
