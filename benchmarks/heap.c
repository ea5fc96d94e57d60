/* The reference workload in C: one binary heap of packed events, keyed random numbers, no log.

   A yardstick for speed, not part of the product. The workload is that of plain_simpy.py, which says it in words.
   It gives the promises of the product: every number is drawn at an address (run, customer, visit, purpose), so none
   depends on the order of events, and the same bits come out on every machine. Hence the logarithm, the exponential and
   the normal quantile below are made of exact operations only: libm differs from machine to machine.
   Build: gcc -O3 -ffp-contract=off heap.c -lm.  Use: heap RUNS FIRST_SEED; one line of JSON for each run. */
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { COACHES = 23, DAYS = 250, SLOTS = 18, STOCK = 143, FIRST = 1, AGAIN = 10, REBOOK = 5 };
enum { DAY = 86400000, OPENS = 32400000, OPEN = 27000000, SLOT = OPEN / SLOTS };           /* milliseconds */
enum { MORNING, ARRIVES, ENDS };                                                           /* order at one instant */
enum { FAILS, MEETS, DOES_ADMIN, LEAVES, WHAT_BITS = 2 };                                  /* what a number is for */
static const double SHARE[2] = {0.40, 0.75}, MEETING[3] = {600000.0, 1200000.0, 1800000.0}, FAILED[3] = {0.08, 0.12, 0.20};
static const double STARTS = 1.09, LEAVING = 1.0 / 13.0, ADMIN = 300000.0, MEETING_CV = 0.4, ADMIN_CV = 0.5;

typedef struct { uint64_t key; int32_t visits; int32_t group; } Customer;
typedef struct { int64_t came; uint32_t who; } Waiting;
typedef struct {
    int seen, booked, first, last, task, tasks;    /* today: of the diary, of those who wait, of the tasks */
    int busy;                                      /* 1 with a customer, 2 with a task */
    uint32_t who;
    Waiting waiting[SLOTS];
    int32_t todo[SLOTS];
} Coach;

static Customer *customers;
static Coach coaches[COACHES];
static uint32_t (*diary)[DAYS][SLOTS];
static uint8_t (*filled)[DAYS];
static uint64_t heap[2 * COACHES + 8];
static int events;
static int64_t held, failed, waited, worked;
static double meeting_at[3], meeting_width, admin_at, admin_width;

static inline uint64_t scramble(uint64_t x) {                                              /* finaliser of SplitMix64 */
    x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9u;
    x = (x ^ (x >> 27)) * 0x94D049BB133111EBu;
    return x ^ (x >> 31);
}
static inline uint64_t key_of(uint64_t seed, uint64_t who) { return scramble(scramble(seed + 1) + who * 0x9E3779B97F4A7C15u); }
static inline double at(uint64_t key, int64_t visit, int what) {
    uint64_t bits = scramble(key + (uint64_t)((visit << WHAT_BITS | what) + 1) * 0x9E3779B97F4A7C15u);
    return ((double)(bits >> 12) + 0.5) * 0x1p-52;
}

static inline double logarithm(double x) {                                                 /* 2 artanh((m - 1) / (m + 1)) */
    int e;
    double m = frexp(x, &e);
    if (m < 0.7071067811865476) m *= 2.0, e--;
    double s = (m - 1.0) / (m + 1.0), z = s * s, sum = 1.0 / 21.0;
    for (int k = 19; k > 0; k -= 2) sum = sum * z + 1.0 / k;
    return e * 0.6931471805599453 + 2.0 * s * sum;
}
static inline double exponential(double x) {                                               /* 2^k by its bits, the rest by Taylor */
    double k = floor(x * 1.4426950408889634 + 0.5), r = (x - k * 0.693147180369123816) - k * 1.90821492927058770e-10, sum = 1.0;
    for (int i = 13; i > 0; i--) sum = 1.0 + sum * r * (1.0 / i);
    union { uint64_t bits; double value; } power = {(uint64_t)(1023 + (int64_t)k) << 52};
    return sum * power.value;
}
static inline double horner(const double *c, double x) {
    double sum = c[7];
    for (int i = 6; i >= 0; i--) sum = sum * x + c[i];
    return sum;
}
/* Normal quantile: Wichura, "Algorithm AS 241", Applied Statistics 37 (1988), to 16 digits. */
static const double CENTRE[2][8] = {
    {3.3871328727963666080, 1.3314166789178437745e2, 1.9715909503065514427e3, 1.3731693765509461125e4, 4.5921953931549871457e4,
     6.7265770927008700853e4, 3.3430575583588128105e4, 2.5090809287301226727e3},
    {1.0, 4.2313330701600911252e1, 6.8718700749205790830e2, 5.3941960214247511077e3, 2.1213794301586595867e4, 3.9307895800092710610e4,
     2.8729085735721942674e4, 5.2264952788528545610e3}};
