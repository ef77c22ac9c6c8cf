#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-3.0-or-later
# In step with others through a sound server: timecode that leads, and what others are told.
load common.bash
load jack.bash

# What the source plays counts its frames, and its timecode counts them too: 01:00:00:00 is its first. A server on a busy machine
# loses periods, and does not tell all of its clients the same of it: what comes before the first counts.
@test "what is recorded after timecode stands where the timecode says, to the sample" {
    start_server 2 2 48000 256
    start_client source --play counter:1 --play ltc:25
    wait_port source:out_2
    ton new song >/dev/null
    cd song
    mkfifo lines
    ton record --arm V=source:out_1 --follow ltc --ltc-in source:out_2 --timecode 01:00:00:00 --standby --json <lines >events.jsonl &
    local recorder=$!
    exec 4>lines
    echo record >&4
    wait_event records
    sleep 2
    echo quit >&4
    exec 4>&-
    wait "$recorder"
    grep -v '"status"' events.jsonl
    cat sessions/song.yaml
    status=0
    python3 - <<'PY' || status=$?
import json, re, sys, wave
with wave.open("audio/v_01.wav") as w:
    raw = w.readframes(w.getnframes())
text = open("sessions/song.yaml").read()
def frames(key):
    time = re.search(key + r": (\d+) samples|" + key + r": (\d+):([\d.]+)", text)
    return 0 if not time else int(time[1]) if time[1] else round((int(time[2]) * 60 + float(time[3])) * 48000)
at, first = frames("at"), frames("from")
def count(i):  # tests/jack/counter.h
    return (int.from_bytes(raw[3 * i:3 * i + 3], "little", signed=True) + 2**23) >> 7
events = [json.loads(line) for line in open("events.jsonl")]
lost = [e["at"] for e in events if e["event"] == "xrun" and e["at"] > first - 18000]
end = min(lost + [len(raw) // 3])
off = [(at + i - first - count(i) + 2**16) % 2**17 - 2**16 for i in range(first, end, 2000)]
print("the clip stands at", at, "and begins at", first, "of the take; off by", off, "samples")
sys.exit(77 if len(off) < 3 else max(map(abs, off)) > 1)
PY
    [ "$status" -ne 77 ] || skip "this machine is too busy: a period was lost just then"
    [ "$status" -eq 0 ]
}

@test "others hear our timecode, clock and MIDI timecode at the places that we play" {
    start_server 2 2 48000 256
    ton new song >/dev/null
    cd song
    make_take audio/beep.wav 2 1000
    mkdir -p sessions
    printf 'tonmeister: 1\ntitle: Song\nrate: 48 kHz\ntempo: 120 bpm\ntracks:\n  Beep: {clips: [{take: beep.wav, at: 0:01}]}\n' >sessions/song.yaml
    start_client sink --record heard.wav:3 --midi-record midi.txt
    wait_port sink:in_3
    ton play --outputs sink:in_1,sink:in_2 --ltc-out sink:in_3 --timecode 10:00:00:00 --midi-out sink:midi_in --json >events.jsonl
    stop_client sink
    ! grep -q '"event":"xrun"' events.jsonl || skip "this machine is too busy: a period was lost"
    head -n 40 midi.txt
    python3 - <<'PY'
import struct
data = open("heard.wav", "rb").read()
at = data.index(b"data") + 8
n = (len(data) - at) // 12
x = struct.unpack(f"<{3 * n}f", data[at:at + 12 * n])
first = lambda c: next(i for i in range(n) if x[3 * i + c] != 0)
beep, ltc = first(0), first(2)
events = [line.split() for line in open("midi.txt")]
events = [(int(e[0]), bytes(int(b, 16) for b in e[1:])) for e in events]
start = next(t for t, b in events if b == b"\xfa")
clocks = [t - start for t, b in events if b == b"\xf8"]
quarters = [t - start for t, b in events if b[0] == 0xf1]
full = [(t - start, b) for t, b in events if b[0] == 0xf0]
print("Start at", start, "timecode from", ltc - start, "beep", beep - start, clocks[:4], quarters[:4], full)
assert abs(ltc - start) <= 1 and 48000 <= beep - start <= 48002
assert clocks[:48] == [1000 * i for i in range(48)]
assert quarters[:100] == [480 * i for i in range(100)]
assert any(b == bytes([0xf0, 0x7f, 0x7f, 1, 1, 10 | 1 << 5, 0, 0, 0, 0xf7]) for t, b in full if t <= 0)
assert any(b == b"\xfc" for t, b in events)
PY
}

# check_places TAKE: what counts the frames of the server's transport lies at these frames of the session, up to the first xrun.
# 77: too little of it is left.
check_places() {
    grep -v '"status"' events.jsonl
    cat sessions/song.yaml
    python3 - "$1" <<'PY'
import json, re, sys, wave
with wave.open("audio/" + sys.argv[1]) as w:
    raw = w.readframes(w.getnframes())
text = open("sessions/song.yaml").read()
clip = re.search(r"\{[^{}]*" + sys.argv[1] + r"[^{}]*\}|take: " + sys.argv[1] + r"[^-]*", text)[0]
def frames(key):
    time = re.search(r"\b" + key + r": (\d+) samples|\b" + key + r": (\d+):([\d.]+)|\b" + key + r": ([\d.]+) s\b", clip)
    return 0 if not time else int(time[1]) if time[1] else round((int(time[2] or 0) * 60 + float(time[3] or time[4])) * 48000)
at, first = frames("at"), frames("from")
def count(i):  # tests/jack/counter.h
    return (int.from_bytes(raw[3 * i:3 * i + 3], "little", signed=True) + 2**23) >> 7
events = [json.loads(line) for line in open("events.jsonl")]
lost = [e["at"] for e in events if e["event"] == "xrun" and "at" in e and e["at"] > first]
end = min(lost + [len(raw) // 3])
while end > first and not any(raw[3 * end - 3:3 * end]):
    end -= 1  # it stops a little behind the transport
off = [(at + i - first - count(i) + 2**16) % 2**17 - 2**16 for i in range(first, end, 500)]
print("the clip stands at", at, "and begins at", first, "of the take; off by", sorted(set(off)), "samples,", len(off), "looked at")
sys.exit(77 if len(off) < 20 else any(off))
PY
}

@test "who follows the server's transport records at its frames, to the sample" {
    start_server 2 2 48000 256
    start_client source --play transport:1
    wait_port source:out_1
    ton new song >/dev/null
    cd song
    mkfifo lines
    timeout 40 "$TON" record --arm V=source:out_1 --follow jack --latency 0 --json <lines >events.jsonl &
    local recorder=$!
    exec 4>lines
    wait_event status
    start_client roller --roll 96123 --seconds 60
    wait_event records
    sleep 1
    start_client other --roll 480123 --seconds 60 # it leaps: another take
    wait_file audio/v_02.wav
    sleep 1
    echo quit >&4
    exec 4>&-
    wait "$recorder"
    status=0
    check_places v_01.wav || status=$?
    [ "$status" -ne 77 ] || skip "this machine is too busy: a period was lost just then"
    [ "$status" -eq 0 ]
    check_places v_02.wav || status=$?
    [ "$status" -ne 77 ] || skip "this machine is too busy: a period was lost just then"
    [ "$status" -eq 0 ]
    grep -q "at: 96123 samples" sessions/song.yaml
    grep -q "at: 480123 samples" sessions/song.yaml
    # It rolls already when we come: what is recorded then stands where it has come to by then.
    { wait_file audio/v_03.wav && sleep 2 && echo quit; } | timeout 40 "$TON" record --arm V=source:out_1 --follow jack --latency 0 --json >events.jsonl
    check_places v_03.wav || status=$?
    [ "$status" -ne 77 ] || skip "this machine is too busy: a period was lost just then"
    [ "$status" -eq 0 ]
}

@test "who leads the server's transport records at its frames, and stops it" {
    start_server 2 2 48000 256
    start_client source --play transport:1
    wait_port source:out_1
    ton new song >/dev/null
    cd song
    timeout 40 "$TON" record --arm V=source:out_1 --lead --latency 0 --from 0:01 --length "1 s" --json </dev/null >events.jsonl
    status=0
    check_places v_01.wav || status=$?
    [ "$status" -ne 77 ] || skip "this machine is too busy: a period was lost just then"
    [ "$status" -eq 0 ]
    grep -q "at: 0:01, to: 0:01}" sessions/song.yaml # a second to the frame, though it stops later
    [ "$(grep -c '"event":"stops"' events.jsonl)" -eq 1 ]
    # What rolls for somebody else already is taken to our place.
    start_client roller --roll 96123 --seconds 60
    timeout 40 "$TON" record --arm V=source:out_1 --lead --latency 0 --from 0:04 --length "0.5 s" --json </dev/null >events.jsonl
    check_places v_02.wav || status=$?
    [ "$status" -ne 77 ] || skip "this machine is too busy: a period was lost just then"
    [ "$status" -eq 0 ]
    grep -q "v_02.wav, at: 0:04, to: 0:00.500}" sessions/song.yaml
    # Who follows without a terminal says what for, and when it comes.
    timeout 40 "$TON" record --arm V --follow jack --latency 0 --length "0.3 s" </dev/null >said.txt 2>&1 &
    local follower=$!
    for _ in $(seq 200); do
        ! grep -q "waiting for the transport of the JACK server to roll" said.txt || break
        sleep 0.05
    done
    start_client again --roll 96123 --seconds 60
    wait "$follower"
    cat said.txt
    [ "$(grep -c "^waiting\|^rolls at 0:02.0" said.txt)" = 2 ]
}

@test "where the server loses periods, a take that follows its transport goes on" {
    start_server 2 2 48000 256
    start_client roller --roll 96123 --seconds 60 --play transport:1
    wait_port roller:out_1
    ton new song >/dev/null
    cd song
    {
        wait_file audio/v_01.wav
        sleep 1
        kill -STOP "$SERVER"
        sleep 0.15
        kill -CONT "$SERVER"
        sleep 1.5
        echo quit
    } | timeout 40 "$TON" record --arm V=roller:out_1 --follow jack --latency 0 --json >events.jsonl
    grep -v '"status"' events.jsonl
    grep -q '"event":"xrun"' events.jsonl || skip "nothing was lost"
    [ "$(grep -c '"event":"take"' events.jsonl)" -eq 1 ]
}
