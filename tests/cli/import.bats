#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-3.0-or-later
load common.bash

@test "everything wrong with an import is said at once" {
    make_production song
    cd song
    run ton import nothere.wav
    [ "$status" -eq 2 ]
    [[ $output == *"nothere.wav"* && $output == *"every session of this production is written"* ]]
    run ton import --session song nothere.wav production.yaml
    printf '# %s\n' "${lines[@]}" >&3
    [ "$status" -eq 2 ]
    [[ $output == *"nothere.wav"* && $output == *"production.yaml: is a production"* ]]
    [[ $output == *"sessions/song.yaml: is there already"* ]]
    sed -i 's/^title:/titel:/' production.yaml
    run ton import --session x nothere.wav
    [[ $output == *"nothere.wav"* && $output == *"titel"* ]]
}

@test "a folder of recordings becomes a session with roles, pairs and equal sides found" {
    mkdir in
    make_take "in/01_Kick In.wav" 1 60
    make_take "in/OH_L.wav" 1 900
    make_take "in/OH_R.wav" 1 910
    make_take "in/LV dbl.wav" 1 440
    echo "no sound" >in/notes.txt
    ton new "Night Train"
    run ton -C night-train import "$WORK/in"
    [ "$status" -eq 0 ]
    [[ $output == *"drums.kick"* ]]
    [[ $output == *"vocals.double"* ]]
    [[ $output == *"left side of a pair"* ]]
    [[ $output == *"skipped notes.txt"* ]]
    session=night-train/sessions/night-train.yaml
    grep -q "take: \[OH_L.wav, OH_R.wav\]" $session
    [ "$(grep -c "clips:" $session)" -eq 3 ]
}

@test "takes are the originals byte for byte, and nothing is overwritten" {
    make_take Kick.wav 1 60
    ton new a
    ton -C a import "$WORK/Kick.wav"
    cmp Kick.wav a/audio/Kick.wav
    cp a/sessions/a.yaml before.yaml
    run ton -C a import "$WORK/Kick.wav" --session a
    [ "$status" -eq 2 ]
    [[ $output == *"is there already"* ]]
    cmp a/sessions/a.yaml before.yaml
    make_take Kick.wav 1 70
    ton -C a import "$WORK/Kick.wav" --session b
    cmp Kick.wav a/audio/Kick-2.wav
    grep -q "Kick-2.wav" a/sessions/b.yaml
    grep -q "sessions:.*b" a/production.yaml
}

@test "a file that cannot be used changes nothing and is named" {
    make_take Kick.wav 1 60
    echo "this is no audio" >broken.wav
    ton new a
    run ton -C a import "$WORK/Kick.wav" "$WORK/broken.wav" "$WORK/missing.wav"
    [ "$status" -eq 2 ]
    [[ $output == *"broken.wav"* ]]
    [[ $output == *"missing.wav"* ]]
    [ -z "$(ls a/audio a/sessions | grep -v :)" ]
}

@test "files of several rates keep theirs and are told" {
    make_take "Kick.wav" 1 60 1 48000
    make_take "Bass.wav" 1 60 1 48000
    make_take "Vox.wav" 1 440 1 44100
    ton new a
    run ton -C a import "$WORK/Kick.wav" "$WORK/Bass.wav" "$WORK/Vox.wav"
    [ "$status" -eq 0 ]
    [[ $output == *"44.1 kHz, resampled to 48 kHz"* ]]
    run ton -C a mix -o mix.wav
    [ "$status" -eq 0 ]
    [ -s a/mix.wav ]
}

@test "import outside a production says what to do" {
    make_take Kick.wav 1 60
    run ton import Kick.wav
    [ "$status" -eq 2 ]
    [[ $output == *"production.yaml"* ]]
    [[ $output == *"ton new"* ]]
}

@test "a production is not made twice" {
    ton new "Night Train"
    run ton new "Night Train"
    [ "$status" -eq 2 ]
    [[ $output == *"is there already"* ]]
    run ton new "X" --template podcst
    [ "$status" -eq 2 ]
    [[ $output == *"podcast"* ]]
}

@test "every template makes a production that delivers" {
    needs_libav
    make_take "Host.wav" 4 300
    for template in album film podcast song; do
        ton new "My $template" --template $template
        ton -C "my-$template" import "$WORK/Host.wav" >/dev/null
        run ton -C "my-$template" deliver
        [ "$status" -le 1 ]
        [ -s "my-$template/out/manifest.json" ]
    done
}

@test "recordings of a low rate make no session of that rate" {
    make_take "Choir.wav" 1 300 1 22050
    make_take "Phone.wav" 1 300 1 16000
    ton new a
    ton -C a import "$WORK/Choir.wav" --session low
    grep -q "rate: 44.1 kHz" a/sessions/low.yaml
    ton -C a import "$WORK/Phone.wav" --session lower
    grep -q "rate: 48 kHz" a/sessions/lower.yaml
}

@test "a recording that is here and not in --directory is told where it is" {
    make_take Kick.wav 1 60
    run ton new a
    [[ $output == *"cd a && ton import"* ]]
    run ton -C a import Kick.wav
    [ "$status" -eq 2 ]
    [[ $output == *"--directory"*"$WORK/Kick.wav"* ]]
    run ton -C a measure Kick.wav
    [ "$status" -eq 2 ]
    [[ $output == *"$WORK/Kick.wav"* ]]
    run ton -C a import nowhere.wav
    [[ $output != *"--directory"* ]]
}

@test "channel numbers of a console and sides in brackets do not part what belongs together" {
    mkdir in
    make_take "in/CH07_OHL.wav" 1 900
    make_take "in/CH08_OHR.wav" 1 910
    make_take "in/Pad (L)_01.wav" 1 300
    make_take "in/Pad (R)_01.wav" 1 310
    ton new a
    run ton -C a import "$WORK/in"
    [ "$status" -eq 0 ]
    grep -q "take: \[CH07_OHL.wav, CH08_OHR.wav\]" a/sessions/a.yaml
    grep -q "^  OH:" a/sessions/a.yaml
    grep -q "^  Pad 01:" a/sessions/a.yaml
    [ "$(grep -c "clips:" a/sessions/a.yaml)" -eq 2 ]
}

@test "what other programs lay beside recordings is told in one line, and a folder of a folder is named" {
    mkdir -p "song/Audio Files"
    make_take "song/Audio Files/Kick.wav" 1 60
    for companion in Song.ptx Kick.pkf Kick.wav.asd cover.jpg ._Kick.wav .DS_Store; do
        echo x >"song/$companion"
    done
    ton new a
    run ton -C a import "$WORK/song"
    [ "$status" -eq 2 ]
    [[ $output == *"no sound file right here"*"song/Audio Files"* ]]
    make_take "song/Bass.wav" 1 50
    run ton -C a import "$WORK/song"
    [ "$status" -eq 0 ]
    [[ $output == *"Kick.pkf, Kick.wav.asd, Song.ptx and 1 more: no recordings"* ]]
    [[ $output == *"Audio Files: is a folder in a folder"* ]]
    [[ $output != *"._Kick"* ]]
}
