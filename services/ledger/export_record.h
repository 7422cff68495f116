/* The export as text: one record a line, fields between tabs, nothing else. Pure. What a record means and how its fields are written stands in the head of every export itself
 * (record_head), so that an auditor needs nothing of ours to read it. A record has one text only: a number with a zero in front, an unknown escape or a field too many is no
 * record. Reading bounds what it takes: RECORD_BYTES_MAX a record, and each field by its column.
 *
 *   writing:  record_of_entry(&record, &entry);  fwrite(record.bytes, 1, record.used, file)      record.bytes has room for RECORD_BYTES_MAX
 *   reading:  switch (record_kind(line)) { case RECORD_ENTRY: if (record_read_entry(arena, line, &entry)) ... }     line without its line feed
 *
 * Slices that were read point into the line, or into the arena when a text held an escape or bytes were hexadecimal. */
#ifndef PAYUNG_LEDGER_EXPORT_RECORD_H
#define PAYUNG_LEDGER_EXPORT_RECORD_H

#include "services/ledger/chain_walk.h"

enum {
    RECORD_TEXT_MAX = 64 * 1024, RECORD_DOCUMENT_MAX = 1024 * 1024, RECORD_BYTES_MAX = 4 * 1024 * 1024, /* a document of backslashes doubles */
    RECORD_SIGNATURE_BYTES = 64, RECORD_KEY_BYTES = 32, RECORD_SCOPE_ALL = -1
};

enum record_kind {
    RECORD_NONE = 0, RECORD_EXPORT, RECORD_AGREEMENT, RECORD_VERSION, RECORD_JOURNAL, RECORD_ENTRY, RECORD_OUTCOME, RECORD_LINE, RECORD_HEAD, RECORD_END, RECORD_KINDS
};

struct record {
    uint8_t *bytes;
    size_t used;
};

struct record_version { /* the document is its canonical text */
    int32_t amendment;
    int64_t journal_seq;
    struct slice sha256, document;
};

struct record_head {
    struct slice document; /* as it was signed: head_document.h */
    uint8_t key[RECORD_KEY_BYTES], signature[RECORD_SIGNATURE_BYTES];
};

/* The lines in front of all records. */
struct slice record_preface(void);

/* scope: the number of the one agreement, or RECORD_SCOPE_ALL. */
void record_of_export(struct record *record, int32_t scope);
void record_of_agreement(struct record *record, const struct chain_agreement *agreement);
void record_of_version(struct record *record, const struct record_version *version);
void record_of_journal(struct record *record, const struct journal_row *journal, struct slice hash);
void record_of_entry(struct record *record, const struct entry_row *entry);
void record_of_outcome(struct record *record, const struct outcome_row *outcome);
void record_of_line(struct record *record, const struct line_row *line);
void record_of_head(struct record *record, const struct record_head *head);
void record_of_end(struct record *record, const struct chain_counts *counts);

/* By the first word; RECORD_NONE when it is none of them. */
enum record_kind record_kind(struct slice line);
/* False: the line is not one that its writer writes. Agreement and journal of entries, outcomes and lines are not written: they are those of the journal before them, and are
 * given here. */
bool record_read_export(struct arena *arena, struct slice line, int32_t *ret_scope);
bool record_read_agreement(struct arena *arena, struct slice line, struct chain_agreement *ret_agreement);
bool record_read_version(struct arena *arena, struct slice line, struct record_version *ret_version);
bool record_read_journal(struct arena *arena, struct slice line, int32_t agreement_no, struct journal_row *ret_journal, struct slice *ret_hash);
bool record_read_entry(struct arena *arena, struct slice line, struct entry_row *ret_entry);
bool record_read_outcome(struct arena *arena, struct slice line, int32_t agreement_no, int64_t journal_seq, struct outcome_row *ret_outcome);
bool record_read_line(struct arena *arena, struct slice line, int32_t agreement_no, int64_t journal_seq, struct line_row *ret_line);
bool record_read_head(struct arena *arena, struct slice line, struct record_head *ret_head);
bool record_read_end(struct arena *arena, struct slice line, struct chain_counts *ret_counts);

#endif
