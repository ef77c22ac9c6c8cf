#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-3.0-or-later
# Rooms on a sound server: convolved in real time with responses whose figures are known (make-room), and measured.
load common.bash
load jack.bash

PERIOD=1024

# start_room [OPTION…]: the made-up room behind the ports of a client, and a loop of a period, as a cable would be.
start_room() {
    "${TON_PYTHON:-python3}" "$TON_SOURCE/tests/cli/make-room" made.wav
    start_server 2 2 48000 "$PERIOD"
    start_client room --room made.wav:2 --loop "$PERIOD" "$@"
    wait_port room:room_out_1
}

# measure OPTION…: a short sweep through it.
measure() {
    ton room --length 2s --pause 1.5s --microphone Desk=room:room_out_1 --loopback room:loop_in_1=room:loop_out_1 "$@"
}

@test "a room in real time: distance, polarity, decay, reflection, resonance, both loudspeakers, page, takes" {
    ton new p >/dev/null && cd p
    start_room
    measure --loudspeaker L=room:room_in_1 --loudspeaker R=room:room_in_2 --sides 4x3.1x2.5 --json >made.json
    python3 - <<'PY'
import json
d = json.load(open("made.json"))
left, right = d["paths"]
times = {125: 0.50, 250: 0.42, 500: 0.36, 1000: 0.34, 2000: 0.32, 4000: 0.30, 8000: 0.28}
for path, metres, inverted in ((left, 2.0, False), (right, 2.2, True)):
    heard = path["loudspeaker"]
    print(f'{path["name"]}: {heard["distance_m"]} m ({metres}), inverted {heard["inverted"]}, drift {heard["drift_ppm"]} ppm')
    assert abs(heard["distance_m"] - metres) < 0.005 and heard["inverted"] == inverted and abs(heard["drift_ppm"]) < 0.2
    for band in path["octaves"]:
        if band["hz"] in times:
            t30, t20 = band["t30"]["seconds"], band["t20"]["seconds"]
            print(f'  {band["hz"]:5g} Hz: T30 {t30} s ({times[band["hz"]]}), r {band["t30"]["correlation"]}')
            assert abs(t30 / times[band["hz"]] - 1) < 0.05 and abs(t20 / times[band["hz"]] - 1) < 0.05
            assert band["t30"]["correlation"] < -0.99
    assert any(abs(r["hz"] - 42.9) < 0.5 and abs(r["t60_s"] - 1.0) < 0.05 and r["mode"]["waves"] == [1, 0, 0] for r in path["resonances"])
    assert 0.7 < path["sti"]["index"] < 0.9
    middle = [b["c50_db"] for b in path["octaves"] if b["hz"] in (500, 1000)]
    assert abs(path["c50_mid_db"] - sum(middle) / 2) < 0.011, (path["c50_mid_db"], middle)
loudest = max(left["reflections"], key=lambda r: r["db"])
print(f'  reflection {loudest}')
assert abs(loudest["ms"] - 1.70) < 0.03 and abs(loudest["metres"] - 0.583) < 0.01 and abs(loudest["db"] + 6) < 0.6
kinds = lambda path: {a["kind"] for a in path["advice"] if a["serious"]}
print(kinds(left), kinds(right))
assert {"reflection", "resonance", "reverberation"} <= kinds(left) and {"polarity", "pair level", "pair distance"} <= kinds(right)
assert "polarity" not in kinds(left) and "reflection" not in kinds(right)
pair, = d["pairs"]
print(f'  pair {pair["level_db"]} dB, {pair["later_ms"]} ms, {pair["farther_m"]} m')
# 2 dB, and up to 1 dB of the reflection, which is on the left only.
assert abs(pair["farther_m"] + 0.2) < 0.005 and 1.9 < pair["level_db"] < 3.0
PY
    # What stays.
    grep -q "<svg" reports/room.html
    grep -q "^L: to do: a reflection of" reports/room.txt
    [ "$(ls audio/room_*.wav | wc -l)" = 2 ]
    # A take is never written over, and measured again from its file it is the same room.
    run measure --loudspeaker L=room:room_in_1 --times 1
    [ "$status" -eq 0 ]
    [ "$(ls audio/room_l*.wav | wc -l)" = 2 ]
    [ "${lines[-2]}" = "Responses: audio/room_l_02.wav" ]
    [ "${lines[-1]}" = "Report: reports/room.html" ]
    run ton room --response audio/room_l_01.wav
    grep -q "500 Hz .* 0.36 " <<<"$output"
    grep -q "STI 0.[78][0-9] (A+, without noise)" <<<"$output"
}

