/* The decision about money: one pass over the batch in its order, running totals beside it. It must never look at a clock or a store: what it knows was
 * locked by book.c, so that no other writer can make it untrue before the commit. */
#include "services/ledger/posting.h"

#include "common/domain/message_due.h"

struct posting_first {
    const struct outcome_row *row;
    struct posting_first *chain;
};

enum { MS_TO_US = 1000 };

static size_t buckets(const struct posting *posting) { return posting->items_max * 2 + 1; }

struct posting *posting_start(struct arena *arena, size_t items_max, int64_t commit_sequence, int64_t moment_ms) {
    struct posting *posting = arena_zero(arena, 1, sizeof *posting);
    posting->arena = arena;
    posting->items_max = items_max;
    posting->commit_sequence = commit_sequence;
    posting->moment_ms = moment_ms;
    posting->account_max = items_max + POSTING_ACCOUNTS_EXTRA;
    posting->accounts = arena_zero(arena, posting->account_max, sizeof(struct posting_account *));
    posting->cover_heads = arena_zero(arena, buckets(posting), sizeof *posting->cover_heads);
    posting->first_heads = arena_zero(arena, buckets(posting), sizeof *posting->first_heads);
    posting->stored = arena_take(arena, items_max * sizeof *posting->stored);
    posting->rows = arena_take(arena, items_max * sizeof *posting->rows);
    posting->retries = arena_take(arena, items_max * sizeof *posting->retries);
    posting->lines = arena_take(arena, items_max * sizeof *posting->lines);
    posting->enrolments = arena_take(arena, items_max * sizeof *posting->enrolments);
    posting->waiting_heads = arena_zero(arena, buckets(posting), sizeof *posting->waiting_heads);
    posting->wait_max = 2 * items_max; /* at most one loaded and one new for each item */
    posting->waits = arena_take(arena, posting->wait_max * sizeof *posting->waits);
    posting->bumps = arena_take(arena, items_max * sizeof *posting->bumps);
    return posting;
}

/* ---- Accounts -------------------------------------------------------------------------------------------------------------------------- */

typedef int compare_function(const void *a, const void *b);

/* Shell's sort with Ciura's gaps: libc's qsort may allocate. A batch has a few thousand at most. */
static void sort(void **items, size_t count, compare_function *compare) {
    static const size_t gaps[] = {1750, 701, 301, 132, 57, 23, 10, 4, 1};
    for (size_t g = 0; g < sizeof gaps / sizeof *gaps; g++) {
        for (size_t i = gaps[g]; i < count; i++) {
            void *item = items[i];
            size_t at = i;
            for (; at >= gaps[g] && compare(items[at - gaps[g]], item) > 0; at -= gaps[g]) items[at] = items[at - gaps[g]];
            items[at] = item;
        }
    }
}

static int compare_accounts(const void *a, const void *b) {
    const struct posting_account *x = a, *y = b;
    if (x->agreement == NULL || y->agreement == NULL) return (x->agreement != NULL) - (y->agreement != NULL);
    return slice_compare(x->agreement->id, y->agreement->id);
}

void posting_add_account(struct posting *posting, const struct posting_account *account) {
    CHECK(posting->account_count < posting->account_max && posting->row_count == 0);
    CHECK(account->committed >= 0 && account->reserved >= 0 && account->committed + account->reserved <= account->pagu && account->accepted >= 0 && account->waitlisted >= 0);
    CHECK((account->agreement == NULL) == (account->agreement_no == 0));
    struct posting_account *copy = arena_take(posting->arena, sizeof *copy);
    *copy = *account;
    posting->accounts[posting->account_count++] = copy;
    posting->accounts_sorted = false;
}

static struct posting_account *account_of(struct posting *posting, struct slice agreement_id) {
    if (!posting->accounts_sorted) {
        sort((void **)posting->accounts, posting->account_count, compare_accounts);
        posting->accounts_sorted = true;
        if (posting->account_count > 0 && posting->accounts[0]->agreement == NULL) posting->nobody = posting->accounts[0];
    }
    size_t low = posting->nobody != NULL ? 1 : 0, high = posting->account_count;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        const int order = slice_compare(posting->accounts[middle]->agreement->id, agreement_id);
        if (order == 0) return posting->accounts[middle];
        if (order < 0) low = middle + 1;
        else high = middle;
    }
    return NULL;
}

size_t posting_entries(struct arena *arena, const struct posting_account *account, struct entry_row ret_entries[SUMS_ENTRIES_MAX]) {
    return sums_entries(arena, &account->sums, account->agreement != NULL ? account->agreement->id : slice_text("none"), ret_entries);
}

/* ---- Covers ---------------------------------------------------------------------------------------------------------------------------- */

