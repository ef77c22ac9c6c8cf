# SPDX-License-Identifier: GPL-3.0-or-later
# What tests of recordings share: a production, its rows and text, what runs in the background, clicks that were played and came
# back. Load after common.bash (and jack.bash).

make_song() {
    ton new song >/dev/null
    cd song || exit 1
}

rows() { # SQL
    python3 -c 'import sqlite3, sys
db = sqlite3.connect("production.db")
for row in db.execute(sys.argv[1]):
    print("|".join("" if x is None else str(x) for x in row))
db.commit()' "$1"
}

# clip_begins_at FRAME: of the take, as the session's text says it.
clip_begins_at() {
    cat sessions/song.yaml
    python3 - "$1" <<'PY'
import re, sys
found = re.search(r"from: (?:(\d+) samples|(\d+):([\d.]+))", open("sessions/song.yaml").read())
frame = int(found[1]) if found[1] else round((60 * int(found[2]) + float(found[3])) * 48000)
sys.exit(f"{frame} instead of {sys.argv[1]}" if frame != int(sys.argv[1]) else 0)
PY
}

# stand_by OPTION…: `begin`, as the file that loads this has it, and it hears commands at 4.
stand_by() {
    [ -p lines ] || mkfifo lines
    exec 4<>lines
    begin --standby --json "$@" <lines
    wait_event status
}

# ends STATUS: the `ton record` in the background, RECORDER.
ends() {
    local status=0
    wait "$RECORDER" || status=$?
    grep -v '"status"' events.jsonl || true
    cat err.txt
    [ "$status" -eq "$1" ]
}

# A song of ten clicks, 0.2 s apart, on a track Click.
make_clicks() {
    make_song
    mkdir -p sessions
    python3 - <<'PY'
import wave
with wave.open("audio/click.wav", "wb") as w:
    w.setnchannels(1), w.setsampwidth(3), w.setframerate(48000)
    x = bytearray(3 * 96000)
    for at in range(4800, 96000, 9600):
        x[3 * at:3 * at + 3] = (6000000).to_bytes(3, "little")
    w.writeframes(bytes(x))
PY
    printf 'tonmeister: 1\ntitle: Song\nrate: 48 kHz\ntracks:\n  Click:\n    clips: [{take: click.wav}]\n' >sessions/song.yaml
}

# off_by TRACK: how many samples its ten clicks stand behind those of Click, the least and the most.
off_by() {
    rm -f played.wav came.wav
    ton mix -q --only Click -o played.wav --format "wav float 32-bit" >/dev/null
    ton mix -q --only "$1" -o came.wav --format "wav float 32-bit" >/dev/null
    python3 - <<'PY'
import struct
def clicks(path):
    data = open(path, "rb").read()
    at = data.index(b"data") + 8
    x = struct.unpack(f"<{(len(data) - at) // 8 * 2}f", data[at:at + (len(data) - at) // 8 * 8])[0::2]
    return [i for i, s in enumerate(x) if abs(s) > 0.1]
played, came = clicks("played.wav"), clicks("came.wav")
off = [b - a for a, b in zip(played, came)]
print(min(off), max(off)) if len(came) == len(played) == 10 else print("played", played, "came", came)
PY
}
