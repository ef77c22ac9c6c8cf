#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-3.0-or-later
# Clean lines of a whole stage are not blamed: drums with all their microphones, voices, instruments, music, machines that play
# everything again to the sample, and lines on which nothing is played. A stretch of 20 s here, on another day another one; twenty
# of a minute with `make soak`.
load common.bash
load jack.bash

# make_stretch NUMBER SECONDS: stageNUMBER.wav, another stretch of the recordings.
make_stretch() {
    nice "$TON_STAGE" clean "stage$1.wav" "$2" "${TON_DATA:-}" "$(((10#$(date +%j) + $1 * 7) * 11 % 300))" >truth.jsonl
}

# check_stretch NUMBER SECONDS: checkNUMBER.json; false where this machine had no time for the server or for what plays.
check_stretch() {
    local status=0
    start_server 2 2 48000 2048
    start_client stage --play "stage$1.wav"
    wait_port stage:out_41
    ton check --length "${2}s" --json >"check$1.json" || status=$?
    [ "$status" -le 1 ]
    stop_client stage >/dev/null
    stop_server
    [ "$(json "check$1.json" 'd["device"]["xruns"] or all(line["verdict"] == "fault" for line in d["lines"])')" = False ]
}

@test "no clean line of a stage is blamed" {
    stretches=${TON_STRETCHES:-1} seconds=20 status=0
    [ "$stretches" = 1 ] || seconds=60
    ton new p >/dev/null && cd p
    make_stretch 1 "$seconds"
    list_inputs
    for stretch in $(seq "$stretches"); do
        [ "$stretch" = "$stretches" ] || make_stretch $((stretch + 1)) "$seconds" &
        check_stretch "$stretch" "$seconds" || check_stretch "$stretch" "$seconds" || check_stretch "$stretch" "$seconds"
        wait $!
        rm "stage$stretch.wav"
    done
    "$TON_SOURCE/tests/cli/check-table" truth.jsonl $(ls check[0-9]*.json | sort -V) >table.txt || status=$?
    cat table.txt
    [ -z "${TON_TABLE:-}" ] || cp table.txt "$TON_TABLE"
    [ "$status" -eq 0 ]
}
