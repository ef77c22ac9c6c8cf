#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-3.0-or-later
# Inputs that are heard through their tracks while a deck runs, and the meter of the mix.
load common.bash
load jack.bash

# A track with a take of 440 Hz over two seconds, a fader and a pan.
make_song() {
    ton new song >/dev/null
    make_take song/audio/old.wav 2 440
    mkdir -p song/sessions
    cat >song/sessions/song.yaml <<'YAML'
tonmeister: 1
title: Song
rate: 48 kHz
tracks:
  Voice:
    input: source:out_1
    clips: [{take: old.wav}]
    gain: -9 dB
    pan: L50
YAML
    cd song || exit 1
}

# record_to_tape OPTION…: what is heard meanwhile is in tape.wav.
record_to_tape() {
    start_client tape --record tape.wav:2
    wait_port tape:in_1
    ton record --arm Voice --outputs tape:in_1,tape:in_2 "$@"
    stop_client tape
}

# levels HZ FROM_S TO_S: the RMS in dB of either side of what the tape heard of a tone, from its first sound on.
levels() {
    python3 - "$@" <<'PY'
import math, struct, sys
hz, start, end = (float(x) for x in sys.argv[1:])
data = open("tape.wav", "rb").read()
at = data.index(b"data") + 8
n = (len(data) - at) // 8
x = struct.unpack(f"<{2 * n}f", data[at:at + 8 * n])
first = next(i for i in range(n) if x[2 * i] or x[2 * i + 1])
a, b = first + int(48000 * start), first + int(48000 * end)
for side in (0, 1):
    s = sum(x[2 * i + side] * math.sin(2 * math.pi * hz * i / 48000) for i in range(a, b)) / (b - a)
    c = sum(x[2 * i + side] * math.cos(2 * math.pi * hz * i / 48000) for i in range(a, b)) / (b - a)
    print(round(20 * math.log10(max(1e-9, math.sqrt(2 * (s * s + c * c)))), 3))
PY
}

is_near() { # A B DECIBELS
    python3 -c 'import sys; a, b, d = map(float, sys.argv[1:]); print(a, "for", b); sys.exit(abs(a - b) > d)' "$@"
}

@test "an input is heard through the strip's fader and pan, and its clips are not heard beside it" {
    start_server 2 2 48000 256
    start_client source --play sine:1000
    wait_port source:out_1
    make_song
    steadily record_to_tape --monitor on --length "1.5 s"
    grep -q "late" steady.txt
    ton mix -q -o mix.wav --format "wav float 32-bit" # the take is the tone now
    cp tape.wav heard.wav
    mapfile -t heard < <(levels 1000 0.3 1.3)
    mapfile -t old < <(levels 440 0.3 1.3)
    cp mix.wav tape.wav
    mapfile -t mixed < <(levels 1000 0.3 1.3)
    is_near "${heard[0]}" "${mixed[0]}" 0.1
    is_near "${heard[1]}" "${mixed[1]}" 0.1
    is_near "${heard[0]}" "${heard[1]}" 20
    [ "${heard[0]}" != "${heard[1]}" ]
    is_near "${old[0]}" -180 100 # below -80 dB
}

