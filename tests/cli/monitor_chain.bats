#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-3.0-or-later
# The chain between the mix and the loudspeakers, at the loudspeakers: heard there, and nowhere else.
load common.bash
load jack.bash
load recording.bash

# correct ITEM…: config.yaml names a chain of these.
correct() {
    mkdir -p "$XDG_CONFIG_HOME/tonmeister"
    printf 'monitor chain: room.yaml\n' >"$XDG_CONFIG_HOME/tonmeister/config.yaml"
    printf 'tonmeister: 1\ntext: The room.\nchain:\n' >"$XDG_CONFIG_HOME/tonmeister/room.yaml"
    printf -- '  - %s\n' "$@" >>"$XDG_CONFIG_HOME/tonmeister/room.yaml"
}

BELL="eq: {bands: [{type: bell, frequency: 100 Hz, gain: -6 dB, q: 2}]}"
LINEAR="eq: {phase: linear, bands: [{type: bell, frequency: 100 Hz, gain: +3 dB}]}" # 18432 samples late

# A second of 100 Hz and of 3 kHz.
make_tones() {
    make_song
    mkdir -p sessions
    make_take audio/low.wav 1 100
    make_take audio/high.wav 1 3000
    cat >sessions/song.yaml <<'YAML'
tonmeister: 1
title: Song
rate: 48 kHz
tracks:
  Low:
    clips: [{take: low.wav}]
  High:
    clips: [{take: high.wav}]
YAML
}

# to_tape FILE COMMAND…: what it plays meanwhile. The option that says where is added.
to_tape() {
    local file=$1
    shift
    rm -f "$file"
    start_client tape --record "$file:2"
    wait_port tape:in_1
    "$@" --outputs tape:in_1,tape:in_2
    stop_client tape
}

# A file of 32-bit float in two channels, and the amplitude of a tone in a part that has whole periods of it.
READ='
import math, struct, sys
def read(path):
    data = open(path, "rb").read()
    at = data.index(b"data") + 8
    n = (len(data) - at) // 8
    x = struct.unpack(f"<{2 * n}f", data[at:at + 8 * n])
    return x[0::2], x[1::2]
def first(x, least=0):
    return next(i for i, s in enumerate(x) if abs(s) > least)
def level(x, hz, a, n):
    w = 2 * math.pi * hz / 48000
    s = sum(x[a + i] * math.sin(w * i) for i in range(n)) / n
    c = sum(x[a + i] * math.cos(w * i) for i in range(n)) / n
    return 20 * math.log10(max(1e-9, 2 * math.hypot(s, c)))
'

@test "a bell is heard as it is written, off as if there were none, and no render has it" {
    start_server 2 2 48000 1024
    make_tones
    steadily to_tape plain.wav ton play
    ton mix -q -o mix_plain.wav --format "wav float 32-bit"
    correct "$BELL"
    steadily to_tape bell.wav ton play
    grep -q "heard through the monitor chain room.yaml" steady.txt
    steadily to_tape off.wav ton play --monitor-chain off
    rm -rf .cache
    ton mix -q -o mix.wav --format "wav float 32-bit"
    cmp mix_plain.wav mix.wav
    python3 -c "$READ"'
plain, bell, off, mix = (read(f)[0] for f in ("plain.wav", "bell.wav", "off.wav", "mix.wav"))
a, b, o, m = first(plain), first(bell), first(off), first(mix)
low = level(bell, 100, b + 9600, 19200) - level(plain, 100, a + 9600, 19200)
high = level(bell, 3000, b + 9600, 19200) - level(plain, 3000, a + 9600, 19200)
print(f"100 Hz {low:+.3f} dB, 3 kHz {high:+.3f} dB")
assert abs(low + 6) < 0.01 and abs(high) < 0.01
other = sum(plain[a + i] != off[o + i] for i in range(47000)), sum(plain[a + i] != mix[m + i] for i in range(47000))
print("samples with other bits: off", other[0], "than without, the mix", other[1])
assert other == (0, 0)
'
}

@test "a filter of the room is convolved tap by tap, without delay, and lies beside its chain" {
    start_server 2 2 48000 512
    make_tones
    correct "convolver: {response: fir.wav, normalise: off}"
    python3 - "$XDG_CONFIG_HOME/tonmeister/fir.wav" <<'PY'
import struct, sys
taps = [(0.5, 0.25), (-0.25, 0.125), (0.125, 0.0)] # left and right
body = b"".join(struct.pack("<2f", *t) for t in taps)
head = struct.pack("<4sI4s4sIHHIIHH4sI", b"RIFF", 36 + len(body), b"WAVE", b"fmt ", 16, 3, 2, 48000, 384000, 8, 32, b"data", len(body))
open(sys.argv[1], "wb").write(head + body)
PY
    steadily to_tape fir.wav ton play
    grep -q "heard through the monitor chain room.yaml$" steady.txt # not late
    ton mix -q -o mix.wav --format "wav float 32-bit"
    python3 -c "$READ"'
got, mix = read("fir.wav"), read("mix.wav")
a, b = first(got[0]), first(mix[0])
worst = 0
for side, h in ((0, (0.5, -0.25, 0.125)), (1, (0.25, 0.125, 0))):
    for i in range(2, 47000):
        due = sum(h[k] * mix[side][b + i - k] for k in range(3))
        worst = max(worst, abs(got[side][a + i] - due))
print(f"off by {20 * math.log10(max(1e-12, worst)):.0f} dB")
assert worst < 1e-6
'
}

