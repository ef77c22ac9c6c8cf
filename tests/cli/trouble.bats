#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-3.0-or-later
# What people get wrong.
load common.bash

@test "a mistyped verb and a mistyped option get the nearest" {
    run ton delivr
    [ "$status" -eq 2 ]
    [[ $output == *'deliver'* ]]
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