static const double NEAR[2][8] = {
    {1.42343711074968357734, 4.63033784615654529590, 5.76949722146069140550, 3.64784832476320460504, 1.27045825245236838258,
     2.41780725177450611770e-1, 2.27238449892691845833e-2, 7.74545014278341407640e-4},
    {1.0, 2.05319162663775882187, 1.67638483018380384940, 6.89767334985100004550e-1, 1.48103976427480074590e-1, 1.51986665636164571966e-2,
     5.47593808499534494600e-4, 1.05075007164441684324e-9}};
static const double FAR[2][8] = {
    {6.65790464350110377720, 5.46378491116411436990, 1.78482653991729133580, 2.96560571828504891230e-1, 2.65321895265761230930e-2,
     1.24266094738807843860e-3, 2.71155556874348757815e-5, 2.01033439929228813265e-7},
    {1.0, 5.99832206555887937690e-1, 1.36929880922735805310e-1, 1.48753612908506148525e-2, 7.86869131145613259100e-4, 1.84631831751005468180e-5,
     1.42151175831644588870e-7, 2.04426310338993978564e-15}};
static inline double normal(double u) {
    double q = u - 0.5;
    if (fabs(q) <= 0.425) {
        double r = 0.180625 - q * q;
        return q * horner(CENTRE[0], r) / horner(CENTRE[1], r);
    }
    double r = sqrt(-logarithm(q < 0 ? u : 1.0 - u));
    double z = r <= 5.0 ? horner(NEAR[0], r - 1.6) / horner(NEAR[1], r - 1.6) : horner(FAR[0], r - 5.0) / horner(FAR[1], r - 5.0);
    return q < 0 ? -z : z;
}
static inline int32_t lognormal(double u, double mean, double width) { return (int32_t)(exponential(mean + width * normal(u)) + 0.5); }

static inline void push(int64_t when, int kind, uint32_t coach) {
    uint64_t event = (uint64_t)when << 14 | (uint64_t)kind << 12 | coach;
    int i = events++;
    while (i > 0 && heap[(i - 1) / 2] > event) { heap[i] = heap[(i - 1) / 2]; i = (i - 1) / 2; }
    heap[i] = event;
}
static inline uint64_t pop(void) {
    uint64_t first = heap[0], last = heap[--events];
    int i = 0;
    for (int child = 1; child < events; child = 2 * i + 1) {
        child += child + 1 < events && heap[child + 1] < heap[child];
        if (heap[child] >= last) break;
        heap[i] = heap[child];
        i = child;
    }
    heap[i] = last;
    return first;
}

static inline void book(int coach, uint32_t who, int day) {
    while (day < DAYS && filled[coach][day] == SLOTS) day++;
    if (day < DAYS) diary[coach][day][filled[coach][day]++] = who;
}
static void start(uint64_t seed, uint32_t who) {
    Customer *one = &customers[who];
    one->key = key_of(seed, who);
    one->visits = 0;
    double u = at(one->key, 0, FAILS);
    one->group = (u >= SHARE[0]) + (u >= SHARE[1]);
}
static int poisson(double u, double mean) {
    double term = exponential(-mean), sum = term;
    int n = 0;
    while (u >= sum && n < 60) { n++; term *= mean / n; sum += term; }
    return n;
}