@test "inputs that are heard go through it" {
    start_server 2 2 48000 1024
    start_client source --play sine:100
    wait_port source:out_1
    make_song
    steadily to_tape plain.wav ton record --arm Voice=source:out_1 --monitor on --length "1.2 s"
    correct "$BELL"
    steadily to_tape bell.wav ton record --arm Voice=source:out_1 --monitor on --length "1.2 s"
    python3 -c "$READ"'
plain, bell = read("plain.wav")[0], read("bell.wav")[0]
low = level(bell, 100, first(bell) + 14400, 19200) - level(plain, 100, first(plain) + 14400, 19200)
print(f"100 Hz {low:+.3f} dB")
assert abs(low + 6) < 0.01
'
}

@test "a take that is played to through a chain of linear phase stands where it was played, bypassed or not" {
    start_server 2 2 48000 1024
    make_clicks
    correct "$LINEAR"
    start_client hall --loop 1700:2 --declare
    wait_port hall:loop_out_1
    RUN="--outputs hall:loop_in_1,hall:loop_in_2"
    # shellcheck disable=SC2086
    steadily ton record --arm Dub=hall:loop_out_1 $RUN --length "2.2 s"
    echo "heard: off by $(off_by Dub)"
    [ "$(off_by Dub)" = "0 0" ]
    mkfifo lines
    # shellcheck disable=SC2086
    run_along "$TON" record --arm Past=hall:loop_out_1 $RUN --mute Dub --standby --json <lines >events.jsonl &
    RECORDER=$!
    exec 4>lines
    wait_event status
    echo chain off >&4
    echo record >&4
    sleep 1 # then it is switched in the middle of the take
    echo chain >&4
    sleep 2
    echo stop >&4
    wait_event placed
    echo quit >&4
    exec 4>&-
    wait "$RECORDER"
    echo "bypassed, and no longer: off by $(off_by Past)"
    [ "$(off_by Past)" = "0 0" ]
    python3 - <<'PY'
import json
events = [json.loads(line) for line in open("events.jsonl")]
told = [(e["heard"], e["monitor_chain_latency_frames"]) for e in events if e["event"] == "monitor_chain"]
status = [e for e in events if e["event"] == "status"]
print(told, status[-1])
assert told == [(True, 18432), (False, 18432), (True, 18432)]
assert status[-1]["latency_frames"] == status[-1]["monitor_latency_frames"] == 1700 + 18432
assert {e["monitor_chain_heard"] for e in status} == {True, False}
assert status[-1]["monitor_chain"].endswith("/room.yaml")
PY
}

# first_sounds FILE: the first click of a song, and the first of the click's own output, as the tape got them.
first_sounds() {
    start_client tape --record "$1:2"
    wait_port tape:in_1
    ton play --click --click-gain 0dB --click-to tape:in_2 --outputs tape:in_1,system:playback_2
    stop_client tape
}

@test "a session is heard to its end however late the chain is, and a click of its own output with it" {
    start_server 2 2 48000 1024
    make_clicks
    sed -i 's/^rate: .*/&\ntempo: 120 bpm/' sessions/song.yaml
    steadily first_sounds plain.wav
    correct "$LINEAR"
    steadily first_sounds late.wav
    python3 -c "$READ"'
apart = []
for name in ("plain.wav", "late.wav"):
    mix, click = read(name)
    heard = [i for i, s in enumerate(mix) if abs(s) > 0.1]
    apart.append(heard[0] - first(click, 0.01))
    print(name, len(heard), "clicks, the first", apart[-1], "samples behind the beat")
    assert len(heard) == 10
assert apart[0] == apart[1]
'
}

@test "it is switched while it plays, without a click" {
    start_server 2 2 48000 1024
    make_song
    mkdir -p sessions
    make_take audio/low.wav 4 100
    printf 'tonmeister: 1\ntitle: Song\nrate: 48 kHz\ntracks:\n  Low:\n    clips: [{take: low.wav}]\n' >sessions/song.yaml
    correct "$BELL"
    play_and_switch() {
        mkfifo lines
        start_client tape --record tape.wav:2
        wait_port tape:in_1
        run_along "$TON" play --json --outputs tape:in_1,tape:in_2 <lines >events.jsonl &
        local player=$!
        exec 4>lines
        wait_event rolls
        sleep 1
        echo chain >&4
        sleep 1
        echo chain loud >&4
        echo chain on >&4
        wait "$player"
        exec 4>&-
        stop_client tape
        rm lines
        sed -n '/"event":"xrun"/s/.*/frames were lost/p' events.jsonl
    }
    steadily play_and_switch
    grep -q "neither .on. nor .off." events.jsonl
    python3 -c "$READ"'
x = read("tape.wav")[0]
a, n = first(x) + 4800, 4800
levels = [level(x, 100, a + i, n) for i in range(0, 180000, n)]
print("levels", [round(l, 1) for l in levels])
assert abs(max(levels) - min(levels) - 6) < 0.02
steady = [l for l in levels if min(l - min(levels), max(levels) - l) < 0.01]
assert len(steady) >= len(levels) - 4 # each of the two may lie across two parts
corner = max(abs(x[i] - 2 * x[i - 1] + x[i - 2]) for i in range(a, a + 180000))
own = 10 ** (max(levels) / 20) * (2 * math.pi * 100 / 48000) ** 2
print(f"largest second difference {20 * math.log10(corner):.1f} dB, of the tone alone {20 * math.log10(own):.1f} dB")
assert corner < 2 * own
'
}

