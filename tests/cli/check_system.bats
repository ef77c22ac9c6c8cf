#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-3.0-or-later
# The system check on a sound server: the round trip to the sample, what the disk and the load say, and what is missing told in a
# sentence. Whether this machine is good enough is no matter here.
load common.bash
load jack.bash

# It keeps all cores busy that it may use, and other tests run beside this one: it gets one of them.
ton() {
    taskset -c 0 "$TON" "$@"
}

# check STATUS… -- OPTION…: the check as JSON, in s.json; again, three times at most, where this machine had no time for the server.
check() {
    local allowed=
    while [ "$1" != -- ]; do
        allowed="$allowed $1"
        shift
    done
    shift
    for _ in 1 2 3; do
        status=0
        ton check --system --json "$@" >s.json 2>err.txt || status=$?
        grep -q "each of three tries" s.json || break
    done
    cat err.txt
    [[ " $allowed " == *" $status "* ]]
}

# finding KIND: "VERDICT FOUND | REMEDY", a line each.
finding() {
    json s.json "'\n'.join('%(verdict)s %(found)s | %(remedy)s' % f for f in d['findings'] if f['kind'] == '$1')"
}

# take: the first take of a check that runs. A link is not followed.
take() { find audio -name input_1_01.wav; }
wait_take() {
    for _ in {1..200}; do
        [ -z "$(take)" ] || return 0
        sleep 0.05
    done
    return 1
}

@test "the round trip is told to the sample, and a production's inputs are recorded under load" {
    start_server 2 2 48000 2048 # what a loop loses ends it, and this machine has others to serve
    start_client hall --loop 4800 --clock 30 --turn
    start_client room --loop 6000 --declare
    wait_port hall:loop_out_1
    wait_port room:loop_out_1
    ton new p >/dev/null && cd p
    printf 'inputs:\n  Kick: 1\n  Snare: 2\n  Far: {port: "nobody:out_1"}\n' >>production.yaml
    # What the hall plays has a clock of its own: its samples come later and later, by 1.4 a second.
    check 0 1 -- --latency hall:loop_in_1=hall:loop_out_1 --length 0.3s
    finding latency
    finding clock
    [ "$(json s.json 'abs(d["latency"]["frames"] - 4805) < 15, d["latency"]["claimed_frames"], abs(d["latency"]["drift_ppm"] - 30) < 5')" = "(True, 0, True)" ]
    [[ "$(finding latency)" == "attention 48"*" samples ("*"the ports claim 0 | write \`latency: 48"*" samples\` into config.yaml"* ]]
    [[ "$(finding polarity)" == "attention what comes back over the loop is upside down | "*"wired the other way round"* ]]
    [[ "$(finding clock)" == "attention the input of the loop-back runs "*" faster than its output, which is "*"let one follow the other's clock"* ]]
    check 0 1 -- --latency room:loop_in_1=room:loop_out_1 --second null --length 2s
    finding latency
    [ -z "$(finding polarity)" ]
    [[ "$(finding latency)" == "ok 6000 samples (125.00 ms)"*"the ports claim the same | None" ]]
    [ "$(json s.json 'd["latency"]["frames"], d["latency"]["claimed_frames"]')" = "(6000, 6000)" ]
    json s.json 'd["load"], d["clocks"]'
    [ "$(json s.json 'd["load"]["inputs"], d["load"]["recorded"], d["disk"]["needed_bytes_per_second"], d["title"]')" = "(3, True, 432000.0, 'p')" ]
    [ "$(json s.json 'not d["clocks"]["between"] or abs(d["clocks"]["between"]["ppm"]) < 200 + d["clocks"]["between"]["known_ppm"]')" = True ]
    # What stays in the production.
    [ -z "$(ls -A audio)" ]
    grep -q "<h1>p: system check</h1>" reports/system-check.html
    grep -q "^hours: .* for 3 inputs: " reports/system-check.txt
    python3 - <<'PY'
import json, sqlite3
db = sqlite3.connect("production.db")
assert db.execute("SELECT subject, seconds FROM line_checks").fetchall()[-1] == ("system", 2.0)
kept = dict(db.execute("SELECT name, verdict FROM checked_lines WHERE line_check = (SELECT max(id) FROM line_checks)").fetchall())
assert kept == {f["kind"]: f["verdict"] for f in json.load(open("s.json"))["findings"]}, kept
PY
}

@test "a cable that is missing, a port or a server that is not there: each has its sentence and its status" {
    start_server 2 2 48000 1024
    check 2 -- --latency 1=1 --length 0.3s
    [[ "$(finding latency)" == "fault nothing of what was played on \`1\` came back on \`1\`; connect them with a cable"* ]]
    [[ "$(finding disk)" == "ok "* || "$(finding disk)" == "attention "* ]]
    check 3 -- --latency 7=1 --length 0.3s
    [[ "$(finding latency)" == "fault "*7* ]]
    run ton check --system --second jack:elsewhere
    [ "$status" -eq 2 ]
    grep -q "one JACK server" <<<"$output"
    stop_server
    check 3 -- --device jack --length 0.3s
    [[ "$(finding device)" == "fault jack: no server"* ]]
    [[ "$(finding latency)" == "open the round trip was not measured | put a cable from an output to an input, and give"* ]]
    [ "$(json s.json 'd["device"], d["load"], d["disk"]["bytes_per_second"] > 0')" = "(None, None, True)" ]
    run ton check --latency 1=1
    [ "$status" -eq 2 ]
    grep -q "belongs to .--system" <<<"$output"
    run ton check --system --sheet patch.pdf
    [ "$status" -eq 2 ]
    grep -q "give one of them" <<<"$output"
    run ton check --letter
    [ "$status" -eq 2 ]
    [ ! -e patch.pdf ]
}