static struct posting_cover *cover_of(struct posting *posting, struct person_token person, enum segment segment, int32_t year, bool make) {
    uint64_t hash;
    memcpy(&hash, person.bytes, sizeof hash); /* a token is a keyed hash: any 8 bytes of it are a hash */
    struct posting_cover **head = &posting->cover_heads[(hash + (uint64_t)segment * 31 + (uint64_t)year) % buckets(posting)];
    for (struct posting_cover *cover = *head; cover != NULL; cover = cover->chain)
        if (memcmp(cover->person.bytes, person.bytes, TOKEN_BYTES) == 0 && cover->segment == segment && cover->year == year) return cover;
    if (!make) return NULL;
    struct posting_cover *cover = arena_zero(posting->arena, 1, sizeof *cover);
    *cover = (struct posting_cover){.person = person, .segment = segment, .year = year, .chain = *head};
    *head = cover;
    if (posting->cover_count == posting->cover_max) {
        const size_t max = posting->cover_max == 0 ? 2 * posting->items_max : 2 * posting->cover_max;
        struct posting_cover **covers = arena_take(posting->arena, max * sizeof(struct posting_cover *));
        if (posting->cover_count > 0) memcpy(covers, posting->covers, posting->cover_count * sizeof(struct posting_cover *));
        posting->covers = covers;
        posting->cover_max = max;
    }
    posting->covers[posting->cover_count++] = cover;
    return cover;
}

static void hold(struct posting *posting, struct posting_cover *cover, int32_t agreement_no, const struct agreement *agreement,
                 const uint16_t months[LEDGER_PROGRAMMES], bool is_new) {
    struct posting_holder *holder = arena_zero(posting->arena, 1, sizeof *holder);
    *holder = (struct posting_holder){.agreement_no = agreement_no, .agreement = agreement, .is_new = is_new};
    memcpy(holder->months, months, sizeof holder->months);
    if (cover->last != NULL) cover->last->next = holder;
    else cover->holders = holder;
    cover->last = holder;
}

void posting_add_cover(struct posting *posting, struct person_token person, enum segment segment, int32_t year, int32_t agreement_no,
                       const struct agreement *holder, const uint16_t months[LEDGER_PROGRAMMES]) {
    struct posting_cover *cover = cover_of(posting, person, segment, year, true);
    cover->is_stored = true;
    if (agreement_no > 0) hold(posting, cover, agreement_no, holder, months, false);
}

static int compare_covers(const void *a, const void *b) {
    const struct posting_cover *x = a, *y = b;
    const int order = memcmp(x->person.bytes, y->person.bytes, TOKEN_BYTES);
    if (order != 0) return order;
    if (x->segment != y->segment) return x->segment < y->segment ? -1 : 1;
    return (x->year > y->year) - (x->year < y->year);
}

size_t posting_covers(struct posting *posting, struct posting_cover ***ret_covers) {
    struct posting_cover **changed = arena_take(posting->arena, (posting->cover_count + 1) * sizeof(struct posting_cover *));
    size_t count = 0;
    for (size_t i = 0; i < posting->cover_count; i++) {
        uint16_t any = 0;
        for (int k = 0; k < LEDGER_PROGRAMMES; k++) any |= posting->covers[i]->added[k];
        if (any != 0) changed[count++] = posting->covers[i];
    }
    sort((void **)changed, count, compare_covers);
    *ret_covers = changed;
    return count;
}

/* The months of a run as one mask a year. */
struct year_mask {
    int32_t year;
    uint16_t months;
};

static size_t split_into_years(month_t start, uint32_t months, struct year_mask ret_years[POSTING_YEARS_MAX]) {
    size_t count = 0;
    for (uint32_t i = 0; i < months; i++) {
        const month_t month = month_add(start, (int32_t)i);
        if (count == 0 || ret_years[count - 1].year != month_year(month)) {
            CHECK(count < POSTING_YEARS_MAX);
            ret_years[count++] = (struct year_mask){.year = month_year(month)};
        }
        ret_years[count - 1].months |= (uint16_t)(1u << (month_number(month) - 1));
    }
    return count;
}

static void programme_months(programme_set programmes, uint16_t months, uint16_t ret_months[LEDGER_PROGRAMMES]) {
    for (int i = 0; i < LEDGER_PROGRAMMES; i++) ret_months[i] = (programmes & programme_bit((enum programme)i)) != 0 ? months : 0;
}