# on_a_terminal KEYS OPTION…: plays on one; as soon as the first line is drawn, these keys are pressed. What it shows is in screen.txt.
on_a_terminal() {
    python3 - "$@" <<'PY' || skip "no pseudo-terminal here"
import fcntl, os, pty, re, struct, sys, termios
keys = sys.argv[1].encode()
try:
    pid, fd = pty.fork()
except OSError:
    sys.exit(1)
if pid == 0:
    fcntl.ioctl(1, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
    os.execv(os.environ["TON"], [os.environ["TON"], "play", "--device", "null", *sys.argv[2:]])
text = b""
try:
    while block := os.read(fd, 65536):
        text += block
        if b"PLAY" in text and keys:
            os.write(fd, keys)
            keys = b""
except OSError:
    pass
os.waitpid(pid, 0)
open("screen.txt", "w").write(re.sub("\x1b\\[[0-9;?]*[a-zA-Z]", "", text.decode()))
PY
}

@test "a terminal shows its state and a key switches it, where there is one" {
    make_tones
    correct "$BELL"
    on_a_terminal x
    for text in "heard through the monitor chain room.yaml" "chain on" "x chain" "chain off" "heard without room.yaml"; do
        grep -q "$text" screen.txt
    done
    on_a_terminal x --monitor-chain off
    grep -q "space play/stop" screen.txt
    ! grep chain screen.txt
}

@test "no deliverable has it" {
    make_production plain
    cp -r plain heard
    ton -C plain deliver -q
    correct "$BELL"
    ton -C heard deliver -q
    cd plain/out
    find . -name "*.wav" -o -name "*.flac" | sort >files.txt
    cat files.txt
    [ -s files.txt ]
    while read -r file; do
        cmp "$file" "../../heard/out/$file"
    done <files.txt
}

# refused STATUS-TEXT…: what `ton play` says of the chain.
refused() {
    run ton play --device null --speed 0
    echo "$output"
    [ "$status" = 2 ]
    for text in "$@"; do
        [[ $output == *"$text"* ]]
    done
}

@test "a mistake in it is told at its place, with what was expected" {
    make_tones
    correct "eq: {bands: [{type: bel, frequency: 100 Hz}]}" "convolver: {response: fri.wav}" "compresor" "compressor: {sidechain: Kick}"
    touch "$XDG_CONFIG_HOME/tonmeister/fir.wav"
    refused "room.yaml:4:25" 'did you mean `bell`?' "room.yaml:5:27" 'did you mean `fir.wav`?' "room.yaml:6:5" 'did you mean `compressor`?' \
        "room.yaml:7:29" "a session only"
    sed -i 's/room.yaml/rom.yaml/' "$XDG_CONFIG_HOME/tonmeister/config.yaml"
    refused "config.yaml:1:16" "there is no file" "written as a preset is"
    run ton play --device null --monitor-chain sessions/song.yaml
    echo "$output"
    [ "$status" = 2 ]
    [[ $output == *'song.yaml:1:1: a chain'"'"'s file needs `text`'* ]]
    run ton play --device null --monitor-chain nowhere.yaml
    [[ $status == 2 && $output == *"--monitor-chain: there is no file"* ]]
    ton mix -q # does not even look at it
}

@test "off in config.yaml is none, as the option has it" {
    make_tones
    correct "gain: {gain: -6 dB}"
    run ton play --device null --speed 0
    echo "$output"
    [[ $status == 0 && $output == *"heard through the monitor chain room.yaml"* ]]
    for off in off '"off"'; do
        echo "monitor chain: $off" >"$XDG_CONFIG_HOME/tonmeister/config.yaml"
        run ton play --device null --speed 0
        echo "$output"
        [[ $status == 0 && $output != *"monitor chain"* ]]
    done
}

@test "a chain that brings a mix over full scale says so" {
    make_tones
    correct "gain: {gain: +12 dB}"
    run ton play --device null --speed 0
    echo "$output"
    [ "$status" = 0 ]
    [[ $output == *"room.yaml brings the mix over full scale"* ]]
    run ton play --device null --speed 0 --monitor-chain off
    [[ $output != *"full scale"* ]]
}
