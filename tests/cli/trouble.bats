#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-3.0-or-later
# What people get wrong.
load common.bash

@test "a mistyped verb and a mistyped option get the nearest" {
    run ton delivr
    [ "$status" -eq 2 ]
    [[ $output == *'deliver'* ]]
    run ton render
    [ "$status" -eq 2 ]
    [[ $output == *'is called `ton mix` here'* ]]
    run ton export
    [[ $output == *'is called `ton deliver` here'* ]]
    run ton measure --jsn a.wav
    [ "$status" -eq 2 ]
    [[ $output == *'--json'* ]]
}

@test "every mistake of a session is shown at once with its place" {
    make_production song
    cat >song/sessions/song.yaml <<'YAML'
tonmeister: 1
title: Song
rate: 48 kHz
tracks:
  Kick:
    clips: [{take: kick_99.wav, at: 0:00}]
    chain: [compresor: {threshold: -18 dB}]
    gain: -3
    to: Drms
buses:
  Drums: {chain: [eq: {high pass: 30 dB}]}
YAML
    run ton -C song mix -o x.wav
    [ "$status" -eq 2 ]
    [[ $output == *"song.yaml:6:"* ]]
    [[ $output == *"song.yaml:7:"* ]]
    [[ $output == *'`compressor`'* ]]
    [[ $output == *"song.yaml:8:"* ]]
    [[ $output == *"song.yaml:9:"* ]]
    [[ $output == *'`Drums`'* ]]
    [[ $output == *"song.yaml:11:"* ]]
    [ ! -e song/x.wav ]
}

@test "silence has no loudness, and JSON says null" {
    python3 - <<'PY'
import wave
with wave.open("silence.wav", "wb") as w:
    w.setnchannels(2); w.setsampwidth(2); w.setframerate(48000); w.writeframes(bytes(4 * 48000))
PY
    ton measure --json silence.wav >m.json
    [ "$(json m.json 'd["files"][0]["integrated_lufs"]')" = None ]
    [ "$(json m.json 'd["files"][0]["format"]["rate"]')" = 48000 ]
}

@test "a bad file among good ones does not hide the good" {
    make_take a.wav 1 440
    mkdir folder
    : >empty.wav
    run ton measure a.wav folder empty.wav missing.wav
    [ "$status" -eq 2 ]
    [[ $output == *"a.wav"* ]]
    [[ $output == *"folder"* ]]
    [[ $output == *"empty.wav"* ]]
    [[ $output == *"missing.wav"* ]]
}

@test "every verb explains itself with an example" {
    for verb in new import measure mix master deliver diff processors schema help; do
        run ton "$verb" --help
        [ "$status" -eq 0 ]
        [[ $output == *"ton $verb"* ]]
        [[ $output == *xample* ]]
    done
}

@test "an empty session mixes to a clear sentence, not to a crash" {
    ton new song >/dev/null
    printf 'tonmeister: 1\ntitle: Song\nrate: 48 kHz\ntracks: {}\n' >song/sessions/song.yaml
    run ton -C song mix -o x.wav
    [ "$status" -le 2 ]
    [ -n "$output" ]
}

@test "a file that was cut short is measured, said, and makes the exit status 1" {
    make_take whole.wav 2 440
    head -c 100000 whole.wav >cut.wav
    files=cut.wav
    if command -v flac >/dev/null; then
        flac --silent -o whole.flac whole.wav
        head -c $(($(stat -c %s whole.flac) / 2)) whole.flac >cut.flac
        files="$files cut.flac"
    fi
    if command -v ffmpeg >/dev/null; then
        ffmpeg -v error -i whole.wav -b:a 128k whole.mp3
        ffmpeg -v error -i whole.wav -movflags faststart whole.m4a
        ffmpeg -v error -i whole.wav late.m4a
        for kind in mp3 m4a; do
            head -c $(($(stat -c %s whole.$kind) / 2)) whole.$kind >cut.$kind
            files="$files cut.$kind"
        done
        head -c $(($(stat -c %s late.m4a) / 2)) late.m4a >index.m4a
        run ton measure index.m4a
        [ "$status" -eq 2 ]
        [[ $output == *"index.m4a: is an MP4 without a readable index"* ]]
    fi
    for file in $files; do
        run ton measure "$file"
        echo "$file: $status $output"
        [ "$status" -eq 1 ]
        [[ $output == *"$file: warning: is cut short: it holds "*" s of the 2.0"*" s that its header promises"* ]]
        [ "$(wc -l <<<"$output")" -eq 3 ]
        run ton measure "${file/cut/whole}"
        [ "$status" -eq 0 ]
    done
    ton measure --json cut.wav >m.json || [ "$?" -eq 1 ]
    [ "$(json m.json 'd["files"][0]["format"]["frames"] + d["files"][0]["format"]["missing_frames"]')" -eq 96000 ]
    ton new album >/dev/null
    run ton -C album import "$WORK/cut.wav"
    [[ $output == *"cut short: 1.306 s that its header promises are not there"* ]]
    run ton -C album mix
    [ "$status" -eq 0 ]
    [[ $output == *"the take \`cut.wav\` is cut short"* ]]
}