/* E21, E22 or nothing: what the calendar says now, under the locks; eligibility saw an earlier one. */
static struct code_set covered_already(struct posting *posting, const struct outcome_row *row, const struct agreement *asking,
                                       const struct year_mask *years, size_t year_count) {
    struct code_set codes = {0};
    for (size_t i = 0; i < year_count; i++) {
        const struct posting_cover *cover = cover_of(posting, row->person, row->segment, years[i].year, false);
        if (cover == NULL) continue;
        uint16_t wanted[LEDGER_PROGRAMMES];
        programme_months(row->programmes, years[i].months, wanted);
        for (const struct posting_holder *holder = cover->holders; holder != NULL; holder = holder->next) {
            uint16_t meets = 0;
            for (int k = 0; k < LEDGER_PROGRAMMES; k++) meets |= holder->months[k] & wanted[k];
            if (meets == 0) continue;
            const bool same = holder->agreement_no == asking->number || (holder->agreement != NULL && agreement_same_payer(holder->agreement, asking));
            codes = code_set_with(codes, same ? CODE_E22 : CODE_E21);
        }
    }
    return codes;
}

/* ---- First outcomes and stored rows ------------------------------------------------------------------------------------------------------ */

static struct posting_first **first_head(const struct posting *posting, struct id application_id, uint32_t attempt) {
    uint64_t hash;
    memcpy(&hash, application_id.bytes, sizeof hash); /* keyed hashes too */
    return &posting->first_heads[(hash + attempt) % buckets(posting)];
}

static const struct outcome_row *first_of(const struct posting *posting, struct id application_id, uint32_t attempt) {
    for (const struct posting_first *first = *first_head(posting, application_id, attempt); first != NULL; first = first->chain)
        if (first->row->attempt == attempt && memcmp(first->row->application_id.bytes, application_id.bytes, ID_BYTES) == 0) return first->row;
    return NULL;
}

void posting_add_first(struct posting *posting, const struct outcome_row *row) {
    CHECK(!row->repeat);
    if (id_is_zero(row->application_id) || first_of(posting, row->application_id, row->attempt) != NULL) return;
    struct posting_first **head = first_head(posting, row->application_id, row->attempt);
    struct posting_first *first = arena_take(posting->arena, sizeof *first);
    *first = (struct posting_first){.row = row, .chain = *head};
    *head = first;
}

void posting_add_stored(struct posting *posting, const struct outcome_row *row) {
    CHECK(posting->stored_count < posting->items_max);
    posting->stored[posting->stored_count++] = row;
}

static const struct outcome_row *stored_of(const struct posting *posting, const struct posting_question *question) {
    for (size_t i = 0; i < posting->stored_count; i++) { /* rare: only in the first batches after a crash */
        const struct outcome_row *row = posting->stored[i];
        if (row->partition == question->partition && row->origin == question->lineage.origin && row->epoch == question->lineage.epoch) return row;
    }
    return NULL;
}

/* ---- Decisions ---------------------------------------------------------------------------------------------------------------------------- */

int32_t posting_period(const struct agreement *agreement) { return agreement != NULL ? agreement->period_from / 10000 : 0; }

int32_t posting_budget_year(const struct agreement *agreement, day_t registration_date) {
    day_t day = registration_date;
    if (agreement != NULL && day < agreement->period_from) day = agreement->period_from;
    if (agreement != NULL && day > agreement->period_to) day = agreement->period_to;
    return day / 10000;
}

/* What the waiting callers, letters and web hooks get. The row is the one that stands: for a repeat the first one; posted is the one of this very record. */
static void publish(const struct outcome_row *row, const struct outcome_row *posted, const struct posting_question *question, const struct agreement *agreement,
                    struct decided *ret_decided) {
    const struct application *application = question->priced != NULL ? &question->priced->application : NULL;
    rupiah total = 0;
    for (int i = 0; i < LEDGER_CHARGES; i++) total += row->by_charge[i]; /* checked when it was posted */
    *ret_decided = (struct decided){
        .lineage = question->lineage,
        .outcome = {
            .application_id = row->application_id, .attempt = row->attempt, .batch_id = row->batch_id, .row = (uint32_t)row->row_number,
            .status = row->status, .codes = row->codes, .warnings = row->warnings, .programmes = row->programmes, .start_month = row->start_month,
            .months = (uint32_t)row->months, .amount = row->status == OUTCOME_ACCEPTED ? total : 0, .rank = (uint32_t)row->rank,
            .commit_sequence = row->commit_sequence, .repeat = posted->repeat, .registration_date = row->registration_date,
            .budget_year = posting_budget_year(agreement, row->registration_date), .decided_at_ms = row->decided_at_us / MS_TO_US,
            .posted_sequence = posted->commit_sequence, .posted_position = (uint32_t)posted->position, .posted_at_ms = posted->decided_at_us / MS_TO_US,
        },
    };
    struct outcome *outcome = &ret_decided->outcome;
    outcome->agreement_id = outcome->payer_name = outcome->sealed_person = outcome->seal_key_id = slice_text("");
    if (agreement != NULL) outcome->payer_name = agreement->payer_name;
    if (application != NULL) {
        outcome->agreement_id = application->agreement_id;
        outcome->sealed_person = application->sealed_person;
        outcome->seal_key_id = application->seal_key_id;
        outcome->ktp_region = application->ktp_region;
        outcome->ktp_village = application->ktp_village;
    }
}