@test "a correction does through the monitor path what it promised" {
    ton new p >/dev/null && cd p
    start_room
    measure --loudspeaker L=room:room_in_1 --loudspeaker R=room:room_in_2 --correct --correct-from "60 Hz" --json >before.json
    [ -s room/room.yaml ] && [ -s room/room-fir.yaml ] && [ -s room/room-fir_01.wav ]
    # What somebody changed is kept when it is made again.
    echo "# mine" >>room/room.yaml
    ton room --response audio/room_l_01.wav --correct >/dev/null
    grep -q "# mine" room/room_01.yaml
    refute grep -q "# mine" room/room.yaml
    mv room/room_01.yaml room/room.yaml
    # Heard through the monitor path: a sweep from a session, to the left loudspeaker alone, with each chain and with none.
    ton room --write-sweep sweep.wav --length 2s --pause 1.5s
    ton import sweep.wav >/dev/null
    echo '    pan: L100' >>sessions/p.yaml
    hear() {
        start_client ears --record heard.wav:1 --connect room:room_out_1=in_1
        ton play --outputs room:room_in_1,room:room_in_2 --monitor-chain "$1"
        stop_client ears
        ton room heard.wav --length 2s --pause 1.5s --json >"$(basename "$1" .yaml).json"
    }
    for chain in off room/room.yaml room/room-fir.yaml; do
        steadily hear "$chain"
    done
    python3 - <<'PY'
import json, math
before = json.load(open("before.json"))
correction = before["corrections"][0]
curve = lambda name: json.load(open(name + ".json"))["paths"][0]["response_db"]
off = curve("off")
for name, does in (("room", "bells_db"), ("room-fir", "filter_db")):
    on = curve(name)
    shifts = []
    for hz, a, b, db in zip(off["hz"], off["psychoacoustic"], on["psychoacoustic"], correction[does]):
        if 70 < hz < 15000:
            shifts.append(b - a - db)
    mean = sum(shifts) / len(shifts)
    off_by = math.sqrt(sum((s - mean) ** 2 for s in shifts) / len(shifts))
    print(f"{name}: plays what it promised within {off_by:.2f} dB RMS, {mean:.1f} dB softer")
    # No louder than without it: headroom for what it lifts, less what it takes away.
    lifts = max(max(c[does]) for c in before["corrections"])  # one headroom for all, or they would no longer be alike
    assert abs(mean + math.ceil(10 * lifts) / 10) < 0.3, (mean, lifts)
    assert off_by < 1
PY
}

