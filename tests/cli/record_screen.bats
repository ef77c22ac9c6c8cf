#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-3.0-or-later
# What a deck shows on a terminal, and says where there is none.
load common.bash

make_song() {
    ton new song >/dev/null
    cd song || exit 1
    mkdir -p sessions
    printf 'tonmeister: 1\nrate: 48 kHz\ntempo: 120 bpm\ntracks:\n  Voice: {input: 1}\n  Übungsraum mit langem Namen: {input: [2, 3]}\n' >sessions/song.yaml
}

# screens ROWS COLUMNS COMMAND…: runs it on a terminal of that size; all that was drawn, in frames.json
screens() {
    python3 - "$@" <<'PY' || skip "no pseudo-terminal here"
import fcntl, json, os, pty, re, struct, sys, termios
rows, columns = int(sys.argv[1]), int(sys.argv[2])
try:
    pid, fd = pty.fork()
except OSError:
    sys.exit(1)
if pid == 0:
    fcntl.ioctl(1, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
    os.execvp(sys.argv[3], sys.argv[3:])
text = b""
try:
    while block := os.read(fd, 65536):
        text += block
except OSError:
    pass
os.waitpid(pid, 0)
drawn = re.findall("\x1b\\[\\?7l(.*?)\x1b\\[\\?7h", text.decode(), re.S)
frames = [re.sub("\x1b\\[[0-9;]*m", "", frame).split("\r\n")[:-1] for frame in drawn]
print("\n".join(frames[-1]), f"\n{len(frames)} frames")
assert max(len(frame) for frame in frames) < rows
assert max(len(line) for frame in frames for line in frame) <= columns
json.dump(frames, open("frames.json", "w"))
PY
}

@test "a punch is counted in, rolled into, recorded and rolled out of, each in a word" {
    make_song
    for columns in 80 40; do
        screens 24 $columns timeout 60 "$TON" record --device null --speed 2 --arm Voice --from "2|1" --punch-in "3|1" --punch-out "3|3" --count-in 1
        python3 - <<'PY'
import json
frames = json.load(open("frames.json"))
words = [frame[0].split()[0] for frame in frames]
seen = [w for i, w in enumerate(words) if i == 0 or words[i - 1] != w]
print(seen)
assert [w for w in seen if w != "STOP"] == ["COUNT", "PRE", "REC", "POST"]
whole = " ".join(frames[-2])
assert "ring" in whole and "disk" in whole and "of 10 s" in whole
PY
    done
}

@test "a loop shows which pass it is, both sides of a track are told apart, and long names keep to their columns" {
    make_song
    screens 12 40 timeout 60 "$TON" record --device null --speed 2 --loop --from 0:00 --to 0:02 --passes 2 --monitor on
    python3 - <<'PY'
import json
frames = [" ".join(frame) for frame in json.load(open("frames.json"))]
assert any("pass 1 of 2" in f for f in frames) and any("pass 2 of 2" in f for f in frames)
assert any("Übung… L " in f and "Übung… R " in f for f in frames), frames[-1]
assert any("Voice    " in f for f in frames), frames[-1]
PY
    screens 6 30 timeout 60 "$TON" record --device null --speed 4 --length "2 s"
}

@test "where there is no terminal, it is said once what is waited for" {
    make_song
    "$TON" record --device null --arm Voice --follow ltc --ltc-in 8 >out.txt 2>&1 &
    local recorder=$!
    for _ in $(seq 200); do
        ! grep -q "waiting for timecode at input 8" out.txt || break
        sleep 0.05
    done
    kill -TERM "$recorder"
    wait "$recorder" || true
    cat out.txt
    [ "$(grep -c "waiting for timecode at input 8" out.txt)" = 1 ]
}