/* A line must be billed, for what the verdict covers and within its months; an amount for the whole cover is one month long. The package is the migrant worker's. */
static bool is_usable_line(const struct premium_line *line, const struct verdict *verdict, enum segment segment) {
    if ((int)line->charge < 0 || line->charge >= CHARGE_COUNT || (int)line->share < SHARE_PAYER || line->share > SHARE_WORKER) return false;
    if ((charge_programmes(line->charge) & ~verdict->programmes) != 0 || (line->charge == CHARGE_PACKAGE && segment != SEGMENT_PMI)) return false;
    if (line->amount < 0 || line->months == 0 || line->months > verdict->months || (line->once && line->months != 1) || !month_is_valid(line->from)) return false;
    const int32_t offset = month_distance(verdict->start_month, line->from);
    return offset >= 0 && offset <= (int32_t)(verdict->months - line->months);
}

/* What a cover is written for: the verdict's programmes; but a migrant worker who saves nothing a month has no JHT, whatever was asked for. */
static programme_set covered_programmes(const struct priced *priced) {
    const bool saves_nothing = priced->application.segment == SEGMENT_PMI && priced->application.pmi.jht_monthly == 0;
    return (programme_set)(priced->verdict.programmes & ~(saves_nothing ? programme_bit(PROGRAMME_JHT) : 0));
}

/* Do the lines add up to the sums, is each programme paid for, and are terms there that a cover can be written for? Only our own bug or a forged record says no. */
static bool is_usable(const struct priced *priced) {
    const struct verdict *verdict = &priced->verdict;
    const struct premium *premium = &priced->premium;
    const struct application *application = &priced->application;
    if (person_is_nobody(application->person) || application->segment <= SEGMENT_NONE || application->segment > SEGMENT_PMI) return false;
    if (verdict->programmes == 0 || verdict->programmes >= 1u << LEDGER_PROGRAMMES || verdict->months == 0 || verdict->months > COVER_MONTHS_MAX ||
        !month_is_valid(verdict->start_month) || !month_is_valid(month_add(verdict->start_month, (int32_t)verdict->months - 1))) return false;
    rupiah sums[CHARGE_COUNT] = {0}, total = 0;
    programme_set charged = 0;
    for (size_t i = 0; i < premium->line_count; i++) {
        const struct premium_line *line = &premium->lines[i];
        rupiah amount;
        if (!is_usable_line(line, verdict, application->segment) || !rupiah_multiply(line->amount, line->months, &amount) ||
            !rupiah_add(sums[line->charge], amount, &sums[line->charge])) return false;
        charged |= charge_programmes(line->charge);
    }
    if (charged != covered_programmes(priced)) return false;
    for (int i = 0; i < CHARGE_COUNT; i++)
        if (sums[i] != premium->by_charge[i] || !rupiah_add(total, sums[i], &total)) return false;
    return total > 0 && total == premium->total;
}

static void refuse(struct outcome_row *row, struct code_set codes) {
    row->codes = code_set_union(row->codes, codes);
    row->status = outcome_of_refusal(row->codes);
}

/* ---- The waiting list and reservations ---------------------------------------------------------------------------------------------------- */

static struct posting_waiting **waiting_head(const struct posting *posting, struct id application_id) {
    uint64_t hash;
    memcpy(&hash, application_id.bytes, sizeof hash);
    return &posting->waiting_heads[hash % buckets(posting)];
}

static struct posting_waiting *waiting_of(const struct posting *posting, struct id application_id, int32_t agreement_no) {
    for (struct posting_waiting *waiting = *waiting_head(posting, application_id); waiting != NULL; waiting = waiting->chain)
        if (!waiting->is_gone && waiting->agreement_no == agreement_no && memcmp(waiting->application_id.bytes, application_id.bytes, ID_BYTES) == 0) return waiting;
    return NULL;
}

static struct posting_waiting *keep_waiting(struct posting *posting, const struct posting_waiting *waiting) {
    CHECK(posting->wait_count < posting->wait_max);
    struct posting_waiting **head = waiting_head(posting, waiting->application_id), *kept = arena_take(posting->arena, sizeof *kept);
    *kept = *waiting;
    kept->chain = *head;
    *head = kept;
    posting->waits[posting->wait_count++] = kept;
    return kept;
}