# start_humps: two loudspeakers of 2.002 m and 2.202 m that differ: broad humps and dips, which bells can take away.
start_humps() {
    python3 - humps.wav <<'PY'
import math, struct, sys
def bell(x, hz, db, q):
    a, w = 10 ** (db / 40), 2 * math.pi * hz / 48000
    alpha, c = math.sin(w) / (2 * q), math.cos(w)
    b0, b1, b2, a0, a1, a2 = 1 + alpha * a, -2 * c, 1 - alpha * a, 1 + alpha / a, -2 * c, 1 - alpha / a
    out, x1, x2, y1, y2 = [], 0, 0, 0, 0
    for v in x:
        y = (b0 * v + b1 * x1 + b2 * x2 - a1 * y1 - a2 * y2) / a0
        out.append(y)
        x1, x2, y1, y2 = v, x1, y, y1
    return out
sides = []
for at, bells in ((280, ((62, 9, 3), (140, -4, 1.5), (310, 5, 2), (3000, -3, 1))), (308, ((45, 7, 3), (95, 6, 2), (220, -4, 1.5), (5000, 4, 1)))):
    x = [0.0] * 24000
    x[at] = 0.3
    for b in bells:
        x = bell(x, *b)
    sides.append(x)
data = struct.pack("<48000f", *(v for frame in zip(*sides) for v in frame))
head = struct.pack("<4sI4s4sIHHIIHH4sI", b"RIFF", 36 + len(data), b"WAVE", b"fmt ", 16, 3, 2, 48000, 384000, 8, 32, b"data", len(data))
open(sys.argv[1], "wb").write(head + data)
PY
    start_server 2 2 48000 "$PERIOD"
    start_client room --room humps.wav:2 --loop "$PERIOD"
    wait_port room:room_out_1
}

short() {
    ton room --length 1s --pause 0.6s --microphone Desk=room:room_out_1 --loopback room:loop_in_1=room:loop_out_1 "$@"
}

@test "measured through the monitor chain, the corrected room is as near to flat as was foretold" {
    ton new p >/dev/null && cd p
    start_humps
    both() {
        short --loudspeaker L=room:room_in_1 --loudspeaker R=room:room_in_2 "$@"
    }
    both --correct --json >before.json
    both --monitor-chain room/room.yaml --json >bells.json
    mkdir -p "$XDG_CONFIG_HOME/tonmeister"
    echo "monitor chain: $PWD/room/room-fir.yaml" >"$XDG_CONFIG_HOME/tonmeister/config.yaml"
    both --monitor-chain on --json >filter.json
    # The right one alone knows its side by its name, and so do two that were given the other way round.
    short --loudspeaker R=room:room_in_2 --monitor-chain room/room.yaml --json >alone.json
    short --loudspeaker R=room:room_in_2 --loudspeaker L=room:room_in_1 --monitor-chain room/room.yaml --json >swapped.json
    python3 - <<'PY'
import json, math
load = lambda name: json.load(open(name + ".json"))
before = load("before")
assert before["monitor_chain"] is None
corrections = {c["loudspeaker"]: c for c in before["corrections"]}
def off(path, a, b):
    """RMS of the response about its level from 200 Hz to 2 kHz."""
    curve = list(zip(path["response_db"]["hz"], path["response_db"]["psychoacoustic"]))
    middle = [db for hz, db in curve if 200 <= hz <= 2000]
    level = sum(middle) / len(middle)
    part = [(db - level) ** 2 for hz, db in curve if a <= hz <= b]
    return math.sqrt(sum(part) / len(part))
def check(name, key, sides):
    d = load(name)
    through = d["monitor_chain"]
    assert [(s["loudspeaker"], s["side"]) for s in through["sides"]] == sides, through
    for path, side in zip(d["paths"], through["sides"]):
        c = corrections[path["name"]]
        was = off(next(p for p in before["paths"] if p["name"] == path["name"]), c["from_hz"], c["to_hz"])
        now = off(path, c["from_hz"], c["to_hz"])
        print(f'{name}: {path["name"]} by its {side["side"]} side: {was:.2f} dB RMS from flat before, foretold {c[key]:.2f}, measured {now:.2f}; '
              f'told {side["off_db"]} and without it {side["without_off_db"]}; {path["loudspeaker"]["distance_m"]} m')
        assert abs(was - c["off_db"]) < 0.1 and abs(now - c[key]) < 0.5 and now < 0.5 * was
        assert abs(side["off_db"] - now) < 0.1 and abs(side["without_off_db"] - was) < 0.3
        assert abs(path["loudspeaker"]["distance_m"] - {"L": 2.002, "R": 2.202}[path["name"]]) < 0.01
check("bells", "off_with_bells_db", [("L", "left"), ("R", "right")])
check("filter", "off_with_filter_db", [("L", "left"), ("R", "right")])
check("alone", "off_with_bells_db", [("R", "right")])
check("swapped", "off_with_bells_db", [("R", "right"), ("L", "left")])
assert load("bells")["monitor_chain"]["file"] == "room/room.yaml" and load("filter")["monitor_chain"]["file"].endswith("/p/room/room-fir.yaml")
PY
    grep -q "through the monitor chain room/room.yaml (R through its right side, L through its left side)" reports/room.txt
    grep -q "through the monitor chain room/room.yaml (R through its right side" reports/room.html
}

