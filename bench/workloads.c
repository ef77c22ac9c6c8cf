/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The workloads, one declaration each. $TON is the program, $BENCH the folder of the bench's own
 * programs. Targets: doc/design/performance.md. */
#include "workloads.h"
#include "sounds.h"
#include "stage.h"

#define FFMPEG "exec ffmpeg -nostdin -nostats -hide_banner -loglevel error -y "
#define EBUR128 "exec $BENCH/bench-ebur128 "
#define SOURCES "audio/t[0-9][0-9].wav"
#define LEVELS                                                                                     \
    "ffmpeg -nostdin -nostats -hide_banner -loglevel error -ss $from -t 20 -i $f "                 \
    "-af astats,ebur128 -f null - || exit 1; done; done"
#define DELIVER(folder) "cd " folder " && exec $TON deliver -q"

/* Each round another value, so that each is one change against what was built last. */
#define SONG "rebuild/sessions/song-1.yaml"
#define FADER                                                                                      \
    "sed -i '/T005:/,/gain/s/gain: -12[.][0-9]*/gain: -12.'$ROUND'/' " SONG                        \
    " && grep -q 'gain: -12[.]'$ROUND " SONG
/* Trimmed, and another is the last to sound: the song is as long as it was. */
#define CLIP                                                                                       \
    "sed -i '/T007:/,/clips/s/to: [0-9:.]*/to: 0:59.'$ROUND'/' " SONG                              \
    " && grep -q 'to: 0:59[.]'$ROUND " SONG
#define CEILING                                                                                    \
    "sed -i 's/ceiling: -1[.][0-9]*/ceiling: -1.0'$ROUND'/' rebuild/production.yaml"               \
    " && grep -q 'ceiling: -1[.]0'$ROUND rebuild/production.yaml"

