#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-3.0-or-later
# The guide's own commands, in its own order: what a new user types must work.
load common.bash

@test "the commands of doc/guide/first-song.md work as written" {
    needs_libav
    cp -r "$TON_SOURCE/examples/night-train" "$WORK/night-train"
    rm -rf night-train/out night-train/.cache
    mkdir bin
    ln -s "$TON" bin/ton
    PATH=$WORK/bin:$PATH
    python3 - "$TON_SOURCE/doc/guide/first-song.md" >guide.sh <<'PY'
import re, sys
text = open(sys.argv[1], encoding="utf-8").read()
for block in re.findall(r"^```sh\n(.*?)^```", text, re.M | re.S):
    print(block)
PY
    [ "$(grep -c '^ton' guide.sh)" -ge 8 ]
    unset -f ton
    run bash -eux guide.sh
    echo "$output"
    [ "$status" -eq 0 ]
    # The edits of the guide meet the example: `ton diff` has something to say.
    [[ $output == *"Snare: gain"* ]]
}