void posting_add_waiting(struct posting *posting, const struct posting_waiting *waiting) {
    CHECK(waiting->state == WAITING_IN_LINE || waiting->state == WAITING_RESERVED);
    CHECK((waiting->state == WAITING_RESERVED) == (waiting->reserved > 0));
    if (waiting_of(posting, waiting->application_id, waiting->agreement_no) == NULL) (void)keep_waiting(posting, waiting); /* the same one may be given twice */
}

void posting_add_departed(struct posting *posting, struct id application_id, bool died) {
    struct posting_departed *departed = arena_take(posting->arena, sizeof *departed);
    *departed = (struct posting_departed){.application_id = application_id, .died = died, .next = posting->departed};
    posting->departed = departed;
}

static const struct posting_departed *departed_of(const struct posting *posting, struct id application_id) {
    for (const struct posting_departed *departed = posting->departed; departed != NULL; departed = departed->next) /* rare */
        if (memcmp(departed->application_id.bytes, application_id.bytes, ID_BYTES) == 0) return departed;
    return NULL;
}

/* It waits in another agreement: the list was carried over while this attempt was under way. */
static bool waits_elsewhere(const struct posting *posting, struct id application_id, int32_t agreement_no) {
    for (const struct posting_waiting *waiting = *waiting_head(posting, application_id); waiting != NULL; waiting = waiting->chain)
        if (waiting->agreement_no != agreement_no && memcmp(waiting->application_id.bytes, application_id.bytes, ID_BYTES) == 0) return true;
    return false;
}

static void bump(struct posting *posting, const struct outcome_row *row) {
    posting->bumps[posting->bump_count++] = (struct posting_bump){.application_id = row->application_id, .attempt = row->attempt};
}

/* One question of posting.c on its way through the rules. */
struct decision {
    struct posting *posting;
    struct posting_account *account;
    const struct priced *priced;
    struct outcome_row *row;
    struct posting_waiting *waiting; /* NULL: a newcomer */
    const struct code_set *covered;  /* of a replay */
    rupiah price;
};

static void note_line(const struct decision *decision, enum line_kind kind, rupiah reserved, int32_t reserved_heads, int32_t waiting, const char *reason) {
    struct posting *posting = decision->posting;
    struct posting_account *account = decision->account;
    CHECK(posting->line_count < posting->items_max); /* one for a question at most */
    const day_t day = day_of_business(posting->moment_ms);
    uint8_t *id = arena_take(posting->arena, ID_BYTES);
    memcpy(id, decision->row->application_id.bytes, ID_BYTES);
    struct line_row *line = &posting->lines[posting->line_count++];
    *line = (struct line_row){
        .agreement_no = account->agreement_no, .journal_seq = account->journal_seq + 1, .position = (int32_t)account->sums.lines, .kind = kind, .application_id = slice_of(id, ID_BYTES),
        .month = decision->row->start_month != 0 ? decision->row->start_month : day_month(day), .months = 1, .reserved = reserved, .reserved_heads = reserved_heads, .waiting = waiting,
        .day = day, .reason = slice_text(reason), .detail = slice_text(""),
    };
    CHECK(sums_add_line(posting->arena, &account->sums, line));
}

/* Money and heads that nobody has, with what this one holds already. */
static bool has_room(const struct posting_account *account, const struct posting_waiting *waiting, rupiah price, bool *ret_heads_full) {
    const bool holds = waiting != NULL && waiting->state == WAITING_RESERVED;
    const rupiah left = account->pagu - (account->committed + sums_committed(&account->sums)) - (account->reserved + account->sums.reserved) + (holds ? waiting->reserved : 0);
    const int64_t heads = account->accepted + account->sums.heads + account->reserved_heads + account->sums.reserved_heads - holds;
    *ret_heads_full = account->quota >= 0 && heads >= account->quota;
    return !*ret_heads_full && price <= left;
}

static bool others_wait(const struct posting_account *account) { return account->waitlisted + account->sums.waiting > 0; }

/* Whatever this one holds in the list is given back; the row goes. */
static void leave_list(const struct decision *decision, const char *reason) {
    struct posting_waiting *waiting = decision->waiting;
    if (waiting == NULL) return;
    if (waiting->state == WAITING_RESERVED) note_line(decision, LINE_UNRESERVED, -waiting->reserved, -1, 0, reason);
    else note_line(decision, LINE_WAITING, 0, 0, -1, reason);
    waiting->is_gone = true;
}

