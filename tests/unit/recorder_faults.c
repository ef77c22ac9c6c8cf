/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is recorded is not lost: disks that stand still or are full, and a process that is killed.
 *
 *     TON_KILLS=50 recorder_faults    how often it is killed (6) */
#include "recorder_rig.h"

#include "sink.h"

#include <signal.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>

/* A disk that stands still from the next write on. */
static atomic_bool stands;
static atomic_int waiting;

static void stand(void) {
    atomic_fetch_add(&waiting, 1);
    while (atomic_load(&stands))
        usleep(1000);
    atomic_fetch_sub(&waiting, 1);
}

/* The C library's, which may take its time. */
static atomic_int syncs, sync_us;

int fdatasync(int fd) {
    atomic_fetch_add(&syncs, 1);
    if (sync_us)
        usleep((unsigned)sync_us);
    return (int)syscall(SYS_fdatasync, fd);
}

/* Returns when the writer waits for it. */
static void disk_stops(struct deck *d) {
    atomic_store(&stands, true);
    while (!atomic_load(&waiting)) {
        deck_feed(d, 256, 0);
        usleep(1000);
    }
}

static void a_disk_that_stands_still_for_five_seconds_loses_nothing(void **state) {
    struct rig *r = *state;
    enum { TRACKS = 8, STILL = 5 * DECK_RATE };
    struct ton_recorder_config config = deck_tracks(r, TRACKS);
    struct ton_recorder_status status;
    sink_delayed = stand;
    struct deck *d = deck_open(r, &config);
    deck_start(r, d, 1);
    deck_run(d, 100000, 256);
    deck_wait(d);
    disk_stops(d);
    deck_rush(d, STILL, 256);
    atomic_store(&stands, false);
    deck_run(d, 100000, 256);
    deck_stop(r, d);
    sink_delayed = NULL;
    const struct ton_recorded *t = deck_takes(r, d, TRACKS);
    ton_recorder_status(d->recorder, &status);
    figure("%d s at rest: %lld frames lost, at most %.2f s of %.0f s waited", STILL / DECK_RATE,
           (long long)status.overrun, status.worst_fill_s, status.ring_s);
    assert_int_equal(status.overrun, 0);
    assert_true(status.worst_fill_s >= 5.0 && status.worst_fill_s < status.ring_s);
    for (int i = 0; i < TRACKS; i++) {
        assert_int_equal(t[i].frames, d->frame);
        assert_int_equal(t[i].n_gaps, 0);
        deck_check(r, &t[i], 0, i, 0);
    }
    deck_close(d);
}

static void what_no_ring_could_hold_is_silence_of_its_length(void **state) {
    struct rig *r = *state;
    enum { TRACKS = 2, STILL = 12 * DECK_RATE };
    struct ton_recorder_config config = deck_tracks(r, TRACKS);
    struct ton_recorder_status status;
    sink_delayed = stand;
    struct deck *d = deck_open(r, &config);
    d->rolling = TON_ROLLING_PLAYS;
    deck_start(r, d, 1);
    deck_run(d, 50000, 256);
    disk_stops(d);
    const struct capture *ring = &d->recorder->capture;
    const int64_t room = ring->capacity - (atomic_load(&ring->stored) - atomic_load(&ring->freed));
    deck_rush(d, STILL, 256);
    ton_recorder_status(d->recorder, &status);
    assert_int_equal(status.captured, d->frame);
    const int64_t over = status.overrun;
    atomic_store(&stands, false);
    deck_wait(d);
    deck_run(d, 50000, 256);
    deck_stop(r, d);
    sink_delayed = NULL;
    const struct ton_recorded *t = deck_takes(r, d, TRACKS);
    ton_recorder_status(d->recorder, &status);
    figure("12 s at rest, a ring of %.0f s: %.4f s are silence", status.ring_s,
           (double)over / DECK_RATE);
    assert_int_equal(status.overrun, over);
    assert_int_equal(over, STILL - room);
    assert_int_equal(t->n_gaps, 1);
    assert_int_equal(t->gaps->frames, over);
    assert_true(t->gaps->overrun);
    assert_int_equal(t->n_clips, 1); /* the timeline rolled on */
    for (int i = 0; i < TRACKS; i++) {
        assert_int_equal(t[i].frames, d->frame);
        deck_check(r, &t[i], 0, i, 0);
    }
    deck_close(d);
}

