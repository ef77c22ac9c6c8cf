#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-3.0-or-later
# Why a file was made, as the table and the JSON of a delivery say it.
load common.bash

setup_song() {
    make_production song
    cat >>song/production.yaml <<'YAML'
  instrumental: {without: [vocals], loudness: -16 LUFS}
  stems: {each: [drums, vocals], format: wav 24-bit}
YAML
    ton -C song deliver >/dev/null
}

again() { # makes a delivery; its reasons are asked for with why NAME [STEM]
    ton -C song deliver "$@" --json >d.json
}

why() {
    json d.json "[\"; \".join(f[\"why\"]) for f in d[\"deliverables\"] if f[\"name\"] == \"$1\" and (f[\"stem\"] or \"\") == \"${2:-}\"][0]"
}

@test "a delivery says of each file whether it was built or is up to date" {
    make_production song
    run ton -C song deliver
    [ "$(grep -c "  built$" <<<"$output")" -eq "$N_FILES" ]
    [[ $output == *"built  master, download: it was not delivered before"* ]]
    run ton -C song deliver
    [ "$(grep -c "  up to date$" <<<"$output")" -eq "$N_FILES" ]
    refute grep -q "^built" <<<"$output"
}

@test "a moved fader is the reason of what hears it, and of nothing else" {
    setup_song
    sed -i 's/Lead Vox:/&\n    gain: -2 dB/; /gain: 0 dB/d' song/sessions/song.yaml
    again
    [[ $(why master) == *"Lead Vox: fader 0 dB → -2 dB"* ]]
    [[ $(why stems vocals) == *"Lead Vox: fader 0 dB → -2 dB"* ]]
    [ "$(why stems drums)" = "" ]
    [ "$(why instrumental)" = "" ]
    run ton -C song deliver
    [[ $output == *"Nothing changed"* ]]
    sed -i 's/gain: -2 dB/gain: -3 dB/' song/sessions/song.yaml
    run ton -C song deliver
    [[ $output == *"built  master, download, stems (vocals): Lead Vox: fader -2 dB → -3 dB"* ]]
}

@test "a take's bytes, a tag, the chain, loudness, format and ceiling are told apart" {
    setup_song
    make_take song/audio/Kick.wav 6 70
    again
    [ "$(why stems drums)" = "the take Kick.wav has other bytes" ]
    [ "$(why master)" = "the take Kick.wav has other bytes" ]
    [ "$(why stems vocals)" = "" ]
    echo 'label: Small Records' >>song/production.yaml
    again
    [ "$(why stems vocals)" = "label Small Records added" ]
    sed -i 's/ceiling: -1 dBTP/ceiling: -2 dBTP/' song/production.yaml
    again
    [[ $(why master) == "master: limiter ceiling -1 dBTP → -2 dBTP" ]]
    [ "$(why stems vocals)" = "" ]
    sed -i 's/loudness: -16 LUFS/loudness: -17 LUFS/' song/production.yaml
    again
    [[ $(why instrumental) == *"-16 LUFS → -17 LUFS" ]]
    [ "$(why master)" = "" ]
    sed -i 's/format: wav 24-bit}/format: wav 16-bit}/' song/production.yaml
    again
    [[ $(why stems drums) == *"format wav 24-bit → wav 16-bit" ]]
    [ "$(why instrumental)" = "" ]
}

@test "what was asked for, deleted, changed or new is said to be" {
    setup_song
    again --again instrumental
    [ "$(why instrumental)" = "it was asked for with --again" ]
    rm song/out/instrumental/*
    again
    [ "$(why instrumental)" = "the file is no longer there" ]
    truncate -s -3 song/out/instrumental/*
    again
    [ "$(why instrumental)" = "the file was changed" ]
    echo '  more: {only: [vocals]}' >>song/production.yaml
    again
    [ "$(why more)" = "it was not delivered before" ]
    [ "$(why instrumental)" = "" ]
}

@test "without the cache the reasons are shorter, and a mute is said" {
    setup_song
    rm -r song/.cache/texts
    sed -i '0,/Lead Vox:/s//&\n    mute: yes/' song/sessions/song.yaml
    again
    [ "$(why master)" = "its mix changed" ]
    sed -i '/mute: yes/d' song/sessions/song.yaml
    again
    [[ $(why master) == "Lead Vox: "* ]]
    sed -i '0,/Lead Vox:/s//&\n    mute: yes/' song/sessions/song.yaml
    again
    [[ $(why master) == "Lead Vox: "* ]]
    [ "$(why stems drums)" = "" ]
}

@test "the reason of a file that was not asked for is still known when it is made later" {
    setup_song
    sed -i 's/Lead Vox:/&\n    gain: -2 dB/; /gain: 0 dB/d' song/sessions/song.yaml
    again master
    [[ $(why master) == *"Lead Vox: fader 0 dB → -2 dB"* ]]
    sed -i 's/gain: -2 dB/gain: -3 dB/' song/sessions/song.yaml
    again master
    [[ $(why master) == *"Lead Vox: fader -2 dB → -3 dB"* ]]
    again
    [ "$(why master)" = "" ]
    [[ $(why stems vocals) == *"Lead Vox: fader 0 dB → -3 dB"* ]]
    [ "$(why stems drums)" = "" ]
    again stems
    [ "$(why stems vocals)" = "" ]
}

@test "a file is said to be made only from what it was made from" {
    setup_song
    was() { # PATH: its hash in the entry of the instrumental, "None" where it was none, "" where it is today's
        json song/out/manifest.json "[s[\"sha256\"] for f in d[\"files\"] if f[\"name\"] == \"instrumental\" for s in f.get(\"made_from\", []) if s[\"path\"] == \"$1\"]"
    }
    drums=$(sha256sum <song/audio/Kick.wav | cut -d" " -f1)
    make_take song/audio/Bass.wav 6 80
    sed -i 's/^tracks:/&\n  Bass: {role: bass, clips: [{take: Bass.wav}]}/' song/sessions/song.yaml
    again master # with a take that the instrumental never had
    make_take song/audio/Bass.wav 6 90
    make_take song/audio/Kick.wav 6 70
    again master
    [ "$(was audio/Bass.wav)" = "[None]" ]
    [ "$(was audio/Kick.wav)" = "['$drums']" ]
    make_take song/audio/Kick.wav 6 75
    again master
    [ "$(was audio/Kick.wav)" = "['$drums']" ]
    # Taken out and put back with other bytes, it still is what it was made from.
    cp song/sessions/song.yaml second.yaml
    sed -i '/Bass:/d; s/Kick.wav/Lead Vox.wav/' song/sessions/song.yaml
    again master
    [ "$(was audio/Kick.wav)" = "['$drums']" ]
    cp second.yaml song/sessions/song.yaml
    again master
    make_take song/audio/Bass.wav 6 95
    again
    [[ $(why instrumental) == *"the take Kick.wav has other bytes"* ]]
    [[ $(why instrumental) != *"the take Bass.wav has other bytes"* ]]
    [ "$(was audio/Kick.wav)" = "[]" ]
}

@test "a file that has another name than before is said to, and by its old one" {
    setup_song
    sed -i 's/^artist: .*/artist: Somebody Else/' song/production.yaml
    grep -q "artist: Somebody Else" song/production.yaml
    again
    [[ $(why master) == "it was called out/"*".wav" ]]
}