static int32_t class_of(const struct agreement *agreement, const struct application *application) {
    for (size_t i = 0; i < agreement->priority_occupation_count; i++)
        if (slice_equal(agreement->priority_occupations[i], application->occupation)) return WAITING_CLASS_FIRST;
    return WAITING_CLASS_OTHER;
}

/* Into the list, at the place that the order of service gives. */
static struct posting_waiting *enter_list(const struct decision *decision) {
    const struct application *application = &decision->priced->application;
    const struct outcome_row *row = decision->row;
    const int desil = decision->priced->verdict.desil;
    return keep_waiting(decision->posting, &(struct posting_waiting){
        .application_id = row->application_id, .agreement_no = decision->account->agreement_no, .state = WAITING_IN_LINE,
        .class_number = class_of(decision->account->agreement, application), .desil = desil >= 1 && desil <= DESIL_MAX ? desil : DESIL_UNKNOWN,
        .proposal_date = row->registration_date, .village = (int64_t)application->ktp_region * 10000 + application->ktp_village, .row_number = row->row_number,
        .commit_sequence = row->commit_sequence, .position = row->position, .person = row->person, .segment = row->segment,
    });
}

static void renew_waiting(const struct decision *decision, bool undecided) {
    struct posting_waiting *waiting = decision->waiting;
    waiting->attempt = decision->row->attempt;
    waiting->undecided = undecided;
    waiting->start_month = decision->row->start_month;
    waiting->months = decision->row->months;
    waiting->amount = decision->price;
    waiting->application = &decision->priced->application;
    waiting->is_changed = true;
}

static int64_t next_ticket(struct posting_account *account) { return account->tickets + ++account->added_tickets; }

/* Waits on, or from now on. The outcome's rank counts one who waits (line.h): for one who was counted already a line takes it back. */
static void wait_in_line(struct decision *decision, bool heads_full) {
    struct posting_waiting *waiting = decision->waiting;
    if (waiting == NULL) waiting = decision->waiting = enter_list(decision);
    else if (waiting->state == WAITING_RESERVED) note_line(decision, LINE_UNRESERVED, -waiting->reserved, -1, 0, "PRICE");
    else note_line(decision, LINE_WAITING, 0, 0, -1, "DECIDED");
    waiting->state = WAITING_IN_LINE;
    waiting->reserved = 0;
    waiting->reserved_until = 0;
    if (waiting->ticket == 0) waiting->ticket = next_ticket(decision->account);
    renew_waiting(decision, false);
    decision->row->status = OUTCOME_WAITLISTED;
    decision->row->rank = (int32_t)waiting->ticket;
    decision->row->codes = code_set_with(decision->row->codes, heads_full ? CODE_Q60 : CODE_Q61);
}

static void accept(struct decision *decision, const struct year_mask *years, size_t year_count) {
    struct posting *posting = decision->posting;
    struct posting_account *account = decision->account;
    struct outcome_row *row = decision->row;
    leave_list(decision, "ACCEPTED");
    row->status = OUTCOME_ACCEPTED;
    row->amount = decision->price;
    row->place = account->places + ++account->added_places;
    for (size_t i = 0; i < year_count; i++) {
        struct posting_cover *cover = cover_of(posting, row->person, row->segment, years[i].year, true);
        uint16_t months[LEDGER_PROGRAMMES];
        programme_months(row->programmes, years[i].months, months);
        for (int k = 0; k < LEDGER_PROGRAMMES; k++) {
            CHECK((cover->added[k] & months[k]) == 0);
            cover->added[k] |= months[k];
        }
        hold(posting, cover, account->agreement_no, account->agreement, months, true);
    }
}

/* In or waiting: the strict prefix for newcomers; who holds a reservation has a place already. */
static void ask_budget(struct decision *decision, const struct year_mask *years, size_t year_count) {
    bool heads_full;
    const bool room = has_room(decision->account, decision->waiting, decision->price, &heads_full);
    const bool behind = decision->waiting == NULL ? others_wait(decision->account) : decision->waiting->state == WAITING_IN_LINE;
    if (room && !behind) accept(decision, years, year_count);
    else wait_in_line(decision, heads_full);
}

static void price_row(struct decision *decision) {
    struct outcome_row *row = decision->row;
    const struct priced *priced = decision->priced;
    row->programmes = covered_programmes(priced);
    row->start_month = priced->verdict.start_month;
    row->months = (int32_t)priced->verdict.months;
    decision->price = priced->premium.total;
}

