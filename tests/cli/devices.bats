#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-3.0-or-later
# What sound goes in and out through, with a server of the test's own beside any that runs.
load common.bash
load jack.bash

@test "a server's rate, period, ports and latencies are listed" {
    start_server 4 2 44100 256
    json devices.json 'd["devices"][0]["name"]' | grep -qx "$JACK_DEFAULT_SERVER"
    [ "$(json devices.json 'd["devices"][0]["rate_hz"]')" = 44100 ] || [ "$(json devices.json 'd["devices"][0]["rate_hz"]')" = 44100.0 ]
    [ "$(json devices.json 'd["devices"][0]["period_frames"]')" = 256 ]
    [ "$(json devices.json '[d["devices"][0][k] for k in ("inputs", "outputs")]')" = "[4, 2]" ]
    [ "$(json devices.json '[p["name"] for p in d["devices"][0]["ports"] if p["direction"] == "in"][3]')" = system:capture_4 ]
    [ "$(json devices.json '{p["latency_frames"] for p in d["devices"][0]["ports"] if p["direction"] == "in"}')" = "{256}" ]
    run ton devices --ports
    [ "$status" -eq 0 ]
    grep -Eq "^jack +$JACK_DEFAULT_SERVER +44.1 kHz +256 +4 +2 " <<<"$output"
    grep -Eq "^system:capture_4 +in +4 +sound +256 \(5\.8 ms\)" <<<"$output"
    grep -Eq "^system:playback_2 +out +2 +sound " <<<"$output"
}

@test "without a server it is said how to get one, and null is there" {
    export JACK_DEFAULT_SERVER="ton-test-nobody-$$"
    run ton devices
    [ "$status" -eq 0 ]
    grep -Eq "^null +null +any +any +any +any" <<<"$output"
    [ "${TON_HAVE_JACK:-1}" = 0 ] || grep -q "no server .$JACK_DEFAULT_SERVER. runs; start one" <<<"$output"
    [ -z "$(ton devices 2>&1 >/dev/null)" ] # libraries say nothing
}

@test "a typing error is told with the nearest word" {
    run ton device
    [ "$status" -eq 2 ]
    grep -q "devices" <<<"$output"
    run ton devices --port
    [ "$status" -eq 2 ]
    grep -q -- "--ports" <<<"$output"
}