@test "a monitor chain to measure through that cannot be used is refused before anything is played" {
    chain() { # chain NAME ITEM…
        printf 'tonmeister: 1\ntext: A chain.\nchain:\n' >"$1.yaml"
        printf -- '  - %s\n' "${@:2}" >>"$1.yaml"
    }
    refused() { # refused TEXT OPTION…
        run ton room --device null --length 1s --pause 0.6s "${@:2}"
        echo "$output"
        [ "$status" -eq 2 ]
        grep -q -- "$1" <<<"$output"
    }
    chain typo "eq: {bands: [{type: bel, frequency: 100 Hz}]}" "compresor"
    refused 'typo.yaml:4:25.*did you mean `bell`' --monitor-chain typo.yaml
    grep -q 'typo.yaml:5:5.*did you mean `compressor`' <<<"$output"
    refused "^ton: --monitor-chain: there is no file .nowhere.yaml.; a monitor chain is written as a preset is" --monitor-chain nowhere.yaml
    refused "^ton: --monitor-chain: .on. is the chain that .monitor chain. in config.yaml names, and it names none" --monitor-chain on
    run ton play --device null --monitor-chain on
    [ "$status" -eq 2 ]
    chain loud "gain: {gain: +16 dB}"
    refused 'loud.yaml: the chain lifts the sweep of .1. to +4.0 dBFS, and the device would clip it; give .--level "-16 dBFS"., or less' --monitor-chain loud.yaml
    chain mute "gain: {gain: off}"
    refused "mute.yaml: the monitor chain lets nothing of a sweep through" --monitor-chain mute.yaml
    chain low "gain: {gain: -6 dB}"
    refused "a left and a right side, and which is that of .Sub.?" --monitor-chain low.yaml --loudspeaker L=1 --loudspeaker R=2 --loudspeaker Sub=3
    refused "leave out .--correct., or .--monitor-chain." --monitor-chain low.yaml --correct --folder out
    ton room --write-sweep sweep.wav --length 1s --pause 0.6s
    run ton room --monitor-chain low.yaml sweep.wav
    [ "$status" -eq 2 ]
    grep -q ".--monitor-chain. is for measuring through a device" <<<"$output"
    # Late or not, the loudspeaker is where it is.
    start_humps
    chain late "eq: {phase: linear, bands: [{type: bell, frequency: 100 Hz, gain: +3 dB}]}"
    for through in off late.yaml; do
        short --loudspeaker room:room_in_1 --monitor-chain "$through" >text.txt
        head -n 2 text.txt
        grep -q "room:room_in_1: 2.00 m (by the loop)" text.txt
    done
    head -n 1 text.txt | grep -q "^Heard through the monitor chain late.yaml (room:room_in_1 through its left side; it is 18432 samples late"
    short --loudspeaker room:room_in_1 | head -n 1 | grep -q "^Heard without a monitor chain.$"
}

