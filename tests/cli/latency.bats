#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-3.0-or-later
# How long sound is on its way: recordings stand where they were played, whatever the ports claim, and when they claim otherwise.
load common.bash
load jack.bash
load recording.bash

@test "inputs that take different times stand together: what comes in sooner waits" {
    start_server 2 2 48000 512
    make_clicks
    start_client hall --loop 1700:1 --declare
    start_client room --loop 900:1 --declare
    wait_port hall:loop_out_1
    wait_port room:loop_out_1
    steadily ton record --arm Far=hall:loop_out_1 --arm Near=room:loop_out_1 --outputs hall:loop_in_1,room:loop_in_1 --length "2.2 s"
    # The loudspeaker in the room is heard 850 - 450 samples before that in the hall, and this is what their microphones have.
    echo "far by $(off_by Far), near by $(off_by Near)"
    [ "$(off_by Far)" = "0 0" ]
    [ "$(off_by Near)" = "-400 -400" ]
}

@test "ports that claim otherwise are heeded by the next take, and told while one runs" {
    start_server 2 2 48000 512
    make_clicks
    start_client hall --loop 1700:2 --declare
    start_client room --loop 900:2 --declare
    wait_port hall:loop_out_1
    wait_port room:loop_out_1
    begin_standby --arm Dub=hall:loop_out_1 --outputs hall:loop_in_1,hall:loop_in_2
    record_clicks 1
    [ "$(off_by Dub)" = "0 0" ] || skip_where_lost
    move_to_room
    echo locate 0 >&4
    record_clicks 2
    [ "$(off_by Dub)" = "0 0" ] || skip_where_lost
    grep -q "sound takes 900 samples through the device now, not 1700" events.jsonl
    echo locate 0 >&4
    echo record >&4
    wait_lines '"event":"records"' 3
    jack_disconnect room:loop_out_1 "tonmeister:in 1 (Dub)"
    jack_connect hall:loop_out_1 "tonmeister:in 1 (Dub)"
    wait_lines "samples through the device now, not 900 as when take 3 began" 1
    echo quit >&4
    exec 4>&-
    wait "$RECORDER"
}

@test "a cable that was pulled moves nobody" {
    start_server 2 2 48000 512
    make_clicks
    start_client hall --loop 1700:2 --declare
    wait_port hall:loop_out_2
    begin_standby --arm Dub=hall:loop_out_1 --arm Spare=hall:loop_out_2 --outputs hall:loop_in_1,hall:loop_in_2
    jack_disconnect hall:loop_out_2 "tonmeister:in 2 (Spare)"
    jack_disconnect "tonmeister:mix R" hall:loop_in_2
    record_clicks 2
    echo quit >&4
    exec 4>&-
    wait "$RECORDER"
    [ "$(off_by Dub)" = "0 0" ] || skip_where_lost
    ! grep "sound takes" events.jsonl
}

@test "a length that was asked for comes back whole, however late" {
    ton new song >/dev/null
    cd song
    mkfifo lines
    timeout 30 "$TON" record --device null --standby --json --arm V=1 --length "1 s" --latency "20000 samples" <lines >events.jsonl &
    local recorder=$!
    exec 4>lines
    echo record >&4
    wait "$recorder"
    exec 4>&-
    grep '"placed"' events.jsonl
    python3 -c 'import json
placed = [e for e in map(json.loads, open("events.jsonl")) if e["event"] == "placed"]
assert len(placed) == 1 and 48000 <= placed[0]["frames"] < 60000, placed'
}

@test "a device with one output, and one with none, records" {
    for outputs in 1 0; do
        start_server 2 "$outputs" 48000 1024
        rm -rf song
        ton new song
        cd song
        ton record --arm V=2 --length "0.3 s" >../told.txt 2>&1
        cd ..
        cat told.txt
        grep -q "heard" told.txt
        ! grep "does not say" told.txt
        [ "$(rows_of song)" = "v_01.wav 14400" ]
        stop_server
    done
    start_server 2 0 48000 1024
    cd song
    run ton play
    echo "$output"
    [ "$status" -eq 3 ]
    [[ "$output" == *"no outputs to play through"* ]]
}

rows_of() {
    python3 -c 'import sqlite3, sys
print(*sqlite3.connect(sys.argv[1] + "/production.db").execute("SELECT file, frames FROM takes").fetchone())' "$1"
}

# begin_standby ARGUMENT…: ton record in the background, which hears commands at 4.
begin_standby() {
    mkfifo lines
    run_along "$TON" record "$@" --standby --json <lines >events.jsonl &
    RECORDER=$!
    exec 4>lines
    wait_event status
}

# Take N, of all of them: until the place that is recorded lies behind the last click, however late this machine begins.
record_clicks() {
    local before at
    before=$(wc -l <events.jsonl)
    echo record >&4
    for _ in $(seq 200); do
        at=$(tail -n "+$((before + 1))" events.jsonl | grep '"recording":true' | tail -n 1 | sed 's/.*"at":\([0-9]*\).*/\1/' || true)
        [ "${at:-0}" -le 105600 ] || break
        sleep 0.1
    done
    echo stop >&4
    wait_lines '"event":"placed"' "$1"
}

# The cables of what records.
move_to_room() {
    jack_disconnect hall:loop_out_1 "tonmeister:in 1 (Dub)"
    jack_disconnect "tonmeister:mix L" hall:loop_in_1
    jack_disconnect "tonmeister:mix R" hall:loop_in_2
    jack_connect room:loop_out_1 "tonmeister:in 1 (Dub)"
    jack_connect "tonmeister:mix L" room:loop_in_1
    jack_connect "tonmeister:mix R" room:loop_in_2
}