static void decide_eligible(struct decision *decision) {
    struct posting *posting = decision->posting;
    struct outcome_row *row = decision->row;
    const struct priced *priced = decision->priced;
    price_row(decision);
    struct year_mask years[POSTING_YEARS_MAX];
    const size_t year_count = split_into_years(row->start_month, priced->verdict.months, years);
    const struct code_set covered = decision->covered != NULL ? *decision->covered : covered_already(posting, row, decision->account->agreement, years, year_count);
    if (covered.bits != 0) {
        leave_list(decision, "REFUSED");
        refuse(row, covered);
        return;
    }
    for (int i = 0; i < LEDGER_CHARGES; i++) row->by_charge[i] = priced->premium.by_charge[ledger_charge(i)];
    row->lines = canonical_lines(posting->arena, &priced->premium);
    ask_budget(decision, years, year_count);
}

/* Somebody's answer is missing. With a price the person holds the money at this place until it comes, or a place in the list when there is no money; without a price nothing. */
static void decide_pending(struct decision *decision) {
    struct posting_account *account = decision->account;
    decision->row->status = OUTCOME_PENDING;
    if (account->agreement == NULL) return;
    if (decision->priced->verdict.programmes == 0 || !is_usable(decision->priced)) { /* without a price now: whoever stands in the list keeps what was priced last */
        if (decision->waiting != NULL) bump(decision->posting, decision->row);
        return;
    }
    price_row(decision);
    bool heads_full;
    if (decision->waiting != NULL) {
        renew_waiting(decision, true);
    } else if (has_room(account, NULL, decision->price, &heads_full) && !others_wait(account)) {
        decision->waiting = enter_list(decision);
        decision->waiting->state = WAITING_RESERVED;
        decision->waiting->reserved = decision->price;
        decision->waiting->reserved_until = day_add(day_of_business(decision->posting->moment_ms), account->agreement->reservation_days);
        renew_waiting(decision, true);
        note_line(decision, LINE_RESERVED, decision->price, 1, 0, "PENDING");
    } else {
        decision->waiting = enter_list(decision);
        decision->waiting->ticket = next_ticket(account);
        renew_waiting(decision, true);
        decision->row->rank = (int32_t)decision->waiting->ticket;
    }
}

/* What every new row holds, whatever is decided. */
static struct outcome_row row_start(const struct posting *posting, const struct posting_question *question, const struct posting_account *account) {
    const struct application *application = question->priced != NULL ? &question->priced->application : NULL;
    struct outcome_row row = {
        .epoch = question->lineage.epoch, .partition = question->partition, .origin = question->lineage.origin,
        .agreement_no = account->agreement_no, .period = posting_period(account->agreement), .batch_id = slice_text(""), .lines = slice_text(""),
        .registration_date = day_of_business(posting->moment_ms), .commit_sequence = posting->commit_sequence, .position = (int32_t)posting->row_count,
        .journal_seq = account->journal_seq + 1, .decided_at_us = posting->moment_ms * MS_TO_US,
    };
    if (application == NULL) return row;
    row.application_id = application->application_id;
    row.attempt = application->attempt;
    if (question->parked != CODE_NONE) return row; /* its texts may be what the store refused */
    row.batch_id = application->batch_id;
    row.row_number = application->row <= INT32_MAX ? (int32_t)application->row : 0;
    row.person = application->person;
    row.segment = application->segment;
    if (day_is_valid(application->registration_date)) row.registration_date = application->registration_date;
    return row;
}

static void repeat_row(struct outcome_row *row, const struct outcome_row *first) {
    row->repeat = true;
    row->status = first->status;
    row->codes = first->codes;
    row->warnings = first->warnings;
    row->programmes = first->programmes;
    row->start_month = first->start_month;
    row->months = first->months;
    memcpy(row->by_charge, first->by_charge, sizeof row->by_charge);
    row->rank = first->rank;
    row->place = first->place;
    row->amount = 0;
    row->lines = slice_text("");
    row->message_due = (struct slice){0};
}

int64_t posting_retry_delay_s(uint32_t attempt, int64_t first_s, int64_t most_s) {
    CHECK(attempt >= 1 && first_s >= 1 && most_s >= 1);
    int64_t delay_s = first_s;
    for (uint32_t i = 1; i < attempt && delay_s < most_s; i++) delay_s *= 2; /* ends before it could overflow: most_s is reached */
    return delay_s < most_s ? delay_s : most_s;
}

/* A repeat makes nothing due, because what followed the first outcome may have ended since; but it may end what is due by mistake. */
static void note_retry(struct posting *posting, const struct outcome_row *row, const struct application *application) {
    if (id_is_zero(row->application_id)) return;
    const bool waits = row->status == OUTCOME_PENDING;
    if (waits ? row->repeat : row->attempt <= 1) return;
    posting->retries[posting->retry_count++] = (struct posting_retry){.row = row, .application = waits ? application : NULL};
}