@test "what makes a measurement useless has its own sentence and exit status" {
    start_room
    # Nobody plays.
    run measure --loudspeaker 1
    echo "$output"
    [ "$status" -eq 1 ]
    grep -q "no sweep is in the recording" <<<"$output"
    # The cable of the loop is missing: all else is measured and kept.
    ton new loop >/dev/null
    run --separate-stderr ton -C loop room --length 1s --pause 0.5s --loudspeaker room:room_in_1 --microphone room:room_out_1 --loopback 2=1 --correct --json
    echo "$stderr"
    [ "$status" -eq 1 ]
    grep -q "^ton: --loopback 2=1: warning: nothing came back through the loop: input .1. did not hear the sweep, it was silent; distances are unknown. Connect output .2. to it" <<<"$stderr"
    echo "$output" >loop.json
    [ "$(json loop.json '[len(d["paths"]), d["paths"][0]["loudspeaker"]["distance_m"], len(d["corrections"]), d["loop_trouble"][:12]]')" = "[1, None, 1, 'nothing came']" ]
    [ -s loop/reports/room.html ] && [ -s loop/room/room.yaml ] && [ -n "$(ls loop/audio/*.wav)" ]
    grep -q "^nothing came back through the loop" loop/reports/room.txt
    # It is too loud.
    start_client hot --room made.wav:2 --clip 0.05
    wait_port hot:room_out_1
    run ton room --length 1s --pause 0.5s --loudspeaker room:room_in_1 --microphone room:room_out_1 --loopback hot:room_in_1=hot:room_out_1
    echo "$output"
    [ "$status" -eq 1 ]
    grep -q "the loop is clipped: .* Turn down the gain of that input" <<<"$output"
    grep -q "Its distance is unknown: the loop tells no latency" <<<"$output"
    stop_client hot
    # Ports that do not exist.
    run measure --loudspeaker room:room_in_3
    [ "$status" -eq 3 ]
    grep -q "room:room_in_3" <<<"$output"
    # All of them at once, before anything is played.
    run ton room --loudspeaker L=room:room_in_1 --loudspeaker R=nope --loudspeaker C=9 --microphone Desk=nix --loopback out=in
    echo "$output"
    [ "$status" -eq 3 ]
    grep -q ".microphone Desk. is to be connected to .nix., .*; nor is there .loop in. (.in.), .loudspeaker R. (.nope.), .loudspeaker C. (.9.), .loop out. (.out.)$" <<<"$output"
    # One port that is named in two ways.
    for twice in "--loudspeaker L=1 --loudspeaker R=system:playback_1" "--microphone Desk=system:capture_2 --microphone Sofa=2"; do
        run ton room $twice
        echo "$output"
        [ "$status" -eq 2 ]
        grep -q "each has a port of its own" <<<"$output"
    done
    run ton room --loudspeaker 1 --microphone 1 --loopback system:playback_1=2
    [ "$status" -eq 2 ]
    grep -q "the loop needs an output of its own" <<<"$output"
    run ton room --loudspeaker 9
    [ "$status" -eq 3 ]
    run ton room --loopback 2
    [ "$status" -eq 2 ]
    # What belongs to a correction, without one.
    for option in "--correct-to 500Hz" "--correct-from 60Hz" "--boost 3dB" "--target flat.txt"; do
        run ton room --device null $option
        echo "$output"
        [ "$status" -eq 2 ]
        grep -q "^ton: .${option% *}. is for .--correct." <<<"$output"
    done
    # Two on one port.
    for twice in "--loudspeaker L=room:room_in_1 --loudspeaker R=room:room_in_1" "--microphone Desk=1 --microphone Sofa=01"; do
        run ton room --device null $twice
        echo "$output"
        [ "$status" -eq 2 ]
        grep -q "each has a port of its own" <<<"$output"
    done
    run ton room --device null --microphone 1 --loopback 2=01
    [ "$status" -eq 2 ]
    grep -q "the loop needs an input of its own" <<<"$output"
    run ton room --sides 4x3
    [ "$status" -eq 2 ]
    grep -q "length, width and height" <<<"$output"
    stop_server
    run ton room --device jack
    [ "$status" -eq 3 ]
    grep -q "no server" <<<"$output"
}