@test "what the loop loses is a fault of the device, not of the cable, and says what to do" {
    start_server 2 2 48000 256
    start_client room --loop 6000 --declare
    wait_port room:loop_out_1
    run_along taskset -c 0 "$TON" check --system --json --latency room:loop_in_1=room:loop_out_1 --length 0.3s >s.json &
    local checking=$!
    while kill -0 "$checking" 2>/dev/null; do
        sleep 0.5
        kill -STOP "$SERVER"
        sleep 0.15
        kill -CONT "$SERVER"
    done
    status=0
    wait "$checking" || status=$?
    finding latency
    finding xruns
    grep -q "each of three tries" s.json || skip "the loop lost nothing in one of three tries"
    [ "$status" -eq 1 ]
    [[ "$(finding latency)" == "open "*" | mend what makes xruns, then check again" ]]
    [[ "$(finding xruns)" == "fault "*" samples lost over the loop-back, "*"take a longer period than 256 frames"* ]]
    [ "$(json s.json 'd["latency"]')" = None ]
}

@test "tracks are counted without a list, lines that were named are checked alone, and who stops a check finds nothing of it" {
    ton new p >/dev/null && cd p
    # Without a list, what the session's tracks are recorded from.
    mkdir -p sessions
    printf 'tonmeister: 1\ntitle: P\nrate: 48 kHz\ntracks:\n  Voice: {input: 1}\n  Piano: {input: [3, 4]}\n' >sessions/p.yaml
    sed -i 's/^sessions:.*/sessions: [p]/' production.yaml
    check 0 1 -- --device null --length 0.3s
    [ "$(json s.json 'd["load"]["inputs"]')" = 3 ]
    run ton check --system Kick --device null
    echo "$output"
    [ "$status" -eq 2 ]
    grep -q "no input list" <<<"$output"
    printf 'inputs:\n  Kick: 1\n  Snare: 2\n' >>production.yaml
    run ton check --system Kick --device null --length 0.3s
    echo "$output"
    grep -q "for 1 input" <<<"$output"
    grep -q "^[0-9]* findings: " <<<"$output"
    [ "${lines[-1]}" = "Report: reports/system-check.html" ]
    run_along taskset -c 0 "$TON" check --system --device null --length 20s &
    local checking=$!
    wait_take
    # Another one meanwhile, in the same production, has its own takes.
    check 0 1 -- --device null --length 0.1s
    [ "$(json s.json 'd["load"]["recorded"]')" = True ]
    [ -e "$(take)" ]
    kill -INT "$checking"
    wait "$checking" || [ $? -eq 130 ]
    [ -z "$(ls -A audio)" ]
}

@test "what a killed check left goes with the next; a link of that name and a stranger's file stay" {
    ton new p >/dev/null && cd p
    printf 'inputs:\n  Kick: 1\n' >>production.yaml
    mkdir victim audio/.ton-system-check
    touch victim/precious.wav victim/input_1_01.wav audio/.ton-system-check/mine.wav
    ln -s ../victim audio/.ton-system-check-linked
    run_along taskset -c 0 "$TON" check --system --device null --length 20s &
    local checking=$!
    wait_take
    kill -KILL "$checking"
    wait "$checking" || [ $? -eq 137 ]
    [ -e "$(take)" ]
    check 0 1 -- --device null --length 0.1s
    ls -A audio victim
    [ "$(echo $(ls -A audio))" = ".ton-system-check .ton-system-check-linked" ]
    [ -e victim/precious.wav ] && [ -e victim/input_1_01.wav ] && [ -e audio/.ton-system-check/mine.wav ]
}

@test "a folder that takes cannot be written to, and a full disk, are faults" {
    unshare -rm true 2>/dev/null || skip "no name spaces for users here"
    ton new p >/dev/null && cd p
    run unshare -rm bash -euc "mount -t tmpfs -o size=1m none audio
        mount -o remount,ro audio
        '$TON' check --system --device null --length 0.2s"
    echo "$output"
    [ "$status" -eq 1 ]
    grep -q "^disk *fault *audio: takes cannot be written here: Read-only" <<<"$output"
    run unshare -rm bash -euc "mount -t tmpfs -o size=900k none audio
        '$TON' check --system --device null --length 0.2s"
    echo "$output"
    [ "$status" -eq 1 ]
    grep -q "^disk *open *too little room" <<<"$output"
    grep -q "^hours *fault *0.* minutes left for 32 inputs" <<<"$output"
}