static bool is_lost(const struct ton_recorded *t, int64_t frame) {
    for (int i = 0; i < t->n_gaps; i++)
        if (frame >= t->gaps[i].at && frame < t->gaps[i].at + t->gaps[i].frames)
            return true;
    return false;
}

/* Every frame of the take stands where was what was played a latency before, or nowhere where
 * nobody knows that; what was lost may stand anywhere. */
static void check_clips(const struct ton_recorded *t, const int64_t *places, int64_t latency) {
    int64_t f = 0;
    const struct ton_recorded_gap *gap = t->gaps, *last = t->gaps + t->n_gaps;
    for (int i = 0; i <= t->n_clips; i++) {
        const int64_t from = i < t->n_clips ? t->clips[i].from : t->frames;
        const int64_t to = i < t->n_clips ? from + t->clips[i].frames : t->frames;
        for (; f < to; f++) {
            while (gap < last && gap->at + gap->frames <= f)
                gap++;
            if (gap < last && gap->at <= f)
                continue;
            const int64_t wanted = f < latency ? -1 : places[f - latency];
            const int64_t told = f < from ? -1 : t->clips[i].at + f - from;
            if (told != wanted && (told >= 0 || !is_lost(t, f - latency)))
                fail_msg("frame %lld stands at %lld instead of %lld", (long long)f, (long long)told,
                         (long long)wanted);
        }
    }
}

/* Two threads, one of which has never enough room; the timeline loops, and stops now and then. */
static void a_ring_that_is_always_full_keeps_sync(void **state) {
    struct rig *r = *state;
    enum { LATENCY = 333, BLOCKS = 400, MOST = BLOCKS * 4200 };
    struct ton_recorder_config config = deck_tracks(r, 2);
    struct ton_recorder_status status;
    config.ring_s = 0.2;
    config.latency = LATENCY;
    struct deck *d = deck_open(r, &config);
    d->places = TON_NEW_N(r->arena, int64_t, MOST);
    d->loop_from = 1000;
    d->loop_to = 13000;
    deck_start(r, d, 1);
    for (int i = 0; i < BLOCKS; i++) {
        const int64_t lost = i % 50 == 7 ? 100 : 0;
        for (int64_t k = 0; k < lost; k++)
            d->places[d->frame + k] = -1;
        d->rolling = i % 31 < 25 ? TON_ROLLING_PLAYS : TON_ROLLING_STOPPED;
        deck_feed(d, 1 + i * 37 % 4000, lost);
        usleep(i % 3 ? 500 : 20000);
    }
    deck_wait(d);
    deck_feed(d, 256, 0);
    deck_stop(r, d);
    const struct ton_recorded *t = deck_takes(r, d, 2);
    ton_recorder_status(d->recorder, &status);
    figure("%lld of %lld frames found no room, in %d gaps; %d clips", (long long)status.overrun,
           (long long)d->frame, t->n_gaps, t->n_clips);
    assert_true(status.overrun > 0);
    int64_t gone[2] = {0};
    for (int i = 0; i < t->n_gaps; i++)
        gone[t->gaps[i].overrun] += t->gaps[i].frames;
    assert_int_equal(gone[true], status.overrun);
    assert_int_equal(gone[false], status.lost);
    assert_int_equal(t->frames, d->frame);
    deck_check(r, &t[0], 0, 0, 0);
    deck_check(r, &t[1], 0, 1, 0);
    check_clips(t, d->places, LATENCY);
    deck_close(d);
}