#define TRACKS_OF(n)                                                                               \
    { .side = OURS, .name = #n " tracks, 1 min", .command = "exec $TON mix -q tracks-" #n " -o -" }
#define MINUTES_OF(n)                                                                              \
    {                                                                                              \
        .side = OURS, .name = "4 tracks, " #n " min",                                              \
        .command = "exec $TON mix -q minutes-" #n " -o -"                                          \
    }

const struct workload workloads[] = {
    {.race = {.name = "mix",
              .text = "32 mono tracks of 180 s, each high-pass, four bells, compressor, gain, pan "
                      "and a send to one reverb; a limiter; stereo, 24 bits",
              .by = CPU_S,
              .sound_s = TRACK_S,
              .rounds = 3,
              .runners =
                  {{.side = OURS,
                    .name = "ton, one core",
                    .command = "exec taskset -c 0 $TON mix -q mix -o mix-ton-1.wav"},
                   {.side = OURS, .name = "ton", .command = "exec $TON mix -q mix -o mix-ton.wav"},
                   {.side = LIMIT,
                    .name = "strips in lanes (floor_mix.c)",
                    .command = "exec $BENCH/floor-mix mix-floor.wav " SOURCES},
                   {.side = PEER,
                    .name = "csound",
                    .command = "exec csound mix.csd",
                    .needs = "csound"},
                   {.side = PEER,
                    .name = "ecasound with CAPS and swh",
                    .command = "sh mix-ecasound.sh",
                    .needs = "ecasound"},
                   {.side = PEER,
                    .name = "ffmpeg, echoes for the reverb",
                    .command = FFMPEG "-filter_complex_threads 1 -filter_complex_script "
                                      "mix-ffmpeg.graph -map '[out]' -c:a pcm_s24le "
                                      "mix-ffmpeg.wav",
                    .needs = "ffmpeg"},
                   {.side = PEER,
                    .name = "SoX, a process a strip",
                    .command = "sh mix-sox.sh",
                    .needs = "sox"}},
              .targets = {{"times less CPU than the fastest peer", CPU_S, FASTEST_PEER,
                           "ton, one core", true, 9, NULL},
                          {"times the limit's CPU", CPU_S, "ton, one core",
                           "strips in lanes (floor_mix.c)", false, 2, NULL},
                          {"times faster on all cores than on one", WALL_S, "ton, one core", "ton",
                           true, 1.8, NULL},
                          {"MB", MEMORY_MB, "ton", NULL, false, 150, NULL}}},
     .sounds = TRACKS,
     .stage = stage_mix},
    {.race = {.name = "sum",
              .text = "the same tracks with gain and pan only: reading, adding, writing",
              .by = CPU_S,
              .sound_s = TRACK_S,
              .rounds = 5,
              .runners = {{.side = OURS,
                           .name = "ton, one thread",
                           .command = "exec $TON mix -q sum --threads 1 -o sum-ton.wav"},
                          {.side = LIMIT,
                           .name = "two gains a track (floor_sum.c)",
                           .command = "exec $BENCH/floor-sum sum-floor.wav " SOURCES},
                          {.side = PEER, .name = "SoX", .command = "sh sum-sox.sh", .needs = "sox"},
                          {.side = PEER,
                           .name = "ecasound",
                           .command = "sh sum-ecasound.sh",
                           .needs = "ecasound"},
                          {.side = PEER,
                           .name = "ffmpeg",
                           .command = FFMPEG "-filter_complex_threads 1 -filter_complex_script "
                                             "sum-ffmpeg.graph -map '[out]' -c:a pcm_s24le "
                                             "sum-ffmpeg.wav",
                           .needs = "ffmpeg"}},
              .targets = {{"times less CPU than the fastest peer", CPU_S, FASTEST_PEER,
                           "ton, one thread", true, 4, NULL},
                          {"times the limit's CPU", CPU_S, "ton, one thread",
                           "two gains a track (floor_sum.c)", false, 2, NULL}}},
     .sounds = TRACKS,
     .stage = stage_sum},
    {.race = {.name = "scan",
              .text = "an hour of stereo, 24 bits: integrated loudness, range, momentary and "
                      "short-term maxima, true peak",
              .by = CPU_S,
              .sound_s = 3600,
              .rounds = 2,
              .runners =
                  {{.side = OURS, .name = "ton", .command = "exec $TON measure -q audio/hour.wav"},
                   {.side = LIMIT,
                    .name = "48 taps, no maxima (floor_scan.c)",
                    .command = "exec $BENCH/floor-scan audio/hour.wav"},
                   {.side = PEER,
                    .name = "ffmpeg ebur128",
                    .command = FFMPEG "-i audio/hour.wav "
                                      "-af ebur128=peak=true:framelog=verbose -f null -",
                    .needs = "ffmpeg"},
                   {.side = PEER,
                    .name = "libebur128, no maxima",
                    .command = EBUR128 "audio/hour.wav",
                    .needs = "$BENCH/bench-ebur128"},
                   {.side = PEER,
                    .name = "loudgain",
                    .command = "exec loudgain -q audio/hour.wav",
                    .needs = "loudgain"}},
              .targets = {{"times less CPU than the fastest peer", CPU_S, FASTEST_PEER, "ton", true,
                           6, NULL},
                          {"times the limit's CPU", CPU_S, "ton",
                           "48 taps, no maxima (floor_scan.c)", false, 2, NULL}}},
     .sounds = HOUR},
    {.race = {.name = "normalise",
              .text = "ten minutes of stereo to -14 LUFS with a true peak of -1.5 dBTP at most",
              .by = CPU_S,
              .sound_s = 600,
              .rounds = 3,
              .runners = {{.side = OURS,
                           .name = "ton",
                           .before = "rm -rf normalise/out normalise/.cache",
                           .command = "cd normalise && exec $TON master -q",
                           .after = EBUR128 "normalise/out/*/*.wav"},
                          {.side = PEER,
                           .name = "ffmpeg: a known gain, limiter at four times the rate",
                           .command = FFMPEG
                           "-i audio/ten.wav -af volume=4.6dB,aresample=192000,"
                           "alimiter=limit=0.841:attack=5:release=50:level=0,aresample=48000 "
                           "-c:a pcm_s24le normalise-ffmpeg.wav",
                           .needs = "ffmpeg",
                           .after = EBUR128 "normalise-ffmpeg.wav"},
                          {.side = PEER,
                           .name = "ffmpeg loudnorm, two passes",
                           .command = "sh normalise-loudnorm.sh",
                           .needs = "ffmpeg",
                           .after = EBUR128 "loudnorm.wav"}},
              .targets = {{"times less CPU than a known gain and a limiter", CPU_S,
                           "ffmpeg: a known gain, limiter at four times the rate", "ton", true, 2,
                           NULL},
                          {"times less CPU than loudnorm", CPU_S, "ffmpeg loudnorm, two passes",
                           "ton", true, 20, NULL}}},
     .sounds = TEN_MINUTES,
     .stage = stage_normalise},
    {.race = {.name = "versions",
              .text = "the tracks of *mix* as one file and as eight (master, instrumental, TV, a "
                      "cappella, four stems), each limited, measured and checked",
              .by = CPU_S,
              .sound_s = TRACK_S,
              .rounds = 3,
              .runners = {{.side = OURS,
                           .name = "one",
                           .before = "rm -rf versions/out versions/.cache",
                           .command = DELIVER("versions") " --threads 1 master"},
                          {.side = OURS,
                           .name = "eight",
                           .before = "rm -rf versions/out versions/.cache",
                           .command = DELIVER("versions") " --threads 1"}},
              .targets = {{"times one for eight", CPU_S, "eight", "one", false, 2, NULL}}},
     .sounds = TRACKS,
     .stage = stage_versions},
    {.race =
         {.name = "rebuild",
          .text =
              "eight files of 32 tracks of a minute after a change; an album of twelve "
              "songs, 96 files, after none",
          .by = WALL_S,
          .rounds = 3,
          .runners =
              {{.side = OURS,
                .name =
                    "everything",
                .before =
                    "rm -rf rebuild/out rebuild/.cache",
                .command = DELIVER("rebuild")},
               {.side = OURS, .name = "nothing changed", .command = DELIVER("rebuild")},
               {.side = OURS, .name = "one fader", .before = FADER, .command = DELIVER("rebuild")},
               {.side = OURS, .name = "one clip", .before = CLIP, .command = DELIVER("rebuild")},
               {.side = OURS,
                .name = "one parameter of the master",
                .before = CEILING,
                .command = DELIVER("rebuild")},
               {.side = OURS, .name = "nothing changed, 96 files", .command = DELIVER("album")}},
          .targets = {{"of the time of everything after one fader", WALL_S, "one fader",
                       "everything", false, 0.6, NULL},
                      {"of the time of everything after one clip", WALL_S, "one clip", "everything",
                       false, 0.6, NULL},
                      {"of the time of everything after one parameter of the master", WALL_S,
                       "one parameter of the master", "everything", false, 0.6, NULL},
                      {"s for 96 files of which none changed", WALL_S, "nothing changed, 96 files",
                       NULL, false, 0.1, NULL}}},
     .sounds = TRACKS,
     .stage = stage_rebuild,
     .before = "{ " DELIVER("album") "; } >album.txt"},
    {.race = {.name = "resample",
              .text = "ten minutes of stereo from 96 to 44.1 kHz, 24 bits",
              .by = CPU_S,
              .sound_s = 600,
              .rounds = 3,
              .runners = {{.side = OURS,
                           .name = "ton, which measures as well",
                           .command = "exec $TON mix -q resample --threads 1 -o resample-ton.wav"},
                          {.side = LIMIT,
                           .name = "libsoxr VHQ alone (floor_resample.c)",
                           .command = "exec $BENCH/floor-resample audio/ten-96k.wav "
                                      "resample-floor.wav"},
                          {.side = PEER,
                           .name = "SoX rate -v",
                           .command = "exec sox -V1 -D --single-threaded audio/ten-96k.wav -b 24 "
                                      "resample-sox.wav rate -v 44100",
                           .needs = "sox"},
                          {.side = PEER,
                           .name = "ffmpeg with libsoxr, 28 bits",
                           .command = FFMPEG "-i audio/ten-96k.wav -af "
                                             "aresample=44100:resampler=soxr:precision=28 "
                                             "-c:a pcm_s24le resample-ffmpeg.wav",
                           .needs = "ffmpeg"},
                          {.side = PEER,
                           .name = "zita-resampler",
                           .command = "exec zita-resampler --wav --24bit --rate 44100 "
                                      "audio/ten-96k.wav resample-zita.wav",
                           .needs = "zita-resampler"}},
              .targets = {{"times less CPU than the fastest peer", CPU_S, FASTEST_PEER,
                           "ton, which measures as well", true, 1, NULL},
                          {"times the limit's CPU", CPU_S, "ton, which measures as well",
                           "libsoxr VHQ alone (floor_resample.c)", false, 1.5, NULL}}},
     .sounds = TEN_AT_96K,
     .stage = stage_resample},
    {.race = {.name = "load",
              .text = "a session of 200 tracks, 5,000 clips and 20,000 points of automation: "
                      "reading, checking and compiling it",
              .by = WALL_S,
              .rounds = 9,
              .runners = {{.side = OURS,
                           .name = "ton",
                           .command = "exec $BENCH/bench-load sessions/load.yaml"},
                          {.side = LIMIT,
                           .name = "libfyaml's parser alone",
                           .command = "exec $BENCH/bench-load --parse sessions/load.yaml"}},
              .targets = {{"s", WALL_S, "ton", NULL, false, 0.1, NULL}}},
     .sounds = TRACKS,
     .stage = stage_load},
    {.race = {.name = "live",
              .text = "64 tracks as in *mix*, played through the null device in blocks of 64 "
                      "frames, in real time",
              .by = CPU_S,
              .sound_s = 20,
              .rounds = 1,
              .runners = {{.side = OURS,
                           .name = "ton",
                           .command = "exec $BENCH/bench-live sessions/live.yaml 64 20",
                           .says = true}},
              .targets =
                  {{.what = "of the period at worst", .over = "ton", .said = "worst", .bound = 0.5},
                   {.what = "of the period in 99.9 % of the blocks",
                    .over = "ton",
                    .said = "p99.9",
                    .bound = 0.5},
                   {.what = "periods missed", .over = "ton", .said = "missed", .bound = 0}}},
     .sounds = TRACKS,
     .stage = stage_live},
    {.race = {.name = "check",
              .text = "the line check of 64 inputs, 20 s of each in windows of 5 s: measured, held "
                      "against the next one, and all looked at for one signal on two",
              .by = CPU_S,
              .sound_s = 20,
              .rounds = 3,
              .runners = {{.side = OURS,
                           .name = "ton",
                           .command = "exec $BENCH/bench-line " SOURCES,
                           .says = true},
                          {.side = PEER,
                           .name = "ffmpeg astats and ebur128, levels only",
                           .command = "for f in " SOURCES "; do for from in 0 60; do " LEVELS,
                           .needs = "ffmpeg"},
                          {.side = PEER,
                           .name = "SoX stats, levels only",
                           .command = "for f in " SOURCES "; do for from in 0 60; do "
                                      "sox $f -n trim $from 20 stats 2>stats.txt || exit 1; "
                                      "done; done",
                           .needs = "sox"}},
              .targets = {{.what = "of one core for 64 inputs",
                           .over = "ton",
                           .said = "share",
                           .bound = 0.25}}},
     .sounds = TRACKS},
    {.race = {.name = "growth",
              .text = "strips as in *mix*: 8 to 512 tracks of a minute, 4 tracks of 1 to 180 "
                      "minutes",
              .by = CPU_S,
              .rounds = 1,
              .runners = {TRACKS_OF(8), TRACKS_OF(16), TRACKS_OF(32), TRACKS_OF(64), TRACKS_OF(128),
                          TRACKS_OF(256), TRACKS_OF(512), MINUTES_OF(1), MINUTES_OF(3),
                          MINUTES_OF(10), MINUTES_OF(30), MINUTES_OF(180)},
              .targets =
                  {{"times 64 tracks for 512", CPU_S, "512 tracks, 1 min",
                    "64 tracks, 1 min", false, 8.8, NULL},
                   {"times 10 minutes for 180", CPU_S, "4 tracks, 180 min",
                    "4 tracks, 10 min", false, 19.8, NULL},
                   {"MB for 32 tracks", MEMORY_MB, "32 tracks, 1 min", NULL, false, 150, NULL},
                   {"MB for 512 tracks", MEMORY_MB, "512 tracks, 1 min", NULL, false, 1000, NULL},
                   {"MB for 180 minutes", MEMORY_MB, "4 tracks, 180 min", NULL, false, 150, NULL}}},
     .sounds = TRACKS,
     .stage = stage_growth},
    {.race = {.name = "transport",
              .text = "64 tracks as in *mix*, played in blocks of 256 frames in real time, with a "
                      "jump, a loop and two mutes every two seconds",
              .by = CPU_S,
              .sound_s = 20,
              .rounds = 1,
              .runners = {{.side = OURS,
                           .name = "ton",
                           .command = "exec $BENCH/bench-transport sessions/live.yaml 256 20",
                           .says = true}},
              .targets =
                  {{.what = "of the period at worst", .over = "ton", .said = "worst", .bound = 0.3},
                   {.what = "of the period in 99.9 % of the blocks",
                    .over = "ton",
                    .said = "p99.9",
                    .bound = 0.5},
                   {.what = "passes of the loop too late",
                    .over = "ton",
                    .said = "late_passes",
                    .bound = 0}}},
     .sounds = TRACKS,
     .stage = stage_live},
};
const int n_workloads = sizeof workloads / sizeof *workloads;
