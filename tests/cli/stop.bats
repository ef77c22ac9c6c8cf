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

@test "a take that may not be read is the machine's fault: 3" {
    make_production song
    chmod -R a+rX "$WORK"
    chmod 000 song/audio/Kick.wav
    as_other=""
    if [ "$(id -u)" -eq 0 ]; then # root may read everything
        as_other="setpriv --reuid=65534 --regid=65534 --clear-groups"
        $as_other "$TON" --version >/dev/null 2>&1 || skip "nobody but root can run the program here"
    fi
    run $as_other "$TON" -C song mix
    [ "$status" -eq 3 ]
    [[ $output == *"Permission denied"* ]]
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
    sed -i 's/, at: 0:00}/, at: 0:00, repeat: 12}/' song/sessions/song.yaml
    run python3 - <<'PY'
import glob, os, signal, subprocess, sys, time
signal.signal(signal.SIGINT, signal.default_int_handler)
ton = subprocess.Popen([os.environ["TON"], "-C", "song", "deliver"], stderr=subprocess.PIPE)
for _ in range(3000):
    if glob.glob("song/out/*/*.*") or ton.poll() is not None: # a draft is hidden
        break
    time.sleep(0.01)
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

# A production of two sessions whose delivery takes a second or so; its files in right/.
make_long_production() {
    make_production song
    sed -i '/^deliverables:/,$d' song/production.yaml
    cat >>song/production.yaml <<'YAML'
deliverables:
  master: {format: [wav 24-bit, flac 16-bit]}
  small: {format: wav 16-bit 44.1 kHz, loudness: -20 LUFS}
  stems: {each: [drums, vocals]}
YAML
    sed -i 's/, at: 0:00}/, at: 0:00, repeat: 6}/' song/sessions/song.yaml
    cp -r song right
    "$TON" -C right deliver >/dev/null
}

# Stops it with SIGNAL at ten moments, each time from where the one before left it. Whatever has a
# final name is whole, and the manifest is either not there or true.
stop_at_ten_moments() {
    SIGNAL=$1 python3 - <<'PY'
import hashlib, json, os, pathlib, random, shutil, signal, subprocess, time
signal.signal(signal.SIGINT, signal.default_int_handler)
random.seed(4)
sha = lambda path: hashlib.sha256(path.read_bytes()).hexdigest()
right = {p.relative_to("right/out"): sha(p) for p in pathlib.Path("right/out").rglob("*.*")
         if p.suffix in (".wav", ".flac")}
assert len(right) == 5, right
start = time.time()
subprocess.run([os.environ["TON"], "-C", "right", "deliver", "--again"], capture_output=True, check=True)
whole = time.time() - start
stopped = 0
for i in range(10):
    if i % 3 == 0:
        shutil.rmtree("song/out", ignore_errors=True)
        shutil.rmtree("song/.cache", ignore_errors=True)
    ton = subprocess.Popen([os.environ["TON"], "-C", "song", "deliver", "--quiet"],
                           stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    time.sleep(whole * random.random())
    ton.send_signal(getattr(signal, os.environ["SIGNAL"]))
    text = ton.communicate()[1].decode()
    stopped += ton.returncode != 0
    assert ton.returncode in (0, 130, -9), (ton.returncode, text)
    for path in pathlib.Path("song").rglob("out/*/*"):
        if path.name[0] != ".":
            assert sha(path) == right[path.relative_to("song/out")], path
        else:  # what one that was killed earlier left lies there for a while
            assert ton.returncode == -9 or f"-{ton.pid}-" not in path.name, f"{path} was left behind"
    manifest = pathlib.Path("song/out/manifest.json")
    if manifest.exists():
        for entry in json.loads(manifest.read_text())["files"]:
            assert sha(pathlib.Path("song") / entry["path"]) == entry["sha256"], entry
print(f"{stopped} of 10 stopped, {whole:.1f} s each at most")
assert stopped >= 3
PY
}

@test "Ctrl-C at ten moments leaves whole files and a true manifest" {
    make_long_production
    stop_at_ten_moments SIGINT
    ton -C song deliver
    (cd right/out && sha256sum ./*/*) >sums
    (cd song/out && sha256sum -c --quiet "$WORK/sums")
}

@test "killed at ten moments, the next delivery makes the same files and clears what was left" {
    make_long_production
    stop_at_ten_moments SIGKILL
    sleep 0 & # a process that is no more, and what it would have left
    wait "$!"
    mkdir -p song/out/master song/.cache/mixes
    touch "song/out/.ton-$!-1-manifest.json" "song/out/master/.ton-$!-2-x.wav" "song/.cache/mixes/.ton-$!-3-x.wav"
    age_drafts song
    ton -C song deliver
    (cd right/out && sha256sum ./*/*) >sums
    (cd song/out && sha256sum -c --quiet "$WORK/sums")
    [ -z "$(find song/out song/.cache -name '.*' -type f)" ]
}

@test "two deliveries at once: one is made, the other is told, nothing is harmed" {
    make_long_production
    "$TON" -C song deliver >one.txt 2>&1 &
    first=$!
    run ton -C song deliver
    wait "$first" && first=0 || first=$?
    echo "$first and $status"
    # Who comes second may also come when the first is done.
    [[ "$first $status" == "0 3" || "$first $status" == "3 0" || "$first $status" == "0 0" ]]
    (cd right/out && sha256sum ./*/*) >sums
    (cd song/out && sha256sum -c --quiet "$WORK/sums")
    python3 -c 'import json; json.load(open("song/out/manifest.json"))'
}

@test "however little room is left, no file keeps half its content" {
    [ "$(id -u)" -eq 0 ] || skip "mounting a small file system needs root"
    mkdir small
    mount -t tmpfs -o size=64m tmpfs small 2>/dev/null || skip "no tmpfs can be mounted here"
    umount small
    make_long_production
    (cd right/out && sha256sum ./*/*) >sums
    need=$(du -sk right | cut -f1)
    for percent in 20 45 60 75 85 92; do
        mount -t tmpfs -o "size=$((need * percent / 100))k" tmpfs small
        cp -r song small/
        run ton -C small/song deliver
        echo "$percent %: $status $output"
        wrong=$(python3 - <<'PY'
import hashlib, pathlib
right = {line.split(None, 1)[0] for line in open("sums")}
for path in pathlib.Path("small/song").rglob("*"):
    final = path.suffix in (".wav", ".flac") and "out" in path.parts
    if ".tmp" in path.name or (final and hashlib.sha256(path.read_bytes()).hexdigest() not in right):
        print(path)
PY
        )
        umount small
        [ "$status" -eq 3 ] || [ "$status" -eq 0 ]
        [ "$status" -eq 0 ] || [[ $output == *"No space left"* ]]
        [ -z "$wrong" ]
    done
}