/* More turns than there is room for, while the writer hears of none. */
static void a_timeline_that_turns_too_often_keeps_sync(void **state) {
    struct rig *r = *state;
    enum { TURNS = MOST_EVENTS + 2000, BLOCK = 32 };
    struct ton_recorder_config config = deck_tracks(r, 1);
    struct ton_recorder_status status;
    sink_delayed = stand;
    struct deck *d = deck_open(r, &config);
    d->places = TON_NEW_N(r->arena, int64_t, 1 << 20);
    d->rolling = TON_ROLLING_PLAYS;
    deck_start(r, d, 1);
    disk_stops(d);
    for (int i = 0; i < TURNS; i++) {
        d->place += 100;
        deck_feed(d, BLOCK, 0);
    }
    atomic_store(&stands, false);
    deck_wait(d);
    deck_run(d, 20000, 256);
    deck_stop(r, d);
    sink_delayed = NULL;
    const struct ton_recorded *t = deck_takes(r, d, 1);
    ton_recorder_status(d->recorder, &status);
    figure("%d turns: %d clips, %lld frames lost", TURNS, t->n_clips, (long long)status.overrun);
    assert_true(status.overrun > 0 && t->n_clips > MOST_EVENTS / 2);
    assert_int_equal(t->frames, d->frame);
    deck_check(r, t, 0, 0, 0);
    check_clips(t, d->places, 0);
    deck_close(d);
}

static int64_t lag_of(const char *path, int64_t captured) {
    SF_INFO info = {0};
    SNDFILE *f = sf_open(path, SFM_READ, &info);
    if (f)
        sf_close(f);
    return captured - (f ? info.frames : 0);
}

/* In real time. */
static void slow_syncs_keep_no_header_old(void **state) {
    struct rig *r = *state;
    enum { TRACKS = 16, SYNC_MS = 100 };
    struct ton_recorder_config config = deck_tracks(r, TRACKS);
    struct deck *d = deck_open(r, &config);
    const char *first = rig_path(r, "t1_01.wav"), *last = rig_path(r, "t16_01.wav");
    int64_t most = 0;
    sync_us = SYNC_MS * 1000;
    atomic_store(&syncs, 0);
    deck_start(r, d, 1);
    const int64_t began = ton_clock_ns();
    while (d->frame < 5 * DECK_RATE / 2) {
        while (d->frame < (ton_clock_ns() - began) * DECK_RATE / 1000000000)
            deck_feed(d, 256, 0);
        usleep(20000);
        const int64_t a = lag_of(first, d->frame), b = lag_of(last, d->frame);
        most = a > most ? a : most;
        most = b > most ? b : most;
    }
    const int n = atomic_load(&syncs);
    sync_us = 0;
    deck_stop(r, d);
    deck_close(d);
    figure("%d syncs of %d ms in 2.5 s: headers are %.2f s old at most", n, SYNC_MS,
           (double)most / DECK_RATE);
    assert_in_range(n, 2, 10);
    assert_true(most < DECK_RATE);
}

/* Whatever fits is there, and the recorder goes on with the next take where there is room. */
static void the_disk_is_full(struct rig *r, struct deck *d, int tracks) {
    int64_t least = INT64_MAX;
    d->rolling = TON_ROLLING_PLAYS;
    deck_start(r, d, 1);
    while (ton_recorder_failure(d->recorder, &r->err) == TON_OK && d->frame < 100000000)
        deck_run(d, 10000, 256);
    assert_int_equal(r->err.code, TON_ENVIRONMENT);
    figure("%s: %s", ton_path_name(r->err.where), r->err.text);
    assert_int_equal(ton_recorder_stop(d->recorder, &r->err), TON_ENVIRONMENT);
    const struct ton_recorded *t = deck_takes(r, d, tracks);
    for (int i = 0; i < tracks; i++) {
        assert_true(t[i].finished);
        assert_int_equal(t[i].n_clips, 1);
        assert_true(t[i].clips->frames <= t[i].frames);
        deck_check(r, &t[i], 0, i, 0);
        least = t[i].frames < least ? t[i].frames : least;
    }
    figure("%d takes can be read, of at least %lld frames", tracks, (long long)least);
    assert_int_equal(t->clips->frames, least);
    assert_true(least > 10000);
}

static void what_a_full_disk_holds_can_be_read(void **state) {
    struct rig *r = *state;
    enum { TRACKS = 4, SIZE = 3 << 20 };
    struct ton_recorder_config config = deck_tracks(r, TRACKS);
    config.folder = rig_path(r, "small");
    assert_int_equal(ton_path_make_folders(config.folder, &r->err), TON_OK);
    if (mount("tmpfs", config.folder, "tmpfs", 0, "size=3m") != 0)
        skip_because("only root mounts a small disk");
    struct ton_arena *arena = r->arena;
    struct rig small = *r;
    small.folder = ton_path_join(arena, r->folder, "small");
    struct deck *d = deck_open(r, &config);
    the_disk_is_full(&small, d, TRACKS);
    struct ton_recorder_status status = {.disk_free = SIZE};
    for (int i = 0; i < 2000 && status.disk_free >= SIZE / 10; i++) {
        usleep(10000);
        ton_recorder_status(d->recorder, &status);
    }
    assert_true(status.disk_free >= 0 && status.disk_free < SIZE / 10);
    deck_close(d);
    assert_int_equal(umount(config.folder), 0);
}