@test "a clipped microphone, a noisy room and another clock" {
    start_room --clip 0.05
    run measure --loudspeaker room:room_in_1
    echo "$output"
    [ "$status" -eq 1 ]
    grep -q "clipped" <<<"$output"
    stop_client room
    # Noise: bands that drown are not told.
    start_client room --room made.wav:2 --loop "$PERIOD" --noise 0.06
    wait_port room:room_out_1
    measure --loudspeaker room:room_in_1 --json >noisy.json
    python3 - <<'PY'
import json
path, = json.load(open("noisy.json"))["paths"]
doubts = {b["hz"]: b["t30"]["doubt"] for b in path["octaves"]}
print(doubts)
assert all((b["t30"]["seconds"] is None) == (b["t30"]["doubt"] is not None) for b in path["octaves"])
assert any(d and "noise" in d for d in doubts.values())
assert any(a["kind"] == "noise" and a["serious"] for a in path["advice"])
PY
    stop_client room
    # The microphone's converter runs 40 ppm fast.
    start_client room --room made.wav:2
    start_client other --loop 2048 --clock 40 --connect room:room_out_1=loop_in_1
    wait_port other:loop_out_1
    ton room --length 2s --pause 1.5s --loudspeaker room:room_in_1 --microphone other:loop_out_1 --json >clock.json
    python3 - <<'PY'
import json
path, = json.load(open("clock.json"))["paths"]
print(path["loudspeaker"]["drift_ppm"], [a["found"] for a in path["advice"] if a["kind"] == "clock"])
assert abs(path["loudspeaker"]["drift_ppm"] - 40) < 1
assert any(a["kind"] == "clock" for a in path["advice"])
PY
}

