#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-3.0-or-later
load common.bash

@test "a mix goes to out/mixes, 24-bit, and measures what it said" {
    make_production song
    ton -C song mix --json >mix.json
    [ "$(json mix.json 'd["mixes"][0]["path"]')" = out/mixes/song.wav ]
    [ "$(json mix.json 'd["mixes"][0]["format"]')" = "wav 24-bit 48 kHz" ]
    ton measure --json song/out/mixes/song.wav >m.json
    [ "$(json m.json 'd["files"][0]["format"]["encoding"]')" = "PCM 24-bit" ]
    difference=$(python3 -c '
import json
mix, file = json.load(open("mix.json"))["mixes"][0], json.load(open("m.json"))["files"][0]
assert mix["frames"] == file["format"]["frames"]
print(max(abs(mix[k] - file[k]) for k in ("integrated_lufs", "true_peak_dbtp", "rms_dbfs")))')
    echo "# the file differs from what was measured on its way by $difference dB (at most 0.01)" >&3
    [ "$(python3 -c "print($difference <= 0.01)")" = True ]
}

@test "a stretch without a role is mixed alone, in the format that was asked for" {
    make_production song
    ton -C song mix song --only drums --from 0:01 --to 0:03.5 -o "$WORK/kick.flac" --format "flac 16-bit"
    ton measure --json kick.flac >m.json
    [ "$(json m.json 'd["files"][0]["format"]["frames"]')" -eq 120000 ]
    [ "$(json m.json 'd["files"][0]["format"]["container"]')" = FLAC ]
    ton -C song mix song --without drums --without vocals -o "$WORK/none.wav"
    ton measure --json none.wav >m.json
    [ "$(json m.json 'd["files"][0]["integrated_lufs"]')" = None ]
}

@test "what cannot be mixed is said and leaves no file" {
    make_production song
    cd song
    for wrong in "sogn" "song --only zebra" "song --from 0:05 --to 0:02" "song --format ogg" \
        "song --format flac/96" "song --from soon"; do
        # shellcheck disable=SC2086 # words
        run ton mix $wrong -o "$WORK/x.wav"
        echo "$wrong: $status $output"
        [ "$status" -eq 2 ]
        [[ $output == ton:* ]]
        [ ! -e "$WORK/x.wav" ]
    done
    [[ $(ton mix sogn 2>&1) == *"did you mean \`song\`?" ]]
    cd "$WORK"
    run ton mix
    [ "$status" -eq 2 ]
    [[ $output == *"no folder \`sessions\` here"* ]]
    [ -z "$(find "$WORK" -name '.ton-*')" ]
}

@test "a difference is told between two files, and between a file and a revision" {
    make_production song
    cd song
    git init -q .
    git add sessions
    git -c user.name=t -c user.email=t@example.org commit -q -m first
    cp sessions/song.yaml before.yaml
    run ton diff before.yaml sessions/song.yaml
    [ "$status" -eq 0 ]
    [ "$output" = "nothing that can be heard changed" ]
    sed -i '0,/gain: 0 dB/s//gain: -3 dB/' sessions/song.yaml
    run ton diff before.yaml sessions/song.yaml
    [[ $output == *"gain 0 dB to -3 dB"* ]]
    said=$output
    run ton diff sessions/song.yaml --against HEAD
    [ "$output" = "$said" ]
    run ton diff HEAD:sessions/song.yaml sessions/song.yaml
    [ "$output" = "$said" ]
    cd sessions # a path counts from here, or from the top of the repository
    run ton diff HEAD:sessions/song.yaml song.yaml
    [ "$output" = "$said" ]
    run ton diff song.yaml --against HEAD
    [ "$output" = "$said" ]
    run ton diff song.yaml --against no-such-revision
    [ "$status" -eq 2 ]
    run ton diff song.yaml --against "--output=x"
    [ "$status" -eq 2 ]
    [ ! -e x ]
}
