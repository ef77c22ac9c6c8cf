#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-3.0-or-later
# doc/guide/recording.md as typed, in its own order, against a server of the test's own.
load common.bash
load jack.bash

@test "the commands of doc/guide/recording.md work as written, and leave what they say" {
    start_server 4 2 48000 1024
    mkdir bin
    ln -s "$TON" bin/ton
    PATH=$WORK/bin:$PATH
    python3 - "$TON_SOURCE/doc/guide/recording.md" >guide.sh <<'PY'
import re, sys
blocks = re.findall(r"^```sh\n(.*?)^```", open(sys.argv[1], encoding="utf-8").read(), re.M | re.S)
print("\n".join([blocks[0], "cd first-light", *blocks[1:]]))
PY
    [ "$(grep -c 'ton record' guide.sh)" -ge 6 ]
    unset -f ton
    run timeout 60 bash -eux guide.sh
    echo "$output"
    [ "$status" -eq 0 ]
    cd first-light
    for take in drums_01 bass_01 keys_01 bass_02 drums_02; do
        [ -s "audio/$take.wav" ] || ls audio
        ffprobe -v error "audio/$take.wav"
    done
    # The punch lies in the middle of the bass, and what was killed stands in the session.
    grep -q "bass_02.wav" sessions/first-light.yaml
    grep -q "bass_06.wav" sessions/first-light.yaml # after three passes
    ton() { "$TON" "$@"; }
    ton measure --json audio/drums_01.wav >measured.json
    [ "$(json measured.json 'd["files"][0]["format"]["frames"]')" = 96000 ]
    [[ $output == *"second verse"* ]] # told by `ton takes`
}