@test "a sweep from a file: written, recorded elsewhere, cut, another rate" {
    run ton room --write-sweep sweep.wav --length 2s --pause 1s
    [ "$output" = "Sweep: sweep.wav, 0:06.0 at 48 kHz: 2 times 2 s from 20 Hz to 20000 Hz, peak -12 dBFS" ]
    ton room sweep.wav --length 2s --pause 1s >whole.txt
    refute grep -q "^Report" whole.txt
    grep -q "polarity as it should be" whole.txt
    python3 - <<'PY'
data = open("sweep.wav", "rb").read()
import struct
at = data.index(b"data")
n = len(data) - at - 8
def cut(name, part):
    body = data[at + 8:][part]
    head = bytearray(data[:at])
    open(name, "wb").write(bytes(head[:4]) + struct.pack("<I", len(head) + len(body)) + bytes(head[8:]) + b"data" + struct.pack("<I", len(body)) + body)
cut("end.wav", slice(0, n // 6 // 4 * 4))
cut("start.wav", slice(n // 10 // 4 * 4, n))
PY
    run ton room end.wav --length 2s --pause 1s
    echo "$output"
    [ "$status" -eq 1 ]
    grep -q "end.wav\|end:" <<<"$output"
    run ton room start.wav --length 2s --pause 1s
    echo "$output"
    [ "$status" -eq 1 ]
    # With other options it is another sweep.
    run ton room sweep.wav --length 5s
    echo "$output"
    [ "$status" -eq 1 ]
    run ton room --response sweep.wav --loudspeaker 1
    [ "$status" -eq 2 ]
    run ton room missing.wav
    [ "$status" -ne 0 ]
    grep -q "missing.wav" <<<"$output"
    printf '20 1\n100 x\n' >mic.txt
    run ton room --response sweep.wav --calibration mic.txt
    [ "$status" -eq 2 ]
    grep -q "mic.txt: line 2" <<<"$output"
}

@test "a recorded sweep of another length or at another rate is not measured, and it is said which" {
    ton room --write-sweep sweep.wav --rate "44100 Hz"
    python3 - <<'PY'
import struct
data = bytearray(open("sweep.wav", "rb").read())
at = data.index(b"fmt ") + 8
frame = struct.unpack_from("<H", data, at + 12)[0]
struct.pack_into("<II", data, at + 4, 48000, 48000 * frame)
open("told48.wav", "wb").write(data)
PY
    run ton room told48.wav
    echo "$output"
    [ "$status" -eq 1 ]
    grep -q "told48: .* 8.1 % shorter .* a sweep of 4.59 s or of other limits, or is the recording's rate 44.1 kHz instead of 48" <<<"$output"
    ton room sweep.wav >/dev/null
    ton room --write-sweep other.wav --length 4.9s --pause 2.1s
    run ton room other.wav
    echo "$output"
    [ "$status" -eq 1 ]
    grep -q "other: .* 2.0 % shorter .* a sweep of 4.9 s or of other limits?" <<<"$output"
    ton room other.wav --length 4.9s --pause 2.1s >/dev/null
}

@test "a sweep replaces an older sweep, and nothing else" {
    ton new p >/dev/null && cd p
    for name in sweep.wav sweep.flac; do
        ton room --write-sweep "$name" --length 1s
        cp "$name" "old-$name"
        ton room --write-sweep "$name" --length 2s
        refute cmp "$name" "old-$name"
    done
    make_take vox.wav 1 440
    cp vox.wav audio/vox_01.wav
    cp vox.wav was.wav
    run ton room --write-sweep vox.wav
    echo "$output"
    [ "$status" -eq 2 ]
    grep -q "vox.wav.*is no sweep" <<<"$output"
    cmp vox.wav was.wav
    run ton room --write-sweep production.yaml
    [ "$status" -eq 2 ]
    grep -q "^tonmeister" production.yaml
    cd audio
    for name in vox_01.wav new.wav ../audio/new.wav; do
        run ton room --write-sweep "$name"
        echo "$output"
        [ "$status" -eq 2 ]
        grep -q "where the takes are" <<<"$output"
    done
    cmp vox_01.wav ../was.wav
    [ ! -e new.wav ]
}

@test "a microphone's own response is taken off, and targets are read" {
    python3 "$TON_SOURCE/tests/cli/make-room" made.wav
    printf '"Sens Factor =-1.4dB, SERNO: 7\n20\t-3 0\n1000 2.0\n20000,2\n' >mic.txt
    ton room --response made.wav --json >plain.json
    ton room --response made.wav --calibration mic.txt --json >calibrated.json
    python3 - <<'PY'
import json, math
plain, other = (json.load(open(f))["paths"][0]["response_db"] for f in ("plain.json", "calibrated.json"))
for hz, a, b in zip(plain["hz"], plain["sixth"], other["sixth"]):
    expected = 2 if hz >= 1000 else -3 + 5 * math.log(hz / 20) / math.log(50)
    assert abs(a - b - expected) < 0.011, (hz, a, b)
PY
}

@test "each of three loudspeakers has a chain and a filter of its own, and its page leads there" {
    python3 "$TON_SOURCE/tests/cli/make-room" a.wav
    cp a.wav b.wav
    cp a.wav c.wav
    ton room --response a.wav b.wav c.wav --correct --folder out --json >three.json
    [ "$(grep -c "^Correction of [abc] from .* dB away from what is wanted (RMS), .* dB where most" out/room.txt)" = 3 ]
    python3 - <<'PY'
import json, re
d = json.load(open("three.json"))
page = open("out/room.html").read()
files = [[c[k].removeprefix("out/") for k in ("chain", "filter")] for c in d["corrections"]]
print(files)
assert [c["loudspeaker"] for c in d["corrections"]] == ["a", "b", "c"] and d["chain"] == d["corrections"][0]["chain"]
links = re.findall(r'href="(room_[^"]*)"', page)
assert len(set(map(tuple, files))) == 3 and sorted(set(links)) == sorted(sum(files, [])), links
PY
}

@test "a page that explains a correction is kept beside one without; the takes' folder is none for pages" {
    ton new p >/dev/null && cd p
    python3 "$TON_SOURCE/tests/cli/make-room" a.wav
    ton room --response a.wav --correct --json >with.json
    [ "$(json with.json '[d["page"], d["kept_page"]]')" = "['reports/room.html', None]" ]
    cp reports/room.html with.html
    cp reports/room.txt with.txt
    run ton room --response a.wav
    echo "$output"
    grep -q "^The older page, with its correction, is kept as reports/room_01.html.$" <<<"$output"
    cmp with.html reports/room_01.html
    cmp with.txt reports/room_01.txt
    refute cmp with.html reports/room.html
    # One without is replaced, and so is one with a correction by another.
    ton room --response a.wav --json >without.json
    [ "$(json without.json 'd["kept_page"]')" = None ]
    ton room --response a.wav --correct >/dev/null
    ton room --response a.wav --correct >/dev/null
    [ ! -e reports/room_02.html ]
    for folder in audio audio/ audio/room ./audio; do
        run ton room --response a.wav --folder "$folder"
        echo "$output"
        [ "$status" -eq 2 ]
        grep -q "^ton: --folder: .$folder. is where the takes are" <<<"$output"
    done
    [ -z "$(ls audio)" ]
}

@test "two equal loudspeakers are alike: in the text, on the page and in JSON" {
    python3 "$TON_SOURCE/tests/cli/make-room" a.wav
    cp a.wav b.wav
    run ton room --response a.wav b.wav --folder out
    echo "$output"
    [ "$status" -eq 0 ]
    [ "${lines[-1]}" = "Report: out/room.html" ]
    grep -q "^a, channel 1 against b, channel 1: equally loud, alike in each third octave$" <<<"$output"
    grep -q "a, channel 1 is equally loud from 200 Hz to 2 kHz and alike in each third octave" out/room.html
    ton room --response a.wav b.wav --json >alike.json
    [ "$(json alike.json '[d["pairs"][0][k] for k in ("level_db", "worst_db", "worst_hz")]')" = "[0.0, 0.0, None]" ]
}

@test "what one channel or one file did not hear takes nothing from the others" {
    ton room --write-sweep sweep.wav --length 1s --pause 0.5s
    python3 - <<'PY'
import struct
data = open("sweep.wav", "rb").read()
at = data.index(b"data") + 8
fmt = data.index(b"fmt ") + 8
_, _, rate, _, block, bits = struct.unpack("<HHIIHH", data[fmt:fmt + 16])
frames = [data[i:i + block] for i in range(at, len(data), block)]
def write(name, channels, body):
    head = struct.pack("<HHIIHH", struct.unpack("<H", data[fmt:fmt + 2])[0] if bits == 32 else 1, channels, rate, rate * channels * block, channels * block, bits)
    open(name, "wb").write(b"RIFF" + struct.pack("<I", 36 + len(body)) + b"WAVEfmt " + struct.pack("<I", 16) + head + b"data" + struct.pack("<I", len(body)) + body)
write("stereo.wav", 2, b"".join(f + bytes(block) for f in frames))
write("silent.wav", 1, bytes(block * len(frames)))
PY
    run --separate-stderr ton room stereo.wav --length 1s --pause 0.5s --folder out --json
    echo "$output" >stereo.json
    [ "$status" -eq 1 ]
    run --separate-stderr ton room silent.wav sweep.wav --length 1s --pause 0.5s --json
    echo "$output" >files.json
    [ "$status" -eq 1 ]
    [ -s out/room.html ]
    python3 - <<'PY'
import json
for name, measured, missed in (("stereo", "stereo, channel 1", "stereo, channel 2: "), ("files", "sweep", "silent: ")):
    d = json.load(open(name + ".json"))
    print(name, [p["name"] for p in d["paths"]], d["missed"])
    assert [p["name"] for p in d["paths"]] == [measured]
    assert len(d["missed"]) == 1 and d["missed"][0].startswith(missed + "no sweep is in the recording")
PY
    # With none that was heard nothing is kept.
    run ton room silent.wav --length 1s --pause 0.5s --folder none
    [ "$status" -eq 1 ]
    [ ! -e none ]
}