static void a_folder_that_takes_up_nothing_is_told_before(void **state) {
    struct rig *r = *state;
    struct ton_recorder_config config = deck_tracks(r, 1);
    struct ton_recorder *none = NULL;
    config.folder = rig_path(r, "small");
    assert_int_equal(ton_path_make_folders(config.folder, &r->err), TON_OK);
    /* Only a disk refuses root. */
    if (geteuid() == 0 && mount("tmpfs", config.folder, "tmpfs", MS_RDONLY, NULL) != 0)
        skip_because("root writes everywhere, and cannot mount a disk here");
    if (geteuid() != 0)
        assert_int_equal(chmod(config.folder, 0500), 0);
    assert_int_not_equal(ton_recorder_create(&none, &config, &r->err), TON_OK);
    assert_null(none);
    figure("%s", r->err.text);
    assert_non_null(strstr(r->err.text, "cannot take up recordings"));
}

static int teardown_disk(void **state) {
    struct rig *r = *state;
    umount2(rig_path(r, "small"), MNT_DETACH);
    return rig_teardown(state);
}

static void what_a_limit_of_files_lets_through_can_be_read(void **state) {
    struct rig *r = *state;
    enum { TRACKS = 3, LIMIT = 400001 };
    struct rlimit before, small;
    struct ton_recorder_config config = deck_tracks(r, TRACKS);
    struct deck *d = deck_open(r, &config);
    signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    small = before;
    small.rlim_cur = LIMIT;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
    the_disk_is_full(r, d, TRACKS);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
    const int64_t from = d->frame;
    deck_start(r, d, 2);
    deck_run(d, 200000, 256);
    deck_stop(r, d);
    const struct ton_recorded *t = deck_takes(r, d, 2 * TRACKS);
    assert_int_equal(t[TRACKS].frames, 200000);
    deck_check(r, &t[TRACKS], 0, 0, from);
    deck_close(d);
}

/* The last piece goes to the disk when the take ends, and not all of it fits. */
static void a_disk_that_is_full_at_the_end_of_a_take_keeps_what_fits(void **state) {
    struct rig *r = *state;
    enum { LIMIT = 50000 };
    struct rlimit before, small;
    struct ton_recorder_config config = deck_tracks(r, 2);
    struct deck *d = deck_open(r, &config);
    signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    small = before;
    small.rlim_cur = LIMIT;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
    deck_start(r, d, 1);
    deck_rush(d, 20000, 256);
    assert_int_equal(ton_recorder_stop(d->recorder, &r->err), TON_ENVIRONMENT);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
    const struct ton_recorded *t = deck_takes(r, d, 2);
    for (int i = 0; i < 2; i++) {
        assert_true(t[i].finished && t[i].frames > 15000 && t[i].frames < 20000);
        deck_check(r, &t[i], 0, i, 0);
    }
    deck_close(d);
}

/* What the child tells before it dies. */
struct shared {
    atomic_llong captured; /* frames handed over */
};

enum { KILL_TRACKS = 16 };

/* Never comes back. */
static void record_until_killed(struct rig *r, struct shared *shared) {
    struct ton_recorder_config config = deck_tracks(r, KILL_TRACKS);
    config.rf64_limit = 200000; /* becomes RF64 after 1.4 s */
    struct deck *d = deck_open(r, &config);
    deck_start(r, d, 1);
    for (;;) {
        deck_feed(d, 256, 0);
        atomic_store(&shared->captured, d->frame);
        usleep(256 * 1000000 / DECK_RATE);
    }
}

static void remove_takes(struct rig *r) {
    for (int i = 0; i < KILL_TRACKS; i++)
        unlink(rig_path(r, ton_arena_printf(r->arena, "t%d_01.wav", i + 1)));
}

