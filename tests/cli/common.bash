# SPDX-License-Identifier: GPL-3.0-or-later
# What every bats file loads: an empty folder a test, and recordings made on the spot.

setup() {
    WORK=$(mktemp -d "${TMPDIR:-/tmp}/ton-cli-XXXXXX")
    cd "$WORK" || exit 1
    export XDG_CONFIG_HOME=$WORK/config
}

teardown() {
    cd / && rm -rf "$WORK"
}

ton() {
    "$TON" "$@"
}

# The one that meson runs on: what lies in front of it may be a script that looks for one (pyenv), 0.1 s each time.
python3() {
    command "${TON_PYTHON:-python3}" "$@"
}

# A 24-bit WAV of a sine: make_take FILE SECONDS HZ [CHANNELS [RATE]], one period (at most a second) over and over. Python is
# there wherever meson is.
make_take() {
    python3 - "$@" <<'PY'
import math, sys, wave
name, seconds, hz = sys.argv[1], float(sys.argv[2]), float(sys.argv[3])
channels = int(sys.argv[4]) if len(sys.argv) > 4 else 1
rate = int(sys.argv[5]) if len(sys.argv) > 5 else 48000
frames = int(seconds * rate)
period = min(frames, rate // math.gcd(rate, int(hz)) if hz == int(hz) else frames)
once = bytearray()
for i in range(period):
    for c in range(channels):
        x = 0.3 * math.sin(2 * math.pi * hz * (i + 3 * c) / rate)
        once += int(x * 8388607).to_bytes(3, "little", signed=True)
with wave.open(name, "wb") as w:
    w.setnchannels(channels)
    w.setsampwidth(3)
    w.setframerate(rate)
    w.writeframes((bytes(once) * (frames // max(period, 1) + 1))[:3 * channels * frames])
PY
}

# A production with two tracks, a vocal and drums: make_production FOLDER
make_production() {
    ton new "$1" >/dev/null
    N_FILES=4
    if [ "${TON_HAVE_LIBAV:-1}" = 0 ]; then # no MP3, no Opus
        sed -i 's/, mp3 320k, opus 160k/, wav 16-bit/' "$1/production.yaml"
        N_FILES=3
    fi
    make_take "$WORK/Kick.wav" 6 60
    make_take "$WORK/Lead Vox.wav" 6 440
    ton -C "$1" import "$WORK/Kick.wav" "$WORK/Lead Vox.wav" >/dev/null
}

needs_libav() {
    [ "${TON_HAVE_LIBAV:-1}" = 1 ] || skip "built without libav: no MP3, Opus or AAC"
}

# As if nobody had written for two hours to what killed processes left in FOLDER.
age_drafts() {
    find "$1" -name ".ton-*" -exec touch -d "2 hours ago" {} +
}

json() { # FILE EXPRESSION over `d`
    python3 -c 'import json,sys; d=json.load(open(sys.argv[1])); print(eval(sys.argv[2]))' "$@"
}

# Succeeds when the command fails: a bare `! command` counts in bats only as the last line of a test.
refute() {
    if "$@"; then
        echo "this should not have succeeded: $*"
        return 1
    fi
}
