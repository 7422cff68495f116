/* The buckets. A partner who stays below his rate never meets them; who has sent nothing for the longest time makes room for a new one. */
#include "services/ingestion/rate.h"

#include <string.h>

#include "common/base/check.h"

static const int64_t second_ns = INT64_C(1000) * 1000 * 1000;

static struct rate_bucket *bucket_of(struct rates *rates, const char *partner) {
    struct rate_bucket *place = &rates->buckets[0];
    for (int i = 0; i < RATE_PARTNERS_MAX; i++) {
        struct rate_bucket *bucket = &rates->buckets[i];
        if (strcmp(bucket->partner, partner) == 0) return bucket;
        if (bucket->full_at_ns < place->full_at_ns) place = bucket;
    }
    *place = (struct rate_bucket){0};
    memcpy(place->partner, partner, strlen(partner));
    return place;
}

bool rate_take(struct rates *rates, const char *partner, int64_t now_us) {
    CHECK(rates->per_second > 0 && rates->burst > 0 && strlen(partner) < RATE_NAME_MAX);
    struct rate_bucket *bucket = bucket_of(rates, partner);
    const int64_t now_ns = now_us * 1000, each_ns = second_ns / rates->per_second;
    const int64_t from_ns = bucket->full_at_ns > now_ns ? bucket->full_at_ns : now_ns;
    if (from_ns + each_ns - now_ns > each_ns * rates->burst) return false;
    bucket->full_at_ns = from_ns + each_ns;
    return true;
}
