#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-3.0-or-later
# A session through a sound server: what is heard is what `ton mix` writes.
load common.bash
load jack.bash

# Two tracks of two seconds with something to compute.
make_song() {
    ton new song >/dev/null
    make_take song/audio/kick.wav 2 60
    make_take song/audio/vox.wav 1.5 440
    mkdir -p song/sessions
    cat >song/sessions/song.yaml <<'YAML'
tonmeister: 1
title: Song
rate: 48 kHz
tempo: 120 bpm
sections: {verse: {from: 1|1, to: 2|1}, chorus: {from: 2|1, to: 3|1}}
tracks:
  Kick:
    clips: [{take: kick.wav}]
    chain: [compressor: {threshold: -20 dB, ratio: 4}]
    sends: {Room: -10 dB}
  Vox:
    clips: [{take: vox.wav, at: 1|2, fade in: 5 ms}]
    pan: L30
    automation: {gain: [[0:00.5, 0 dB], [0:01.5, -6 dB]]}
buses:
  Room: {chain: [reverb: {type: room, decay: 0.3 s}]}
YAML
    cd song || exit 1
}

# same_sound REFERENCE HEARD [FROM_FRAME]: float WAVs; finds the first sound of HEARD and holds all that follows against REFERENCE.
same_sound() {
    python3 - "$@" <<'PY'
import struct, sys

def read(path):
    data = open(path, "rb").read()
    at = 12
    while data[at:at + 4] != b"data":
        at += 8 + struct.unpack("<I", data[at + 4:at + 8])[0] + (data[at + 4] & 1)
    size = struct.unpack("<I", data[at + 4:at + 8])[0]
    size = min(size, len(data) - at - 8)
    return data[at + 8:at + 8 + size]

FRAME = 8
start = int(sys.argv[3]) if len(sys.argv) > 3 else 0
wanted, heard = read(sys.argv[1])[start * FRAME:], read(sys.argv[2])
def first(x):
    return next((i for i in range(0, len(x), FRAME) if x[i:i + FRAME] != bytes(FRAME)), len(x))
a, b = first(wanted), first(heard)
n = min(len(wanted) - a, len(heard) - b)
differ = sum(wanted[a + i:a + i + FRAME] != heard[b + i:b + i + FRAME] for i in range(0, n, FRAME))
print(f"{n // FRAME} frames compared, {differ} differ; the reference has {(len(wanted) - a) // FRAME} from its first sound on")
sys.exit(differ != 0 or n < (len(wanted) - a) * 0.99 or n == 0)
PY
}

play_to_tape() {
    start_client tape --record tape.wav:2
    wait_port tape:in_1
    ton play --outputs tape:in_1,tape:in_2
    stop_client tape
}

click_to_tape() {
    start_client tape --record tape.wav:3
    wait_port tape:in_1
    ton play --outputs tape:in_1,tape:in_2 --click --click-to tape:in_3 --mute Kick --mute Vox --from chorus --to 0:04
    stop_client tape
}

@test "what is played through the server has the bits of the mix" {
    start_server 2 2 48000 1024
    make_song
    ton mix -q -o mix.wav --format "wav float 32-bit"
    steadily play_to_tape
    [ ! -s steady.txt ] # nothing to tell
    same_sound mix.wav tape.wav
}

@test "a section is played from its first frame on, and the click is heard on an output of its own" {
    start_server 2 2 48000 1024
    make_song
    steadily click_to_tape
    # Four beats from 2|1 at 120 bpm: a click every half second, the first at once.
    python3 - <<'PY'
import struct
data = open("tape.wav", "rb").read()
at = data.index(b"data") + 8
x = [s for s in struct.unpack(f"<{(len(data) - at) // 12 * 3}f", data[at:at + (len(data) - at) // 12 * 12])]
assert not any(x[0::3]) and not any(x[1::3]), "the mix is muted"
click = x[2::3]
starts = [i for i in range(len(click)) if click[i] and not any(click[max(0, i - 4800):i])]
print(starts)
gaps = [b - a for a, b in zip(starts, starts[1:])]
assert len(starts) == 4 and all(g == 24000 for g in gaps), gaps
PY
}

@test "a loop comes again and again, and another program commands it by lines" {
    start_server 2 2 48000 1024
    make_song
    mkfifo lines
    "$TON" play --json --from 0:00 --to 0:00.5 --loop <lines >events.jsonl &
    local player=$!
    exec 4>lines
    for _ in $(seq 100); do
        [ "$(grep -c '"passes":[2-9]' events.jsonl)" -eq 0 ] || break
        sleep 0.1
    done
    echo stp >&4
    echo stop >&4
    echo quit >&4
    exec 4>&-
    wait "$player"
    grep -q '"event":"rolls"' events.jsonl
    grep -q 'did you mean `stop`' events.jsonl
    grep -q '"event":"stops"' events.jsonl
    grep -q '"passes":2' events.jsonl
    python3 -c 'import json; [json.loads(line) for line in open("events.jsonl")]'
}

@test "what cannot be played is said, each with what to do" {
    make_song
    run ton play --device jck
    [ "$status" -eq 2 ]
    grep -q 'did you mean `jack`' <<<"$output"
    JACK_DEFAULT_SERVER="nobody-$$" run ton play --device jack
    [ "$status" -eq 3 ]
    grep -q "no server .nobody-$$. runs" <<<"$output"
    run ton play --device null --from 99999
    [ "$status" -eq 2 ]
    run ton play --device null --speed 0 --solo Kik
    [ "$status" -eq 2 ]
    grep -q 'did you mean `Kick`' <<<"$output"
    run ton play --device null --speed 0 --to 0:01 --from 0:02
    [ "$status" -eq 2 ]
    sed -i 's/^rate: 48 kHz/rate: 44.1 kHz/' sessions/song.yaml
    start_server 1 2 48000 256
    run ton play
    [ "$status" -eq 3 ]
    grep -q "48 *kHz" <<<"$output"
    grep -q "44.1 *kHz" <<<"$output"
    run ton play --device "$JACK_DEFAULT_SERVER" # as the list of devices has it
    [ "$status" -eq 3 ]
    grep -q "44.1 *kHz" <<<"$output"
    run ton play --device "jack:nobody-$$"
    [ "$status" -eq 3 ]
    grep -q "no server .nobody-$$. runs" <<<"$output"
    run ton play --device nu4
    echo "$output"
    [ "$status" -eq 3 ]
    grep -qF -- "--device: no device is called \`nu4\`; there " <<<"$output"
    grep -qF "\`$JACK_DEFAULT_SERVER\`" <<<"$output"
}

@test "a session whose pictures have no timecode is played all the same" {
    make_song
    sed -i 's/^rate: 48 kHz/&\nframes per second: 60/' sessions/song.yaml
    ton play --device null --speed 0
    run ton play --device null --speed 0 --timecode 01:00:00:00
    [ "$status" -eq 2 ]
    grep -q "no timecode has 60 frames" <<<"$output"
}

@test "without any device nothing is played in silence" {
    make_song
    JACK_DEFAULT_SERVER="nobody-$$" run ton play
    [ "$status" -eq 3 ]
    grep -q -- "--device null" <<<"$output"
    ton play --device null --speed 0
}
