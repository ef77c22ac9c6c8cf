#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-3.0-or-later
# The commands of doc/guide/setting-up.md as they are written: on a stage whose faults are known, and in a room that is.
load common.bash
load jack.bash

@test "the commands of the guide work as written: they find the reversed overhead, measure the room, and correct it" {
    "$TON_STAGE" faulty stage.wav 40 ${TON_DATA:+"$TON_DATA"} >truth.jsonl
    python3 "$TON_SOURCE/tests/cli/make-room" made.wav
    start_server 4 4 48000 1024
    start_client stage --play stage.wav
    start_client room --room made.wav:2 --loop 1024
    wait_port stage:out_23
    wait_port room:room_out_1
    mkdir bin
    ln -s "$TON" bin/ton
    PATH=$WORK/bin:$PATH
    # The dummy device has nothing to say: the stage's lines and the room are its ports.
    python3 - "$TON_SOURCE/doc/guide/setting-up.md" >guide.sh <<'PY'
import re, sys
text = "\n".join(re.findall(r"^```sh\n(.*?)^```", open(sys.argv[1], encoding="utf-8").read(), re.M | re.S))
text, n = re.subn(r"port: ([123]),", r"port: 'stage:out_\1',", text)
text, m = re.subn(r"port: 4,", r"port: 'stage:out_7',", text)
text, k = re.subn("L=1 --loudspeaker R=2 --microphone 1 --loopback 3=2",
                  "L=room:room_in_1 --loudspeaker R=room:room_in_2 --microphone room:room_out_1 --loopback room:loop_in_1=room:loop_out_1 --length 2s --pause 1.5s", text)
text = text.replace("ton check --system", "taskset -c 0 ton check --system") # other tests run beside this one
text, j = re.subn("check --length 20s", "check --length 20s || [ $? = 1 ]", text)
assert (n, m, k, j) == (3, 1, 3, 1), (n, m, k, j)
print(text)
PY
    unset -f ton
    run timeout 240 bash -eux guide.sh
    echo "$output"
    [ "$status" -eq 0 ]
    cd club-night
    [ "$(head -c 5 patch.pdf)" = "%PDF-" ]
    grep -q "^OH R: fault: reversed against .OH L." <<<"$output"
    grep -q "^Bass: attention: hum" <<<"$output"
    grep -q "^2 lines: " <<<"$output"
    grep -q "^R: to do: .R. comes in with reversed polarity, and .L. does not" reports/room.txt
    grep -q "channel: right" room/room.yaml
    grep -q "^Heard through the monitor chain room/room.yaml (L through its left side, R through its right side)" <<<"$output"
    [ -s reports/line-check.html ] && [ -s reports/system-check.html ] && [ -s reports/room.html ] && [ -s measured/room.html ]
    # What an editor writes, in place of the guide's own path.
    sed -n "s#^monitor chain: /home/me/club-night/#monitor chain: $PWD/#p" "$TON_SOURCE/doc/guide/setting-up.md" >config.yaml
    [ "$(wc -l <config.yaml)" -eq 1 ]
    mkdir -p "$XDG_CONFIG_HOME/tonmeister"
    mv config.yaml "$XDG_CONFIG_HOME/tonmeister"
    grep -q "^ton play --monitor-chain room/room.yaml$" "$TON_SOURCE/doc/guide/setting-up.md"
    mkdir -p sessions
    printf 'tonmeister: 1\ntitle: Night\nrate: 48 kHz\ntracks:\n  Room:\n    clips: [{take: room-fir_01.wav}]\n' >sessions/night.yaml
    cp room/room-fir_01.wav audio/
    sed -i 's/^sessions:.*/sessions: [night]/' production.yaml
    for chain in "" "--monitor-chain room/room.yaml"; do
        run ton play --device null --speed 0 $chain
        echo "$output"
        [ "$status" -eq 0 ]
        grep -q "heard through the monitor chain room.yaml" <<<"$output"
    done
}
