#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-3.0-or-later
# Through PipeWire, which is a JACK server to those that ask it: a daemon of the test's own, whose one device plays into itself.
load common.bash
load recording.bash

teardown() {
    [ -z "${DAEMON:-}" ] || kill "$DAEMON" 2>/dev/null || true
    cd / && rm -rf "$WORK"
}

start_pipewire() {
    [ "${TON_HAVE_JACK:-1}" = 1 ] || skip "built without JACK"
    command -v pipewire >/dev/null && command -v pw-jack >/dev/null || skip "no PipeWire here"
    mkdir -m 700 run conf
    cat >conf/pipewire.conf <<'CONF'
context.properties = { core.daemon = true core.name = pipewire-0 support.dbus = false default.clock.rate = 48000
    default.clock.allowed-rates = [ 48000 ] default.clock.quantum = 1024 default.clock.min-quantum = 1024 default.clock.max-quantum = 1024 }
context.spa-libs = { audio.convert.* = audioconvert/libspa-audioconvert support.* = support/libspa-support }
context.modules = [
    { name = libpipewire-module-protocol-native }
    { name = libpipewire-module-metadata }
    { name = libpipewire-module-spa-node-factory }
    { name = libpipewire-module-client-node }
    { name = libpipewire-module-access }
    { name = libpipewire-module-adapter }
    { name = libpipewire-module-link-factory }
]
context.objects = [
    { factory = metadata args = { metadata.name = default } }
    { factory = spa-node-factory args = { factory.name = support.node.driver node.name = Dummy-Driver node.group = pipewire.dummy priority.driver = 20000 } }
    { factory = adapter args = { factory.name = support.null-audio-sink node.name = studio media.class = Audio/Sink audio.position = "FL,FR"
        object.linger = true adapter.auto-port-config = { mode = dsp monitor = true position = preserve } } }
]
CONF
    export XDG_RUNTIME_DIR=$PWD/run
    unset JACK_DEFAULT_SERVER
    PIPEWIRE_CONFIG_DIR=$PWD/conf setpriv --pdeathsig TERM pipewire 3>&- >pipewire.log 2>&1 &
    DAEMON=$!
    for _ in $(seq 100); do
        ! pw-jack "$TON" devices --ports 2>/dev/null | grep -q "^studio:monitor_FR " || return 0
        sleep 0.1
    done
    skip "PipeWire does not run here: $(tail -n 1 pipewire.log)"
}

@test "three commands record a track, and an overdub stands where the measured way says" {
    start_pipewire
    make_clicks
    pw-jack "$TON" devices --json --latency studio:playback_FL=studio:monitor_FL >latency.json
    pw-jack "$TON" record --arm Dub=studio:monitor_FL --outputs studio:playback_FL,studio:playback_FR --length "2.2 s" \
        --latency "$(json latency.json 'd["latency_frames"]') samples" >told.txt 2>&1
    cat latency.json told.txt
    [ "$(wc -l <told.txt)" -eq 2 ]
    echo "off by $(off_by Dub)"
    [ "$(off_by Dub)" = "0 0" ]
}