# heard_around_a_punch MODE KINDS: it stands for a moment, then plays up to 0:00.6, records to 0:01.2, plays on. What is
# heard in turn are such stretches: T the take, I the input, S silence.
heard_around_a_punch() {
    steadily record_to_tape --monitor "$1" --from 0:00 --punch-in 0:00.6 --punch-out 0:01.2
    python3 - "$2" <<'PY'
import math, struct, sys
data = open("tape.wav", "rb").read()
at = data.index(b"data") + 8
n = (len(data) - at) // 8
x = struct.unpack(f"<{2 * n}f", data[at:at + 8 * n])[0::2]
def level(hz, a, b):
    s = sum(x[i] * math.sin(2 * math.pi * hz * i / 48000) for i in range(a, b)) / (b - a)
    c = sum(x[i] * math.cos(2 * math.pi * hz * i / 48000) for i in range(a, b)) / (b - a)
    return 2 * math.sqrt(s * s + c * c)
hop = 480 # both tones have whole periods in 4800 frames
input_ = [level(1000, i, i + 4800) for i in range(0, n - 4800, hop)]
take = [level(440, i, i + 4800) for i in range(0, n - 4800, hop)]
print("levels", max(input_), max(take))
full_take, nothing = max(take), 0.02 * max(take)
full_in = max(max(input_), full_take / 2)
what = "".join("I" if i > 0.9 * full_in and t < nothing else "T" if t > 0.9 * full_take and i < nothing
               else "S" if max(i, t) < nothing else "." for i, t in zip(input_, take))
print(what)
runs = [r for r in what.replace(".", " ").split() if len(r) > 10]
print([(r[0], len(r) * hop) for r in runs])
kinds = "".join(r[0] for r in runs)
assert sys.argv[1] in kinds, kinds
punch = runs[kinds.index(sys.argv[1]) + 1]
# 28800 frames less the 4800 of the measurement, and the fades.
assert abs(len(punch) * hop - 24000) <= 960, len(punch) * hop
PY
}

@test "in auto an input is heard in the punch, else nothing is, and the old take around it" {
    start_server 2 2 48000 256
    start_client source --play sine:1000
    wait_port source:out_1
    make_song
    cp sessions/song.yaml song.keep
    heard_around_a_punch auto TIT
    cp song.keep sessions/song.yaml
    heard_around_a_punch off TST
}

@test "by lines it is switched, told with its latency, and the mix is metered" {
    start_server 2 2 48000 256
    start_client source --play sine:1000
    wait_port source:out_1
    make_song
    mkfifo lines
    run_along "$TON" record --arm Voice --json --standby <lines >events.jsonl &
    local recorder=$!
    exec 4>lines
    echo monitor auto >&4
    wait_event monitor
    sleep 1
    echo monitor loud >&4
    wait_event warning
    echo monitor off >&4
    sleep 0.2
    echo reset >&4
    sleep 0.8
    echo quit >&4
    exec 4>&-
    wait "$recorder"
    python3 - <<'PY'
import json
events = [json.loads(line) for line in open("events.jsonl")]
told = [e for e in events if e["event"] == "monitor"]
print(told)
assert [e["monitor"] for e in told] == ["auto", "off"]
status = [e for e in events if e["event"] == "status"]
heard = [e for e in status if e["monitor"] == "auto"][-1]
last = status[-1]
print(heard, last)
assert told[0]["monitor_latency_frames"] == heard["monitor_latency_frames"] >= heard["latency_frames"] >= 0
assert heard["mix_held_dbfs"][0] > heard["mix_held_dbfs"][1] and heard["mix_overs"] == [0, 0]
assert heard["mix_momentary_lufs"] is not None and -60 < heard["mix_short_term_lufs"] < 0
assert last["monitor"] == "off" and last["mix_held_dbfs"] == [None, None] and last["mix_peak_dbfs"] == [None, None]
assert "`auto`" in [e for e in events if e["event"] == "warning"][0]["text"]
PY
}

@test "what cannot be heard live is told, and recorded all the same" {
    start_server 2 2 48000 256
    start_client source --play sine:1000
    wait_port source:out_1
    make_song
    sed -i 's/^    gain: -9 dB/    chain: [compressor: {sidechain: Kick}]/' sessions/song.yaml
    printf '  Kick:\n    clips: [{take: old.wav}]\n' >>sessions/song.yaml
    ton record --arm Voice --monitor on --length "0.5 s" >out.txt 2>&1
    cat out.txt
    grep -q "input of .Voice. is not heard.*side-chain" out.txt
    [ "$(grep -c "is not heard" out.txt)" = 1 ]
    grep -q voice_01.wav sessions/song.yaml
}
