#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-3.0-or-later
# What a recording leaves on the disk is found again: rows that were never written, takes that are gone, names that are taken.
load common.bash
load jack.bash
load recording.bash

# begin OPTION…: ton record in the background.
begin() {
    run_along "$TON" record "$@" <&0 >events.jsonl 2>err.txt &
    RECORDER=$!
}

# begin_two OPTION…: two tracks stand by for commands at 4.
begin_two() {
    start_server 2 2 48000 1024
    start_client source --play counter:2
    wait_port source:out_2
    make_song
    stand_by --arm V=source:out_1 --arm W=source:out_2 "$@"
}

# until_long FILE BYTES
until_long() {
    for _ in $(seq 400); do
        [ "$(stat -c %s "$1" 2>/dev/null || echo 0)" -lt "$2" ] || return 0
        sleep 0.05
    done
    return 1
}

@test "killed before it could write a row: the takes get one by what they say of themselves, and stand where they were played" {
    begin_two --from 0:02 --scene 12A --note close
    run_along "${TON_PYTHON:-python3}" -c 'import sqlite3, time
db = sqlite3.connect("production.db")
db.execute("BEGIN IMMEDIATE")
open("held", "w").write("yes")
time.sleep(60)' &
    local holder=$!
    wait_file held
    echo record >&4
    until_long audio/v_01.wav 150000
    until_long audio/w_01.wav 150000
    kill -9 "$RECORDER"
    wait "$RECORDER" || true
    exec 4>&-
    kill "$holder"
    wait "$holder" || true
    [ -z "$(rows 'SELECT * FROM takes')" ]
    cp audio/v_01.wav audio/copy.wav # nobody's
    printf 'RIFF' >audio/v_02.wav
    ton record --recover | tee out.txt
    [ "$(grep -c "of which no row knew, and stand in session song at 0:02" out.txt)" -eq 2 ]
    [ "$(wc -l <out.txt)" -eq 2 ]
    [ "$(rows 'SELECT track, number, scene, note, placed, frames > 0 FROM takes ORDER BY file')" = "$(printf 'V|1|12A|close|1|1\nW|1|12A|close|1|1')" ]
    # The clip begins at the button; what was kept from before it stands in front.
    [ "$(rows "SELECT count(*) FROM takes, clips WHERE take = id AND at >= pre_roll AND clips.place = 96000 AND pre_roll > 0")" -eq 2 ]
    grep -q "take: v_01.wav, at: 0:02, from: " sessions/song.yaml
    [ "$(stat -c %s audio/v_02.wav)" -eq 4 ]
    [ "$(ton record --recover)" = "All takes were finished; there is nothing to recover." ]
}

@test "killed in its very first recording: the tracks that are made again have their inputs" {
    start_server 4 2 48000 1024
    start_client source --play counter:4
    wait_port source:out_4
    make_song
    begin --arm V=source:out_1 --arm K=source:out_3,source:out_4 --length "30 s" --poly </dev/null
    until_long audio/song_01.wav 400000
    until_row
    kill -9 "$RECORDER"
    wait "$RECORDER" || true
    ton record --recover
    cat sessions/song.yaml
    grep -q "input: source:out_1" sessions/song.yaml
    grep -q "source:out_3, source:out_4" sessions/song.yaml
    ton record --device null --arm V=1 --arm K=2,3 --length "0.1 s"
}

@test "killed, and recorded again: every verb says that a take waits, and it comes in beneath the newer one" {
    make_song
    run ton record --recover
    [ "$output" = "All takes were finished; there is nothing to recover." ]
    [ ! -e production.db ]
    begin --device null --arm V=1 --length "60 s" </dev/null
    until_long audio/v_01.wav 150000
    until_row
    run ton mix -o while.wav # it is being recorded
    [[ "$output" != *unfinished* ]]
    kill -9 "$RECORDER"
    wait "$RECORDER" || true
    local says="ton: warning: 1 take is unfinished or in no session (v_01.wav): \`ton record --recover\` completes it"
    COLUMNS=200 ton record --device null --arm V=1 --length "0.2 s" 2>record.txt
    ton play --device null --speed 0 2>play.txt
    ton mix 2>mix.txt
    for verb in record play mix; do
        cat $verb.txt
        [ "$(tr '\n' ' ' <$verb.txt | grep -cF "$says")" -eq 1 ]
    done
    run ton record --recover
    echo "$output"
    [[ "$output" == *", and stand in session song at 0:00.000, muted: a lane to choose from, for v_02.wav was recorded later" ]]
    cat sessions/song.yaml
    grep -q "{take: v_02.wav, at: 0:00, to: " sessions/song.yaml
    grep -q "{take: v_01.wav, at: 0:00, to: .*, mute: yes}" sessions/song.yaml
    run ton mix
    [[ "$output" != *unfinished* ]]
}

