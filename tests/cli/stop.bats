#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-3.0-or-later
# Ctrl-C, full disks, folders one may not write to.
load common.bash

no_partial_files() {
    [ -z "$(find "$1" -name '.*.tmp*' -o -name '*.part' -o -name '.ton-*')" ]
}

@test "Ctrl-C in the middle leaves no partial file and exit status 130" {
    make_production song
    sed -i 's/, at: 0:00}/, at: 0:00, repeat: 600}/' song/sessions/song.yaml
    # A shell starts what is in the background with SIGINT ignored; a terminal does not.
    run python3 - <<'PY'
import os, signal, subprocess, sys, time
signal.signal(signal.SIGINT, signal.default_int_handler)
ton = subprocess.Popen([os.environ["TON"], "-C", "song", "deliver"], stderr=subprocess.PIPE)
time.sleep(1)
ton.send_signal(signal.SIGINT)
print(ton.communicate()[1].decode())
sys.exit(ton.returncode)
PY
    echo "$output"
    [ "$status" -eq 130 ]
    [ -z "$(find song/out -type f 2>/dev/null)" ]
    no_partial_files song
}

@test "a read-only folder is told and nothing is left" {
    make_production song
    chmod -R a+rX "$WORK"
    as_other=""
    if [ "$(id -u)" -eq 0 ]; then # root may write everywhere
        as_other="setpriv --reuid=65534 --regid=65534 --clear-groups"
        $as_other "$TON" --version >/dev/null 2>&1 || skip "nobody but root can run the program here"
    fi
    chmod -R a-w song
    run $as_other "$TON" -C song deliver
    chmod -R u+w song
    [ "$status" -eq 3 ]
    [[ $output == *"ermission"* ]]
    [ ! -e song/out ]
}

@test "a full disk is told with exit status 3, and no file keeps half its content" {
    [ "$(id -u)" -eq 0 ] || skip "mounting a small file system needs root"
    mkdir small
    mount -t tmpfs -o size=2m tmpfs small 2>/dev/null || skip "no tmpfs can be mounted here"
    make_production song
    cp -r song small/
    run ton -C small/song deliver
    left=$(find small/song/out -type f -name '*.wav' 2>/dev/null; find small/song -name '*.tmp*')
    umount small
    [ "$status" -eq 3 ]
    [[ $output == *"No space left"* ]]
    [ -z "$left" ]
}

@test "output that cannot be written is an error" {
    make_take a.wav 1 440
    run bash -c '"$TON" measure a.wav >/dev/full'
    [ "$status" -eq 3 ]
}

@test "what a stopped delivery has made stands the next time, and the manifest is true" {
    make_production song
    sed -i 's/, at: 0:00}/, at: 0:00, repeat: 20}/' song/sessions/song.yaml
    run python3 - <<'PY'
import glob, os, signal, subprocess, sys, time
signal.signal(signal.SIGINT, signal.default_int_handler)
ton = subprocess.Popen([os.environ["TON"], "-C", "song", "deliver"], stderr=subprocess.PIPE)
for _ in range(600):
    if glob.glob("song/out/*/*.wav") or ton.poll() is not None:
        break
    time.sleep(0.05)
ton.send_signal(signal.SIGINT)
ton.communicate()
sys.exit(ton.returncode)
PY
    [ "$status" -eq 130 ]
    python3 - song <<'PY'
import hashlib, json, pathlib, sys
root = pathlib.Path(sys.argv[1])
files = json.loads((root / "out/manifest.json").read_text())["files"]
assert files
for entry in files:
    assert hashlib.sha256((root / entry["path"]).read_bytes()).hexdigest() == entry["sha256"], entry
PY
    ton -C song deliver --json >d.json
    [ "$(json d.json 'sum(not f["rebuilt"] for f in d["deliverables"])')" -ge 1 ]
}