enum posting_answer posting_decide(struct posting *posting, const struct posting_question *question, struct decided *ret_decided) {
    CHECK(posting->row_count < posting->items_max);
    const struct priced *priced = question->priced;
    struct posting_account *account = priced != NULL ? account_of(posting, priced->application.agreement_id) : account_of(posting, slice_text(""));
    const struct agreement *agreement = account != NULL ? account->agreement : NULL;

    const struct outcome_row *stored = stored_of(posting, question);
    if (stored != NULL) {
        const struct outcome_row *standing = stored->repeat ? first_of(posting, stored->application_id, stored->attempt) : stored;
        CHECK(standing != NULL);
        publish(standing, stored, question, agreement, ret_decided);
        return POSTING_DONE;
    }

    if (account == NULL || question->parked != CODE_NONE) account = posting->nobody; /* what an agreement's chain refuses (a closed period) finds its place there */
    CHECK(account != NULL); /* book.c loads number 0 whenever something in the batch has no known agreement */
    struct outcome_row row = row_start(posting, question, account);
    const struct outcome_row *first = id_is_zero(row.application_id) ? NULL : first_of(posting, row.application_id, row.attempt);
    const enum verdict_status verdict = priced == NULL || question->parked != CODE_NONE ? VERDICT_PARKED : priced->verdict.status;
    if (verdict != VERDICT_PARKED && priced != NULL) {
        row.warnings = priced->verdict.warnings;
        row.codes = priced->verdict.codes;
    }
    struct decision decision = {.posting = posting, .account = account, .priced = priced, .row = &row, .covered = question->covered,
                                .waiting = id_is_zero(row.application_id) ? NULL : waiting_of(posting, row.application_id, account->agreement_no)};
    const struct posting_departed *departed = row.attempt > 1 ? departed_of(posting, row.application_id) : NULL;
    const bool elsewhere = row.attempt > 1 && account->agreement != NULL && decision.waiting == NULL && waits_elsewhere(posting, row.application_id, account->agreement_no);
    if (first != NULL) {
        repeat_row(&row, first);
        if (row.attempt > 1 && decision.waiting != NULL && decision.waiting->attempt < row.attempt) bump(posting, &row);
    } else if (verdict != VERDICT_PARKED && departed != NULL) {
        leave_list(&decision, "DEPARTED");
        row.codes = (struct code_set){0};
        refuse(&row, code_set_with((struct code_set){0}, departed->died ? CODE_E70 : CODE_E22)); /* nobody is told: the office knows */
    } else if (verdict != VERDICT_PARKED && elsewhere) {
        row.codes = (struct code_set){0};
        refuse(&row, code_set_with((struct code_set){0}, CODE_E22)); /* decided where it waits now */
        bump(posting, &row);
    } else if (verdict == VERDICT_ELIGIBLE && account->agreement == NULL) {
        refuse(&row, code_set_with((struct code_set){0}, CODE_X03));
    } else if (verdict == VERDICT_ELIGIBLE) {
        if (!is_usable(priced)) return POSTING_UNUSABLE;
        decide_eligible(&decision);
    } else if (verdict == VERDICT_REJECTED) {
        if (row.codes.bits == 0) return POSTING_UNUSABLE;
        leave_list(&decision, "REFUSED");
        refuse(&row, (struct code_set){0});
    } else if (verdict == VERDICT_PENDING) {
        decide_pending(&decision);
    } else if (verdict == VERDICT_PARKED) {
        if (question->parked != CODE_NONE) bump(posting, &row);
        else leave_list(&decision, "PARKED");
        row.status = OUTCOME_PARKED;
        row.codes = priced != NULL ? priced->verdict.codes : (struct code_set){0};
        if (question->parked != CODE_NONE) row.codes = code_set_with((struct code_set){0}, question->parked);
        if (row.codes.bits == 0) row.codes = code_set_with(row.codes, CODE_X01);
    } else {
        return POSTING_UNUSABLE;
    }

    struct outcome_row *kept = &posting->rows[posting->row_count++];
    *kept = row;
    CHECK(sums_add_outcome(&account->sums, kept)); /* within the pagu, so within bounds */
    if (kept->status == OUTCOME_ACCEPTED && !kept->repeat)
        posting->enrolments[posting->enrolment_count++] = (struct posting_enrolment){.row = kept, .application = &priced->application};
    publish(first != NULL ? first : kept, kept, question, agreement, ret_decided);
    if (first == NULL) {
        const char *template = message_due(&ret_decided->outcome);
        if (template != NULL) kept->message_due = slice_text(template);
        posting_add_first(posting, kept);
    }
    if (priced != NULL) note_retry(posting, kept, &priced->application);
    return POSTING_DONE;
}
