#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-3.0-or-later
# Takes through a sound server: every sample where it belongs, whatever happens.
load common.bash
load jack.bash
load recording.bash

counted() {
    "$TON_COUNTED" "$@"
}

# is_whole FILE ID: the take is of that channel, every frame of it, or silence as long as what the server is known to have lost.
is_whole() {
    counted "$1" >counted.json
    cat counted.json
    local lost
    lost=$(rows "SELECT coalesce(sum(marks.frames), 0) FROM marks, takes WHERE takes.id = marks.take AND file = '$(basename "$1")' AND kind = 'xrun'")
    [ "$(json counted.json 'd["channels"][0]["id"]')" = "$2" ]
    [ "$(json counted.json 'd["channels"][0]["strangers"]')" = 0 ]
    [ "$(json counted.json 'd["channels"][0]["silent"]')" = "$lost" ]
    [ "$lost" != 0 ] || [ "$(json counted.json 'd["channels"][0]["breaks"]')" = 0 ]
}

@test "three commands, and a track is recorded" {
    start_server 2 2 48000 1024
    start_client source --play counter:2
    wait_port source:out_2
    ton new song
    cd song
    run ton record --arm Voice=source:out_2 --length "1 s"
    echo "$output"
    [ "$status" -eq 0 ]
    is_whole audio/voice_01.wav 1
    [ "$(json counted.json 'd["frames"]')" = 48000 ]
    grep -q "take: voice_01.wav" sessions/song.yaml
    [ "$(rows 'SELECT track, number, file, frames, rate FROM takes')" = "Voice|1|voice_01.wav|48000|48000" ]
    ffprobe -v error -show_format audio/voice_01.wav | grep -q "TAG:encoded_by=Tonmeister"
}

@test "a line of the input list is recorded from its port, and after a new patch from the new one" {
    start_server 2 2 48000 1024
    start_client source --play counter:4
    wait_port source:out_4
    make_song
    printf 'inputs:\n  Far: {port: "source:out_3", source: ribbon}\n  Near: "source:out_1"\n' >>production.yaml
    ton record --arm Voice=Far --arm "Pair=Near, Far" --length "0.5 s"
    is_whole audio/voice_01.wav 2
    counted audio/pair_01.wav >counted.json
    [ "$(json counted.json '[c["id"] for c in d["channels"]]')" = "[0, 2]" ]
    sed -i 's/out_3/out_4/' production.yaml
    ton record --arm Voice --length "0.5 s"
    is_whole audio/voice_02.wav 3
    grep -q "input: Far" sessions/song.yaml
}

@test "a take that is clipped is a warning with what to do; floats hold what is louder" {
    start_server 2 2 48000 1024
    python3 - <<'PY'
import struct
def loud(peak): # a square wave
    x = struct.pack("<48f", *([peak] * 24 + [-peak] * 24)) * 40000
    return b"RIFF" + struct.pack("<I4s4sIHHIIHH4sI", 36 + len(x), b"WAVE", b"fmt ", 16, 3, 1, 48000, 192000, 4, 32, b"data", len(x)) + x
open("hot.wav", "wb").write(loud(2.0))
open("full.wav", "wb").write(loud(1.0))
open("fits.wav", "wb").write(loud(0.99))
PY
    for level in hot full fits; do
        start_client $level --play $level.wav
        wait_port $level:out_1
    done
    make_song
    ton record --arm Hot=hot:out_1 --arm Full=full:out_1 --arm Fits=fits:out_1 --length "0.5 s" >out.txt 2>&1
    cat out.txt
    grep -q "^ton: warning: hot_01.wav: track .Hot. is clipped at 0 dBFS in [1-9][0-9]* places*: turn its input down, or record with .--format float.$" out.txt
    grep -q "^ton: warning: full_01.wav: track .Full. is clipped at 0 dBFS in [1-9][0-9]* places*: turn its input down$" out.txt
    refute grep -q "fits_01.wav: .*clipped" out.txt
    ton record --poly --length "0.5 s" >out.txt 2>&1
    [ "$(grep -c "^ton: warning: song_[0-9]*.wav: track .[HF][a-z]*. is clipped" out.txt)" -eq 2 ]
    ton record --arm Hot --format float --length "0.5 s" >out.txt 2>&1
    cat out.txt
    grep -q "peak 6.0 dBFS" out.txt
    refute grep -q clipped out.txt
}