/* Frames of a track that are not in its file as the kill left it. */
static int64_t missing_of(struct rig *r, int track, int64_t captured, bool ffprobe) {
    const char *path = rig_path(r, ton_arena_printf(r->arena, "t%d_01.wav", track + 1));
    int64_t n = 0, found = 0, frames = 0;
    if (!ton_path_exists(path))
        return captured;
    const int64_t by_ffprobe = ffprobe ? frames_by_ffprobe(r, path) : -1;
    int32_t *x = deck_read(path, 0, &n);
    deck_holds(x, 0, n, track, 0);
    ton_free(x);
    if (ton_take_recover(&frames, &found, path, &r->err) != TON_OK)
        fail_msg("%s", r->err.text);
    assert_int_equal(frames - found, n);
    /* Where the header knows of none yet, ffmpeg looks for itself. */
    if (by_ffprobe >= 0 && by_ffprobe != n && n > 0)
        fail_msg("ffprobe finds %lld frames, not %lld of %lld", (long long)by_ffprobe, (long long)n,
                 (long long)frames);
    x = deck_read(path, 0, &frames);
    assert_true(frames >= n);
    deck_holds(x, 0, frames, track, 0);
    ton_free(x);
    struct ton_audio_in *in = NULL;
    if (frames == 0) /* no sound: it is opened by nobody of ours */
        return captured;
    assert_int_equal(ton_audio_open(&in, path, &r->err), TON_OK);
    assert_int_equal(ton_audio_info(in)->missing, 0);
    assert_int_equal(ton_audio_info(in)->frames, frames);
    ton_audio_close(in);
    return captured - n;
}

static void a_kill_at_any_moment_costs_less_than_a_second(void **state) {
    struct rig *r = *state;
    const char *given = getenv("TON_KILLS");
    const int kills = given ? (int)strtol(given, NULL, 10) : 6;
    struct shared *shared =
        mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    assert_true(shared != MAP_FAILED);
    const bool ffprobe = system("command -v ffprobe >/dev/null 2>&1") == 0;
    int64_t most = 0;
    srand(given ? (unsigned)getpid() : 5);
    for (int i = 0; i < kills; i++) {
        atomic_store(&shared->captured, 0);
        const pid_t child = fork();
        if (child == 0)
            record_until_killed(r, shared);
        assert_true(child > 0);
        while (!atomic_load(&shared->captured))
            usleep(100);
        usleep((unsigned)(rand() % (given ? 3000000 : 2000000)));
        kill(child, SIGKILL);
        waitpid(child, NULL, 0);
        const int64_t captured = atomic_load(&shared->captured);
        for (int k = 0; k < KILL_TRACKS; k++) {
            const int64_t missing =
                missing_of(r, k, captured, ffprobe && (k == i % KILL_TRACKS || given));
            most = missing > most ? missing : most;
        }
        remove_takes(r);
    }
    munmap(shared, sizeof *shared);
    figure("killed %d times, %d tracks: at most %.3f s missing, all before bit-equal", kills,
           KILL_TRACKS, (double)most / DECK_RATE);
    assert_true(most <= DECK_RATE);
}

int main(void) {
#define PROMISE(name) cmocka_unit_test_setup_teardown(name, rig_setup, rig_teardown)
    const struct CMUnitTest tests[] = {
        PROMISE(a_kill_at_any_moment_costs_less_than_a_second),
        PROMISE(a_disk_that_stands_still_for_five_seconds_loses_nothing),
        PROMISE(what_no_ring_could_hold_is_silence_of_its_length),
        PROMISE(a_ring_that_is_always_full_keeps_sync),
        PROMISE(a_timeline_that_turns_too_often_keeps_sync),
        PROMISE(slow_syncs_keep_no_header_old),
        cmocka_unit_test_setup_teardown(what_a_full_disk_holds_can_be_read, rig_setup,
                                        teardown_disk),
        cmocka_unit_test_setup_teardown(a_folder_that_takes_up_nothing_is_told_before, rig_setup,
                                        teardown_disk),
        PROMISE(what_a_limit_of_files_lets_through_can_be_read),
        PROMISE(a_disk_that_is_full_at_the_end_of_a_take_keeps_what_fits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