@test "a mix leaves a production.db of an older version as it is" {
    make_song
    ton record --device null --arm V=1 --length "0.2 s"
    for change in "DROP INDEX takes_of_file" "DROP TABLE clips" "ALTER TABLE takes DROP COLUMN inputs" "PRAGMA user_version = 3"; do
        rows "$change"
    done
    ton mix
    [ "$(rows "PRAGMA user_version")" -eq 3 ]
    [ "$(ls production.db*)" = production.db ]
}

@test "passes of a loop that is being recorded wait for its stop, not for a recovery" {
    make_song
    begin --device null --arm V=1 --loop --from 0:00 --to 0:00.5 --passes 99 </dev/null
    until_long audio/v_03.wav 4000
    [ -n "$(rows "SELECT 1 FROM takes WHERE frames > 0 AND placed = 0")" ]
    run ton mix
    [[ "$output" != *unfinished* ]]
    kill -9 "$RECORDER"
    wait "$RECORDER" || true
    run ton mix
    [[ "$output" == *unfinished* ]]
}

# told_twice: two signals, so close to each other that nothing happens between them.
told_twice() {
    kill -STOP "$RECORDER"
    kill -TERM "$RECORDER"
    kill -HUP "$RECORDER"
    kill -CONT "$RECORDER"
    ends 130
}

@test "who wants it to end at once is told of a recovery where a take is not ended, and else not frightened" {
    make_song
    stand_by --device null --arm V=1
    told_twice
    [ ! -s err.txt ]
    rm events.jsonl
    stand_by --device null --arm V=1
    echo record >&4
    wait_event records
    echo stop >&4
    wait_event placed
    wait_event stops
    told_twice
    [ ! -s err.txt ]
    rm events.jsonl
    stand_by --device null --arm V=1
    echo record >&4
    wait_event records
    told_twice
    grep -q "not ended in order: .* \`ton record --recover\` completes it" err.txt
    exec 4>&-
    run ton record --recover
    [[ "$output" == v_02.wav:* ]]
}

until_row() {
    for _ in $(seq 200); do
        [ -z "$(rows 'SELECT id FROM takes')" ] || return 0
        sleep 0.05
    done
    return 1
}

@test "a mark is of all tracks that are recorded, at the same frame" {
    begin_two
    echo mark before >&4
    echo record >&4
    wait_event records
    echo mark second verse >&4
    sleep 0.2
    echo stop >&4
    wait_event placed
    echo quit >&4
    exec 4>&-
    wait "$RECORDER"
    [ "$(grep -c '"event":"mark"' events.jsonl)" -eq 2 ]
    [ "$(rows "SELECT count(DISTINCT take), count(DISTINCT at), count(*) FROM marks WHERE text = 'second verse'")" = "2|1|2" ]
    [ "$(rows "SELECT count(*) FROM marks WHERE text = 'before' AND take IS NULL")" -eq 1 ]
    [ "$(ton takes | grep -c "second verse")" -eq 2 ]
}

@test "a take that is gone is told with its place in the text, and keeps nobody from recording" {
    make_song
    ton record --device null --arm V=1 --arm W=2 --length "1 s"
    rm audio/v_01.wav
    ton record --device null --arm X=3 --length "1 s" 2>err.txt # another track
    cat err.txt
    grep -q "sessions/song.yaml:[0-9]*:[0-9]*: warning: the take .v_01.wav. is missing, so its clips are silent" err.txt
    ton record --device null --arm V --length "1 s" # the same one
    [ "$(rows "SELECT count(*) FROM takes WHERE placed = 1 AND frames = 48000")" -eq 4 ]
    [ "$(grep -o "take: [vwx]_0[0-9].wav" sessions/song.yaml | sort | tr '\n' ' ')" = "take: v_01.wav take: v_02.wav take: w_01.wav take: x_01.wav " ]
    run ton play --device null # which was not asked to do without
    [ "$status" -eq 2 ]
    [[ "$output" == *"v_01.wav"* ]]
}

@test "a number that a row or a file has is not given again, over gaps and beyond 999" {
    start_server 2 2 48000 1024
    start_client source --play counter:1
    wait_port source:out_1
    make_song
    mkdir -p audio
    echo theirs >audio/v_01.wav
    echo theirs >audio/v_04.wav
    take() {
        ton record --arm V=source:out_1 --length "0.1 s" | tail -n 1 | cut -d: -f1
    }
    [ "$(take)" = v_02.wav ]
    [ "$(take)" = v_03.wav ]
    [ "$(take)" = v_05.wav ]
    rows "UPDATE takes SET number = 998 WHERE number = 5"
    echo theirs >audio/v_1000.wav
    [ "$(take)" = v_999.wav ]
    [ "$(take)" = v_1001.wav ]
    # Not even when the file is gone and its row is another session's, whose text names it.
    rows "UPDATE takes SET session = 'other'"
    rm audio/v_1001.wav
    [ "$(take)" = v_1002.wav ]
    [ "$(cat audio/v_01.wav audio/v_04.wav audio/v_1000.wav | sort -u)" = theirs ]
    [ "$(rows 'SELECT number FROM takes ORDER BY id' | tr '\n' ' ')" = "2 3 998 999 1001 1002 " ]
}