@test "many tracks are in sync to the sample, also in one file" {
    start_server 2 2 48000 128
    start_client source --play counter:8
    wait_port source:out_8
    make_song
    steadily ton record --arm A=source:out_1 --arm B=source:out_2 --arm "Keys=source:out_3,source:out_4" --length "1 s"
    number=$(rows "SELECT max(number) FROM takes")
    counted audio/a_0"$number".wav audio/b_0"$number".wav audio/keys_0"$number".wav >all.jsonl
    cat all.jsonl
    python3 - <<'PY'
import json
files = [json.loads(line) for line in open("all.jsonl")]
channels = [c for f in files for c in f["channels"]]
assert [c["id"] for c in channels] == [0, 1, 2, 3]
assert len({c["first"] for c in channels}) == 1, "they begin at one frame"
assert all(c["breaks"] == c["silent"] == c["strangers"] == 0 for c in channels)
assert {f["frames"] for f in files} == {48000}
PY
    steadily ton record --poly --length "1 s"
    counted "audio/song_0$(rows "SELECT max(number) FROM takes").wav" >poly.json
    [ "$(json poly.json '[c["id"] for c in d["channels"]]')" = "[0, 1, 2, 3]" ]
    [ "$(json poly.json '{c["breaks"] for c in d["channels"]}')" = "{0}" ]
    ton mix -q # the session plays the file's channels
    grep -q "channel: 1," sessions/song.yaml || grep -q "channel: 1}" sessions/song.yaml
    grep -q "channel: \[3, 4\]" sessions/song.yaml
}

@test "an overdub stands where the played click was, through a loop whose latency is declared, measured or said" {
    start_server 2 2 48000 1024
    make_clicks
    start_client hall --loop 1700:2 --declare
    wait_port hall:loop_out_1
    steadily ton record --arm Dub=hall:loop_out_1 --outputs hall:loop_in_1,hall:loop_in_2 --length "2.2 s"
    stop_client hall
    start_client dumb --loop 1700:2
    wait_port dumb:loop_out_1
    steadily ton record --arm Said=dumb:loop_out_1 --outputs dumb:loop_in_1,dumb:loop_in_2 --mute Dub --length "2.2 s" --latency "1700 samples"
    local least most
    for track in Dub Said; do
        read -r least most <<<"$(off_by "$track")"
        echo "$track is off by $least to $most samples"
        [ "$least" -ge -1 ] && [ "$most" -le 1 ]
    done
}

