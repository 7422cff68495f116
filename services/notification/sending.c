/* The rules of sending as tables and small functions. It must not look at a clock or at chance. */
#include "services/notification/sending.h"

#include <stdio.h>
#include <string.h>

#include "common/base/check.h"
#include "common/domain/text.h"

enum { MASK_FIRST = 6, MASK_LAST = 2, PHONE_BYTES_MAX = 16 };

const struct channel_row channel_rows[CHANNELS] = {
#define CHANNEL(symbol, name_, kind_, quiet, keyed, reports_, sentence) [CHANNEL_##symbol] = {.name = name_, .kind = CHANNEL_##kind_, .is_quiet = quiet, .is_keyed = keyed, .reports = reports_},
#include "services/notification/channels.def"
#undef CHANNEL
};

bool channel_named(struct slice name, enum channel_id *ret_channel) {
    for (int i = 0; i < CHANNELS; i++)
        if (slice_is(name, channel_rows[i].name)) {
            *ret_channel = (enum channel_id)i;
            return true;
        }
    return false;
}

bool channels_have(const struct channel_order *order, enum channel_id channel) {
    for (int i = 0; i < order->count; i++)
        if (order->channels[i] == channel) return true;
    return false;
}

bool channels_read(const char *text, struct channel_order *ret_order) {
    struct slice rest = slice_text(text), name;
    struct channel_order order = {0};
    while (text_split(&rest, ',', &name)) {
        enum channel_id channel;
        if (!channel_named(text_trim(name), &channel) || channels_have(&order, channel)) return false;
        order.channels[order.count++] = channel;
    }
    if (order.count == 0) return false;
    *ret_order = order;
    return true;
}

enum channel_id channel_after(const struct channel_order *order, enum channel_id channel) {
    for (int i = 0; i < order->count; i++)
        if (order->channels[i] == channel) return i + 1 < order->count ? order->channels[i + 1] : CHANNELS;
    return order->channels[0];
}

bool channels_are_default(const struct channel_order *order) { return order->count == 1 && order->channels[0] == CHANNEL_MAILDIR; }

/* splitmix64 (Steele, Lea, Flood 2014) */
static uint64_t mixed(uint64_t value) {
    value += UINT64_C(0x9e3779b97f4a7c15);
    value = (value ^ (value >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    value = (value ^ (value >> 27)) * UINT64_C(0x94d049bb133111eb);
    return value ^ (value >> 31);
}

static int64_t wait_ms(int32_t attempts, int64_t first_ms, uint64_t seed) {
    int64_t whole = first_ms;
    for (int32_t i = 1; i < attempts && whole < SENDING_CAP_MS; i++) whole *= 2;
    if (whole > SENDING_CAP_MS) whole = SENDING_CAP_MS;
    return whole + (int64_t)(mixed(seed ^ ((uint64_t)attempts << 32)) % (uint64_t)(whole / 5 + 1));
}

/* Over HTTP, what says that another message would fare no better. */
static bool is_providers_fault(int status) { return status == 401 || status == 403 || status == 404 || status == 408 || status == 429 || status >= 500 || (status >= 300 && status < 400); }

static enum sending_fate fate_of(enum channel_kind kind, int status, bool *ret_outage) {
    *ret_outage = false;
    if (status >= 200 && status < 300) return SENDING_TAKEN;
    if (kind == CHANNEL_MAIL) {
        *ret_outage = status < 400 || status == 421 || status == 454 || status == 530 || status == 535; /* away, or the credentials */
        return status >= 500 && !*ret_outage ? SENDING_REFUSED : SENDING_AGAIN;
    }
    *ret_outage = status == 0 || is_providers_fault(status);
    return *ret_outage ? SENDING_AGAIN : SENDING_REFUSED;
}

struct sending_verdict sending_judge(enum channel_kind kind, int status, bool reached, int32_t attempts, int64_t first_ms, uint64_t seed) {
    CHECK(attempts >= 1 && first_ms >= 1 && first_ms <= SENDING_CAP_MS);
    struct sending_verdict verdict = {0};
    verdict.fate = fate_of(kind, status, &verdict.is_outage);
    verdict.in_doubt = status == 0 && reached;
    if (verdict.fate != SENDING_AGAIN) return verdict;
    if (attempts >= SENDING_ATTEMPTS_MAX) verdict.fate = SENDING_REFUSED;
    else verdict.delay_ms = wait_ms(attempts, first_ms, seed);
    return verdict;
}

enum report report_of_kannel(int64_t status) {
    if (status == 1) return REPORT_DELIVERED;
    return status == 2 || status == 16 ? REPORT_UNDELIVERED : REPORT_NOTHING_NEW;
}

void phone_mask(struct slice phone, char ret_text[17]) {
    ret_text[0] = '\0';
    if (phone.size < MASK_FIRST + MASK_LAST + 1 || phone.size > PHONE_BYTES_MAX) return;
    memcpy(ret_text, phone.bytes, phone.size);
    for (size_t i = MASK_FIRST; i < phone.size - MASK_LAST; i++) ret_text[i] = '*';
    ret_text[phone.size] = '\0';
}

/* What is saved up is bounded by the burst, but never below one message. */
static int64_t pace_from_us(const struct pace *pace, int64_t per_second, int64_t now_us) {
    const int64_t one_us = PACE_SECOND_US / per_second, burst_us = one_us > PACE_BURST_US ? one_us : PACE_BURST_US;
    return pace->next_us > now_us - burst_us ? pace->next_us : now_us - burst_us;
}

int64_t pace_room(const struct pace *pace, int64_t per_second, int64_t now_us) {
    if (per_second == 0) return INT32_MAX;
    CHECK(per_second > 0 && per_second <= PACE_SECOND_US);
    const int64_t from_us = pace_from_us(pace, per_second, now_us);
    return from_us >= now_us ? 0 : (now_us - from_us) / (PACE_SECOND_US / per_second);
}

void pace_take(struct pace *pace, int64_t per_second, int64_t count, int64_t now_us) {
    if (per_second == 0 || count == 0) return;
    pace->next_us = pace_from_us(pace, per_second, now_us) + count * (PACE_SECOND_US / per_second);
}