@test "a file that another verb wants is told apart in one sentence" {
    make_production song
    cp song/production.yaml other.yaml
    for verb in deliver master measure "import --session new"; do
        # shellcheck disable=SC2086
        run ton -C song $verb sessions/song.yaml
        echo "$verb: $output"
        [ "$status" -eq 2 ]
        [ "${#lines[@]}" -eq 1 ]
        [[ $output == *"sessions/song.yaml: is a session; \`ton mix"* ]]
    done
    for verb in mix deliver master measure "import --session new"; do
        # shellcheck disable=SC2086
        run ton -C song $verb production.yaml
        echo "$verb: $output"
        [ "$status" -eq 2 ]
        [ "${#lines[@]}" -eq 1 ]
        [[ $output == *"production.yaml: is a production; in its folder"* ]]
    done
    for verb in mix deliver master; do
        run ton -C song $verb audio/Kick.wav
        [ "$status" -eq 2 ]
        [ "${#lines[@]}" -eq 1 ]
        [[ $output == *"audio/Kick.wav: is a sound file; \`ton measure"* ]]
    done
    run ton mix other.yaml
    [ "$status" -eq 2 ]
    [ "${#lines[@]}" -eq 1 ]
    [[ $output == *"this is a production, not a session"* ]]
}

@test "help is pointed at once" {
    run ton mix one two
    [ "$status" -eq 2 ]
    [ "${#lines[@]}" -eq 1 ]
    [[ $output == *"ton help mix"* ]]
    run ton mix --foo
    [ "${#lines[@]}" -eq 1 ]
    run ton measure
    [ "${#lines[@]}" -eq 2 ]
    [[ $output == *"ton help measure"* ]]
}

@test "errors stand behind warnings" {
    make_production song
    cat >song/sessions/song.yaml <<'YAML'
tonmeister: 1
tracks:
  A:
    gian: 1 dB
    clips:
      - {take: Kick.wav, from: 0:00, to: 0:01}
      - {take: Kick.wav, at: 0:01, from: 0:00, to: 0:01, crossfade: 3 s}
YAML
    run ton -C song mix
    [ "$status" -eq 2 ]
    [ "${#lines[@]}" -eq 2 ]
    [[ ${lines[0]} == *:7:*warning*crossfade* ]]
    [[ ${lines[1]} == *:4:*gian* ]]
}

@test "a time without its quotes, and a stretch behind the end" {
    make_production song
    run ton -C song mix --from 13
    [ "$status" -eq 2 ]
    [[ $output == *"'13|1' (a bar)"* ]]
    run ton -C song mix --from 20:00 --to 20:01
    [ "$status" -eq 0 ]
    [[ $output == *"the stretch is silent: the last clip ends at"* ]]
}

@test "a path before the name says where a production is made" {
    run ton new "albums/2026/Night Train"
    [ "$status" -eq 0 ]
    grep -q "^title: Night Train$" albums/2026/night-train/production.yaml
    grep -q "night-train" <(grep "^sessions:" albums/2026/night-train/production.yaml)
}

# A production from a stranger may bring links where files are made.
@test "a link where a file is made is replaced, and what it leads to stays as it was" {
    make_production song
    make() {
        ton -C song deliver && ton -C song master && ton -C song mix
    }
    make
    (cd song && find out .cache -type f) >made
    for kind in out/master/ out/manifest.json out/report.html out/masters/ out/mixes/ \
        .cache/hashes .cache/mixes/ .cache/masters/ .cache/drawings/; do
        grep -qF "$kind" made
    done
    n=0
    while read -r path; do # to a take of its own each
        n=$((n + 1))
        cp song/audio/Kick.wav "song/audio/$n.wav"
        ln -sf "$PWD/song/audio/$n.wav" "song/$path"
        echo "$n.wav $path"
    done <made
    md5sum song/audio/*.wav >takes.md5
    make
    md5sum --quiet -c takes.md5
    [ -z "$(find song -type l)" ]
    ln -sf ../../audio/Kick.wav song/out/mixes/song.wav
    ton -C song mix
    md5sum --quiet -c takes.md5
    [ ! -L song/out/mixes/song.wav ]
}

@test "a file that was named keeps its link, unless that leads to a take or nowhere" {
    make_production song
    make_take song/audio/unused.wav 1 100
    mkdir disk
    : >disk/mix.wav
    ln -s disk/mix.wav mix.wav
    ton mix -o mix.wav song/sessions/song.yaml
    [ -L mix.wav ] && [ -s disk/mix.wav ]
    md5sum song/audio/*.wav >takes.md5
    for take in Kick unused; do
        ln -sf "song/audio/$take.wav" mix.wav
        run ton mix -o mix.wav song/sessions/song.yaml
        [ "$status" -eq 2 ]
        [[ $output == *"is a take"* ]]
    done
    ln -sf nowhere.wav mix.wav
    run ton mix -o mix.wav song/sessions/song.yaml
    [ "$status" -eq 2 ]
    [[ $output == *"mix.wav"*"is a link that cannot be followed"* ]]
    [ -L mix.wav ] && md5sum --quiet -c takes.md5
}

@test "out/ and .cache/ may be links to another disk" {
    make_production song
    mkdir -p disk/out disk/cache
    ln -s ../disk/out song/out
    ln -s ../disk/cache song/.cache
    ton -C song deliver
    [ -L song/out ] && [ -L song/.cache ]
    [ -s disk/out/manifest.json ] && [ -n "$(ls disk/cache)" ]
}