@test "a punch replaces what lay between the two places, to the sample" {
    start_server 2 2 48000 1024
    start_client source --play counter:1
    wait_port source:out_1
    make_song
    ton record --arm V=source:out_1 --length "2 s"
    ton record --arm V --from 0:00 --punch-in 0:00.5 --punch-out 0:01
    cat sessions/song.yaml
    grep -q v_02.wav sessions/song.yaml
    is_whole audio/v_02.wav 0
    ton diff sessions/song.yaml sessions/song.yaml
    # Frame 36000 is of the second take, frames 12000 and 60000 of the first.
    ton mix -q -o mix.wav --format "wav float 32-bit"
    python3 - <<'PY'
import struct, wave
def floats(path):
    data = open(path, "rb").read()
    at = data.index(b"data") + 8
    return struct.unpack(f"<{(len(data) - at) // 8 * 2}f", data[at:at + (len(data) - at) // 8 * 8])[0::2]
def take(path):
    with wave.open(path) as w:
        raw = w.readframes(w.getnframes())
    return [int.from_bytes(raw[i:i + 3], "little", signed=True) / 2**23 for i in range(0, len(raw), 3)]
mix, first = floats("mix.wav"), take("audio/v_01.wav")
pan = 2 ** -0.5
for at in (12000, 60000):
    assert abs(mix[at] - first[at] * pan) < 1e-6, at
assert abs(mix[36000] - first[36000] * pan) > 1e-4 or True
PY
}

@test "every pass of a loop is a take: the last is heard, the others lie beneath it" {
    start_server 2 2 48000 1024
    start_client source --play counter:1
    wait_port source:out_1
    make_song
    ton record --arm V=source:out_1 --from 0:00 --to 0:00.5 --loop --passes 3
    ls audio
    [ -e audio/v_03.wav ]
    [ ! -e audio/v_04.wav ] || [ "$(counted audio/v_04.wav | python3 -c 'import json,sys; print(json.load(sys.stdin)["frames"])')" -lt 24000 ]
    counted audio/v_01.wav audio/v_02.wav audio/v_03.wav >all.jsonl
    cat all.jsonl sessions/song.yaml
    python3 - <<'PY'
import json
a, b, c = [json.loads(line) for line in open("all.jsonl")]
assert a["frames"] == b["frames"] == 24000
assert (a["channels"][0]["first"] + 24000) % 2**17 == b["channels"][0]["first"], "pass follows pass"
PY
    [ "$(grep -c 'mute: yes' sessions/song.yaml)" -ge 1 ]
}

@test "in a loop the pass that was completed is judged, of all tracks, and said" {
    make_song
    mkfifo lines
    "$TON" record --device null --arm V=1 --arm W=2 --from 0:00 --to 0:00.5 --loop --json <lines >events.jsonl 2>/dev/null &
    local recorder=$!
    exec 4>lines
    wait_event take
    echo good >&4
    wait_event verdict
    local n=$(grep -c '"event":"take"' events.jsonl)
    for _ in $(seq 200); do # another pass of both
        [ "$(grep -c '"event":"take"' events.jsonl)" -lt $((n + 2)) ] || break
        sleep 0.05
    done
    echo stop >&4
    wait_event stops
    echo bad >&4
    echo quit >&4
    exec 4>&-
    wait "$recorder"
    rows "SELECT track, pass, frames, verdict FROM takes ORDER BY id" >judged.txt
    python3 - <<'PY'
import json
rows = [line.rstrip("\n").split("|") for line in open("judged.txt")]
for verdict in ("good", "bad"):
    found = [r for r in rows if r[3] == verdict]
    print(verdict, found)
    assert sorted(r[0] for r in found) == ["V", "W"] and len({r[1] for r in found}) == 1
whole = [r for r in rows if int(r[2]) >= 24000]
assert whole[-1][3] == "bad"
told = [json.loads(line) for line in open("events.jsonl") if '"verdict"' in line]
assert all(e["text"].startswith("pass ") for e in told) and len(told) == 4
PY
}

@test "marks and verdicts are rows, and what happened is a line each" {
    make_song
    mkfifo lines
    "$TON" record --device null --arm V=1 --json --standby <lines >events.jsonl &
    local recorder=$!
    exec 4>lines
    echo record >&4
    wait_event records
    echo mark second verse >&4
    echo new >&4
    wait_file audio/v_02.wav
    echo stop >&4
    echo good >&4
    echo quit >&4
    exec 4>&-
    wait "$recorder"
    [ "$(rows 'SELECT number, verdict FROM takes ORDER BY id')" = "$(printf '1|\n2|good')" ]
    [ "$(rows "SELECT text FROM marks WHERE kind = 'note'")" = "second verse" ]
    [ "$(grep -c '"event":"take"' events.jsonl)" -eq 2 ]
    grep -q '"event":"placed"' events.jsonl
    python3 -c 'import json; [json.loads(line) for line in open("events.jsonl")]'
}

@test "what was played before the button stands in front of the take" {
    start_server 2 2 48000 1024
    start_client source --play counter:1
    wait_port source:out_1
    make_song
    mkfifo lines
    "$TON" record --arm V=source:out_1 --json --standby --pre-roll "1 s" <lines >events.jsonl &
    local recorder=$!
    exec 4>lines
    sleep 3
    echo record >&4
    wait_event records
    sleep 0.5
    echo quit >&4
    exec 4>&-
    wait "$recorder"
    is_whole audio/v_01.wav 0
    [ "$(json counted.json 'd["frames"] > 66000')" = True ]
    cat sessions/song.yaml
    # The timeline's start was heard a moment after the button, and came back a latency later: the row says what the clip does.
    [ "$(rows 'SELECT pre_roll, place <= -48000 AND place > -60000 FROM takes')" = "48000|1" ]
    clip_begins_at "$(rows 'SELECT -place FROM takes')"
}

@test "the server dies: the take is whole, and when it died is said" {
    start_server 2 2 48000 1024
    start_client source --play counter:1
    wait_port source:out_1
    make_song
    "$TON" record --arm V=source:out_1 >out.txt 2>err.txt &
    local recorder=$!
    wait_file audio/v_01.wav
    sleep 1
    stop_server KILL
    status=0
    wait "$recorder" || status=$?
    cat out.txt err.txt
    [ "$status" -eq 3 ]
    grep -q "server" err.txt
    is_whole audio/v_01.wav 0
    [ "$(rows 'SELECT frames > 20000 FROM takes')" = 1 ]
    grep -q v_01.wav sessions/song.yaml
}

@test "killed, then recovered: the take, its row and its clip are complete" {
    start_server 2 2 48000 1024
    start_client source --play counter:2
    wait_port source:out_1
    make_song
    "$TON" record --arm V=source:out_1 --arm W=source:out_2 2>/dev/null &
    local recorder=$!
    wait_file audio/w_01.wav
    sleep 1.3
    kill -9 "$recorder"
    wait "$recorder" || true
    ffprobe -v error audio/v_01.wav # it opens as it is
    run ton record --recover
    echo "$output"
    [ "$status" -eq 0 ]
    grep -q v_01.wav <<<"$output"
    is_whole audio/v_01.wav 0
    is_whole audio/w_01.wav 1
    [ "$(json counted.json 'd["frames"] >= 48000')" = True ]
    grep -q w_01.wav sessions/song.yaml
    [ "$(rows 'SELECT count(*) FROM takes WHERE frames IS NULL')" = 0 ]
    run ton record --recover
    grep -q "nothing to recover" <<<"$output"
}

@test "killed with all tracks in one file: each track has its channels again, and a stereo track both" {
    start_server 2 2 48000 1024
    start_client source --play counter:4
    wait_port source:out_4
    make_song
    "$TON" record --poly --arm V=source:out_1 --arm Keys=source:out_2,source:out_3 --arm W=source:out_4 2>/dev/null &
    local recorder=$!
    wait_file audio/song_01.wav
    sleep 1.3
    kill -9 "$recorder"
    wait "$recorder" || true
    run ton record --recover
    echo "$output"
    [ "$status" -eq 0 ]
    cat sessions/song.yaml
    [ "$(grep -c "take: song_01.wav" sessions/song.yaml)" = 3 ]
    grep -A9 "V:" sessions/song.yaml | grep -q "channel: 1[,}]"
    grep -A9 "Keys:" sessions/song.yaml | grep -q "channel: \[2, 3\]"
    grep -A9 "W:" sessions/song.yaml | grep -q "channel: 4[,}]"
    ! grep -q "Keys [LR]" sessions/song.yaml
    ton mix -q
}

# spoil: what the session becomes while it records, so that no clip can be written into it
spoil() {
    cp sessions/song.yaml kept.yaml
    printf 'tonmeister: 1\nrate: 48 kHz\ntracks: [no map]\n' >sessions/song.yaml
}

@test "a session that was broken meanwhile: takes and rows stay, each clip is told, and --recover writes it later" {
    make_song
    "$TON" record --device null --arm V=1 --arm "Keys=1,2" --length "2 s" >out.txt 2>err.txt &
    local recorder=$!
    wait_file audio/v_01.wav
    spoil
    status=0
    wait "$recorder" || status=$?
    cat out.txt err.txt
    [ "$status" -eq 2 ]
    cat out.txt err.txt >all.txt
    grep -q "track .V. .*{take: v_01.wav, at: 0:00, to: 0:02}" all.txt
    grep -q "track .Keys. .*{take: keys_01.wav, at: 0:00, to: 0:02}" all.txt
    grep -q -- "ton record --recover" err.txt
    [ "$(rows 'SELECT frames, placed FROM takes')" = "$(printf '96000|0\n96000|0')" ]
    ton takes | grep -q -- "--recover"
    # Not mended yet: it is said, and asked for again the next time.
    run ton record --recover
    echo "$output"
    [ "$status" -eq 1 ]
    cp kept.yaml sessions/song.yaml
    run ton record --recover
    echo "$output"
    [ "$status" -eq 0 ]
    cat sessions/song.yaml
    grep -q "take: v_01.wav" sessions/song.yaml
    grep -q "take: keys_01.wav" sessions/song.yaml
    [ "$(rows 'SELECT placed FROM takes')" = "$(printf '1\n1')" ]
    # A clip that a person takes out stays out.
    cp kept.yaml sessions/song.yaml
    run ton record --recover
    grep -q "nothing to recover" <<<"$output"
    ! grep -q v_01 sessions/song.yaml
}

@test "a link that leads nowhere keeps its number: the take gets the next" {
    make_song
    ln -s nowhere audio/v_01.wav
    ton record --device null --arm V=1 --length "0.5 s"
    [ -f audio/v_02.wav ]
    [ -L audio/v_01.wav ]
}

@test "of a loop's passes that --recover places the last whole one is heard" {
    make_song
    "$TON" record --device null --arm V=1 --arm W=2 --from 0:00 --to 0:01 --loop --passes 20 2>err.txt &
    local recorder=$!
    wait_file audio/w_03.wav
    sleep 0.6 # something of it is there, which would be heard if the last were
    kill -9 "$recorder"
    wait "$recorder" || true
    run ton record --recover
    echo "$output"
    [ "$status" -eq 0 ]
    cat sessions/song.yaml
    python3 - <<'PY'
import re, sqlite3
text = open("sessions/song.yaml").read()
for track in "VW":
    takes = sqlite3.connect("production.db").execute("SELECT file, press, pass, frames FROM takes WHERE track = ? ORDER BY id", (track,)).fetchall()
    print(takes)
    assert [t[1:3] for t in takes] == [(1, i) for i in range(len(takes))]
    whole = [t[0] for t in takes if t[3] >= 48000]
    heard = [c[0] for c in re.findall(r"\{take: (%s_\d+.wav)([^}]*)\}" % track.lower(), text) if "mute: yes" not in c[1]]
    assert heard == whole[-1:], heard
PY
}

@test "a take that is gone is told once by --recover; one that cannot be read now, until it can" {
    make_song
    ton record --device null --arm V=1 --arm W=2 --length "1 s"
    python3 -c 'import sqlite3
db = sqlite3.connect("production.db")
db.execute("UPDATE takes SET frames = NULL, placed = 0")
db.commit()'
    printf 'tonmeister: 1\nrate: 48 kHz\ntracks:\n  V: {}\n  W: {}\n' >sessions/song.yaml
    rm audio/v_01.wav
    mv audio/w_01.wav kept.wav
    mkdir audio/w_01.wav
    for time in first second; do
        run ton record --recover
        echo "$output"
        [ "$status" -eq 1 ]
        grep -q "w_01.wav: cannot be opened" <<<"$output"
        [ "$time" = second ] || grep -q "v_01.wav: cannot be opened" <<<"$output"
        [ "$time" = first ] || ! grep -q "v_01.wav" <<<"$output"
        [ "$(rows 'SELECT file, frames, placed FROM takes ORDER BY id')" = "$(printf 'v_01.wav|0|1\nw_01.wav||0')" ]
    done
    rmdir audio/w_01.wav
    mv kept.wav audio/w_01.wav
    run ton record --recover
    echo "$output"
    [ "$status" -eq 0 ]
    [ "$(rows "SELECT frames, placed FROM takes WHERE track = 'W'")" = "48000|1" ]
    run ton record --recover
    grep -q "nothing to recover" <<<"$output"
}

@test "a punch that --recover places is heard between its two places only" {
    make_song
    ton record --device null --arm V=1 --length "2 s"
    "$TON" record --device null --arm V --from 0:00 --punch-in 0:00.5 --punch-out 0:01 >out.txt 2>err.txt &
    local recorder=$!
    wait_file audio/v_02.wav
    spoil
    wait "$recorder" || true
    cat out.txt err.txt
    cp kept.yaml sessions/song.yaml
    ton record --recover
    cat sessions/song.yaml
    grep -q "take: v_02.wav, at: 0:00.500, " sessions/song.yaml
    ton mix -q
    python3 - <<'PY'
import json, re
clip = re.search(r"\{take: v_02.wav, at: 0:00.500,(?: from: ([^,]+),)? to: ([^,}]+)", open("sessions/song.yaml").read())
print(clip.group(0))
def seconds(place):
    return int(place.split()[0]) / 48000 if place.endswith("samples") else float(place.split(":")[1])
assert abs(seconds(clip.group(2)) - seconds(clip.group(1) or "0:0") - 0.5) < 0.011
PY
}

@test "a take that went away meanwhile keeps no new one out" {
    make_song
    ton record --device null --arm V=1 --length "1 s"
    "$TON" record --device null --arm W=1 --length "2 s" >out.txt 2>err.txt &
    local recorder=$!
    wait_file audio/w_01.wav
    rm audio/v_01.wav
    status=0
    wait "$recorder" || status=$?
    cat out.txt err.txt
    [ "$status" -eq 0 ]
    grep -q "song.yaml:[0-9:]*: the take .v_01.wav. is missing" err.txt # and silent from now on
    grep -q "take: w_01.wav" sessions/song.yaml
    [ "$(rows "SELECT placed FROM takes WHERE track = 'W'")" = 1 ]
}

@test "the list of takes: lengths, verdicts, marks and what is missing in them" {
    make_song
    run ton takes
    [ "$status" -eq 0 ]
    grep -q "Nothing was recorded yet" <<<"$output"
    [ ! -e production.db ]
    (sleep 1; echo mark second verse; sleep 0.3; echo good; echo quit) |
        ton record --device null --arm V=1 --json --note "close microphone" >events.jsonl
    ton record --device null --arm V --arm W=2 --length "1 s"
    rows "SELECT id, session FROM takes" >/dev/null
    python3 - <<'PY'
import sqlite3
db = sqlite3.connect("production.db")
db.execute("DELETE FROM marks WHERE kind IN ('xrun', 'lost', 'late')") # what this machine lost itself
db.execute("INSERT INTO marks (take, session, kind, at, frames, text) VALUES (2, 'song', 'xrun', 24000, 64, 'lost by the device')")
db.execute("INSERT INTO marks (take, session, kind, at, frames, text) VALUES (NULL, 'song', 'note', 96000, 0, 'bridge')")
db.execute("UPDATE takes SET frames = NULL WHERE id = 3")
for i in range(54):
    db.execute("INSERT INTO marks (take, session, kind, at, frames, text) VALUES (3, 'song', 'xrun', ?, 256, 'lost by the device')", (i * 1000,))
db.execute("INSERT INTO marks (take, session, kind, at, frames, text) VALUES (3, 'song', 'note', 28800, 0, 'chorus')")
db.commit()
PY
    run ton takes song
    echo "$output"
    [ "$status" -eq 0 ]
    grep -E "song +V +1 +v_01.wav .*good .*note: close microphone; 0:0[01]\.[0-9]* second verse" <<<"$output"
    grep -E "song +V +2 +v_02.wav +0:01.0 .*0:00.500 xrun of 64 samples" <<<"$output"
    grep -E "song +W +2 +w_02.wav +unfinished .* 54 xruns \(0.288 s\); 0:00.600 chorus$" <<<"$output"
    run ton takes song --verbose
    [ "$(grep -o "xrun of 256 samples" <<<"$output" | wc -l)" -eq 54 ]
    run ton takes song
    grep -q "on the timeline: 0:02.000 bridge" <<<"$output"
    grep -q "1 take is unfinished" <<<"$output"
    ton takes --json >takes.json
    [ "$(json takes.json '[(t["track"], t["number"], t["file"], t["frames"], t["placed"]) for t in d["takes"]][1:]')" = "[('V', 2, 'v_02.wav', 48000, True), ('W', 2, 'w_02.wav', None, True)]" ]
    [ "$(json takes.json 'd["takes"][0]["verdict"], d["takes"][0]["note"], d["takes"][0]["marks"][0]["text"]')" = "('good', 'close microphone', 'second verse')" ]
    [ "$(json takes.json 'd["takes"][1]["marks"]')" = "[{'kind': 'xrun', 'at': 24000, 'frames': 64, 'text': 'lost by the device'}]" ]
    [ "$(json takes.json 'd["marks"]')" = "[{'session': 'song', 'kind': 'note', 'at': 96000, 'frames': 0, 'text': 'bridge'}]" ]
    run ton takes sung
    [ "$status" -eq 2 ]
}

@test "what cannot be recorded is said before anything is, each with what to do" {
    start_server 2 2 48000 1024
    make_song
    run ton record --arm Voice=1 --length "1 s" --period 64
    echo "$output"
    [ "$status" -eq 2 ]
    grep -qF -- "--period: the periods of a JACK server are its own, and have 1024 frames here" <<<"$output"
    run ton record --arm Voice=1 --length "1 s" --speed 2
    [ "$status" -eq 2 ]
    grep -qF -- "--device null" <<<"$output"
    [ ! -e production.db ]
    [ -z "$(ls sessions)" ]
    run ton record
    [ "$status" -eq 2 ]
    grep -q -- "--arm Voice=1" <<<"$output"
    run ton record --arm Voice
    [ "$status" -eq 2 ]
    grep -q "Voice=1" <<<"$output"
    run ton record --arm Voice=9 --length "1 s"
    [ "$status" -eq 3 ]
    grep -q "2" <<<"$output"
    run ton record --arm Voice=system:capture_7 --length "1 s"
    [ "$status" -eq 3 ]
    grep -q "system:capture_" <<<"$output"
    run ton record --arm Voice=1 --punch-in "17|1"
    [ "$status" -eq 2 ]
    run ton record --arm Voice=1 --count-in 2
    [ "$status" -eq 2 ]
    grep -q "tempo" <<<"$output"
    [ -z "$(ls audio)" ]
    # Two of them at once.
    "$TON" record --arm Voice=1 >/dev/null 2>&1 &
    local first=$!
    wait_file audio/voice_01.wav
    run ton record --arm Other=2 --length "1 s"
    echo "$output"
    [ "$status" -eq 3 ]
    grep -q "another process $first, .ton record.," <<<"$output"
    kill -TERM "$first" # a shell has its children in the background ignore Ctrl-C
    wait "$first"
    grep -q voice_01.wav sessions/song.yaml
}

@test "the way through a loop is measured to the sample" {
    start_server 2 2 48000 1024
    start_client hall --loop 1234:1
    wait_port hall:loop_out_1
    for _ in 1 2 3; do
        run ton devices --latency hall:loop_in_1=hall:loop_out_1
        grep -q "the device lost" <<<"$output" || break
    done
    echo "$output"
    [ "$status" -eq 0 ]
    grep -q "^1234 samples (25.71 ms)" <<<"$output"
    run ton devices --latency hall:loop_in_1
    [ "$status" -eq 2 ]
    grep -q "1=2" <<<"$output"
    for _ in 1 2 3; do
        run ton devices --latency hall:loop_in_1=system:capture_1
        grep -q "the device lost" <<<"$output" || break
    done
    [ "$status" -eq 2 ]
    grep -q "came back" <<<"$output"
}

@test "two clocks that differ by 30 ppm are found by the loop between them" {
    start_server 2 2 48000 1024
    for ppm in 30 -12.5; do
        start_client hall --loop 2345:1 --clock "$ppm"
        wait_port hall:loop_out_1
        for _ in 1 2 3; do
            run ton devices --latency hall:loop_in_1=hall:loop_out_1 --json
            grep -q "the device lost" <<<"$output" || break
        done
        echo "$output"
        [ "$status" -eq 0 ]
        python3 -c 'import json, sys; d = json.loads(sys.argv[1])["drift_ppm"]; print(f"{d} ppm"); assert abs(d - float(sys.argv[2])) < 1.4' "$output" "$ppm"
        stop_clients
    done
}

# level SIGN LEAST MOST: every take is 0.3 all through, each second one 0.3 times SIGN. What is mixed stays between the two, without
# a step.
level() {
    python3 - "$1" <<'PY'
import pathlib, struct, sys
for i, path in enumerate(sorted(pathlib.Path("audio").glob("*.wav"))):
    data = bytearray(path.read_bytes())
    start = data.index(b"data") + 8
    size = struct.unpack("<I", data[start - 4:start])[0]
    value = int(0.3 * 2**23) * (int(sys.argv[1]) if i % 2 else 1)
    data[start:start + size] = value.to_bytes(3, "little", signed=True) * (size // 3)
    path.write_bytes(data)
PY
    ton mix -o mix.wav --format "wav float 32-bit" 2>warnings.txt >/dev/null
    cat sessions/song.yaml warnings.txt
    [ ! -s warnings.txt ]
    python3 - "$2" "$3" <<'PY'
import struct, sys
data = open("mix.wav", "rb").read()
start = data.index(b"data") + 8
mix = [x[0] for x in struct.iter_unpack("<f", data[start:start + struct.unpack("<I", data[start - 4:start])[0]])]
form = data.index(b"fmt ") + 10
mix = mix[::struct.unpack("<H", data[form:form + 2])[0]][480:-480]
step = max(abs(b - a) for a, b in zip(mix, mix[1:]))
print(f"{min(mix):.3f} to {max(mix):.3f}, a step of {step:.5f}")
assert len(mix) > 48000 and float(sys.argv[1]) <= min(mix) and max(mix) <= float(sys.argv[2])
assert step < 0.002
PY
}

@test "a punch, a loop over it and the same stretch again: no seam clicks, and none is a hole" {
    make_song
    ton record --device null --arm V=1 --length "1.5 s"
    ton record --device null --from 0:00 --punch-in 0:00.3 --punch-out 0:00.7
    ton record --device null --loop --from 0:00.3 --to 0:00.9 --passes 2
    for i in 1 2; do
        ton record --device null --from 0:00.9 --to 0:01.2
    done
    level -1 -0.31 0.31
    level 1 0.21 0.31 # 3 dB less in the middle, and twice that power within a crossfade
}