static void begin_meeting(Coach *coach, uint32_t number, int64_t now) {
    Waiting next = coach->waiting[coach->first++];
    Customer *one = &customers[next.who];
    int32_t lasts = lognormal(at(one->key, one->visits + 1, MEETS), meeting_at[one->group], meeting_width);
    coach->who = next.who;
    coach->busy = 1;
    held++;
    waited += now - next.came;
    worked += lasts;
    push(now + lasts, ENDS, number);
}
static inline void work(Coach *coach, uint32_t number, int64_t now) {
    if (coach->first < coach->last) begin_meeting(coach, number, now);
    else if (coach->task < coach->tasks) {
        int32_t lasts = coach->todo[coach->task++];
        coach->busy = 2;
        worked += lasts;
        push(now + lasts, ENDS, number);
    }
}
static void play(uint64_t seed, const int *starts) {
    uint32_t people = COACHES * STOCK;
    push(0, MORNING, 0);
    while (events) {
        uint64_t event = pop();
        int64_t now = (int64_t)(event >> 14);
        uint32_t number = event & 4095, kind = event >> 12 & 3;
        int day = (int)(now / DAY);
        Coach *coach = &coaches[number];
        if (kind == MORNING) {
            for (int i = 0; i < starts[day]; i++, people++) {
                start(seed, people);
                book((int)((people - COACHES * STOCK) % COACHES), people, day + FIRST);
            }
            for (int i = 0; i < COACHES; i++) {
                Coach *one = &coaches[i];
                one->seen = one->first = one->last = one->task = one->tasks = 0;
                one->booked = filled[i][day];
                if (one->booked) push(now + OPENS, ARRIVES, (uint32_t)i);
            }
            if (day + 1 < DAYS) push(now + DAY, MORNING, 0);
        } else if (kind == ARRIVES) {
            uint32_t who = diary[number][day][coach->seen++];
            Customer *one = &customers[who];
            if (coach->seen < coach->booked) push(now + SLOT, ARRIVES, number);
            if (at(one->key, one->visits + 1, FAILS) < FAILED[one->group]) {
                failed++;
                one->visits++;
                book((int)number, who, day + REBOOK);
            } else {
                coach->waiting[coach->last++] = (Waiting){now, who};
                if (!coach->busy) work(coach, number, now);
            }
        } else {
            if (coach->busy == 1) {
                Customer *one = &customers[coach->who];
                coach->todo[coach->tasks++] = lognormal(at(one->key, one->visits + 1, DOES_ADMIN), admin_at, admin_width);
                if (at(one->key, ++one->visits, LEAVES) >= LEAVING) book((int)number, coach->who, day + AGAIN);
            }
            coach->busy = 0;
            work(coach, number, now);
        }
    }
}
static void *room(size_t count, size_t size) {
    void *found = calloc(count, size);
    if (!found) { fputs("out of memory\n", stderr); exit(1); }
    return found;
}

int main(int words, char **word) {
    if (words != 3) { fputs("heap RUNS FIRST_SEED\n", stderr); return 2; }
    int runs = atoi(word[1]);
    uint64_t seed = strtoull(word[2], NULL, 10);
    for (int i = 0; i < 3; i++) meeting_at[i] = logarithm(MEETING[i]) - logarithm(1.0 + MEETING_CV * MEETING_CV) / 2;
    meeting_width = sqrt(logarithm(1.0 + MEETING_CV * MEETING_CV));
    admin_at = logarithm(ADMIN) - logarithm(1.0 + ADMIN_CV * ADMIN_CV) / 2;
    admin_width = sqrt(logarithm(1.0 + ADMIN_CV * ADMIN_CV));
    for (int run = 0; run < runs; run++, seed++) {
        struct timespec begun, ended;
        clock_gettime(CLOCK_MONOTONIC, &begun);
        int starts[DAYS], all = COACHES * STOCK;
        uint64_t office = key_of(seed, UINT64_C(1) << 40);
        for (int day = 0; day < DAYS; day++) all += starts[day] = poisson(at(office, day, FAILS), STARTS * COACHES);
        customers = room((size_t)all, sizeof *customers);
        diary = room(COACHES, sizeof *diary);
        filled = room(COACHES, sizeof *filled);
        held = failed = waited = worked = 0;
        for (int who = 0; who < COACHES * STOCK; who++) {
            start(seed, (uint32_t)who);
            book(who / STOCK, (uint32_t)who, who % STOCK % AGAIN);
        }
        play(seed, starts);
        free(customers), free(diary), free(filled);
        clock_gettime(CLOCK_MONOTONIC, &ended);
        printf("{\"held\": %lld, \"failed\": %lld, \"wait_minutes\": %.6f, \"busy_share\": %.6f, \"seconds\": %.6f}\n", (long long)held,
               (long long)failed, (double)waited / 60000.0 / (double)held, (double)worked / ((double)OPEN * COACHES * DAYS),
               (double)(ended.tv_sec - begun.tv_sec) + (double)(ended.tv_nsec - begun.tv_nsec) * 1e-9);
    }
    return 0;
}
