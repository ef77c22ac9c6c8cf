#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-3.0-or-later
# What other programs see of a delivered file's tags.
load common.bash

# One production a file of tests: every tag, every format that this build can write.
setup_file() {
    FOLDER=$(mktemp -d "${TMPDIR:-/tmp}/ton-tags-XXXXXX")
    export FOLDER
    cd "$FOLDER" || exit 1
    WORK=$FOLDER
    make_production song
    cp "$TON_SOURCE/examples/night-train/cover.jpg" song/
    sed -i 's/^artist:.*/artist: The Sleepers/' song/production.yaml
    sed -i '/^deliverables:/,$d' song/production.yaml
    lossy=", mp3 192k, opus 96k, aac 128k"
    [ "${TON_HAVE_LIBAV:-1}" = 1 ] || lossy=""
    cat >>song/production.yaml <<YAML
date: "2026-05-01"
genre: Ambient
copyright: (c) 2026 The Sleepers
comment: Recörded on a train – 録音
label: Sleeper Records
upc: "4006381333931"
language: eng
cover: cover.jpg
recordings:
  song: {title: Night Train, isrc: QZ-ABC-26-00001, writers: [First Writer, Second Writer]}
naming: tagged
deliverables:
  all: {format: [wav 24-bit, flac$lossy]}
YAML
    "$TON" -C song deliver >/dev/null
}

teardown_file() {
    cd / && rm -rf "$FOLDER"
}

has() { # TEXT WORD...
    local text=$1 word
    shift
    for word in "$@"; do
        [[ $text == *"$word"* ]] || { printf 'no "%s" in:\n%s\n' "$word" "$text"; return 1; }
    done
}

@test "metaflac shows every tag and the cover" {
    command -v metaflac >/dev/null || skip "no metaflac"
    has "$(metaflac --export-tags-to=- "$FOLDER/song/out/all/tagged.flac")" "TITLE=Night Train" \
        "ARTIST=The Sleepers" "ALBUM=" "TRACKNUMBER=1" "TRACKTOTAL=1" "ISRC=QZABC2600001" \
        "DATE=2026-05-01" "GENRE=Ambient" "COMPOSER=First Writer, Second Writer" \
        "COMMENT=Recörded on a train – 録音" "COPYRIGHT=(c) 2026 The Sleepers" "LABEL=Sleeper Records" \
        "ORGANIZATION=Sleeper Records" "BARCODE=4006381333931" "LANGUAGE=eng"
    has "$(metaflac --list --block-type=PICTURE "$FOLDER/song/out/all/tagged.flac" | head -12)" \
        "Cover (front)" "image/jpeg" "width: 1000" \
        "data length: $(stat -c %s "$FOLDER/song/cover.jpg")"
    metaflac --export-picture-to=- "$FOLDER/song/out/all/tagged.flac" | cmp - "$FOLDER/song/cover.jpg"
}

@test "opusinfo shows every tag and the cover, and warns of nothing" {
    needs_libav
    command -v opusinfo >/dev/null || skip "no opusinfo"
    text=$(opusinfo "$FOLDER/song/out/all/tagged.opus")
    has "$text" "TITLE=Night Train" "ARTIST=The Sleepers" "TRACKNUMBER=1" "ISRC=QZABC2600001" \
        "DATE=2026-05-01" "METADATA_BLOCK_PICTURE=3|image/jpeg||1000x1000x24"
    [[ $text != *WARNING* ]]
}

@test "ffprobe shows the tags of every format" {
    command -v ffprobe >/dev/null || skip "no ffprobe"
    for file in "$FOLDER"/song/out/all/tagged.*; do
        echo "$file"
        has "$(ffprobe -v error -show_entries format_tags:stream_tags -of default=nk=0 "$file" | tr A-Z a-z)" \
            "title=night train" "artist=the sleepers" "genre=ambient" "track" "2026-05-01"
        text=$(ffprobe -v error -show_entries format_tags:stream_tags "$file")
        has "$text" QZABC2600001 "=eng"
        case $file in *.wav) continue ;; esac # ffprobe looks at no id3 chunk
        has "$text" "=Sleeper Records" "BARCODE=4006381333931"
    done
    for file in "$FOLDER"/song/out/all/tagged.{mp3,m4a,flac}; do
        [ -e "$file" ] || continue
        has "$(ffprobe -v error -show_streams "$file")" "codec_name=mjpeg" "attached_pic=1"
    done
}

@test "mediainfo shows ISRC, label, barcode and comment of every format" {
    command -v mediainfo >/dev/null || skip "no mediainfo"
    for file in "$FOLDER"/song/out/all/tagged.*; do
        echo "$file"
        has "$(mediainfo "$file")" "QZABC2600001" ": Sleeper Records" ": 4006381333931"
        case $file in *.opus) continue ;; esac # mediainfo shows no comment of Opus
        has "$(mediainfo "$file")" ": Recörded on a train – 録音"
    done
}

@test "mediainfo shows the broadcast extension of a WAV" {
    command -v mediainfo >/dev/null || skip "no mediainfo"
    text=$(mediainfo "$FOLDER/song/out/all/tagged.wav")
    has "$text" "The Sleepers - Night Train (all)" "Tonmeister" "2026-05-01" "QZABC2600001"
    "$TON" -C "$FOLDER/song" deliver --json >"$FOLDER/d.json"
    loudness=$(json "$FOLDER/d.json" '"%.2f" % d["deliverables"][0]["integrated_lufs"]')
    [[ $text =~ LoudnessValue\ *:\ $loudness ]]
    has "$text" LoudnessRange MaxTruePeakLevel MaxMomentaryLoudness MaxShortTermLoudness
}

@test "the broadcast extension has its fields where EBU Tech 3285 puts them" {
    python3 - "$FOLDER/song/out/all/tagged.wav" <<'PY'
import struct, sys
data = open(sys.argv[1], "rb").read()
at = data.index(b"bext")
bext = data[at + 8:at + 8 + struct.unpack("<I", data[at + 4:at + 8])[0]]
text = lambda a, n: bext[a:a + n].split(b"\0")[0].decode()
assert text(0, 256) == "The Sleepers - Night Train (all)", text(0, 256)
assert text(256, 32) == "Tonmeister"
assert text(320, 10) == "2026-05-01"
assert struct.unpack("<Q", bext[338:346])[0] == 0
assert struct.unpack("<H", bext[346:348])[0] == 2
loudness = struct.unpack("<5h", bext[412:422])
print(loudness)
assert all(-9999 < x < 9999 for x in loudness) and loudness[0] < 0 and loudness[2] <= 0
PY
}
