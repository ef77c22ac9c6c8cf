#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-3.0-or-later
# What changed, in words: between files, revisions and whole productions.
load common.bash
bats_require_minimum_version 1.5.0

commit() { # MESSAGE
    git add production.yaml sessions
    git -c user.name=t -c user.email=t@example.org commit -q -m "$1"
}

# A production under git, with a session that has bars.
make_history() {
    make_production song
    cd song || return 1
    cat >sessions/song.yaml <<'YAML'
tonmeister: 1
title: Song
tempo: 120 bpm
sections:
  verse: {from: 1|1, to: 2|1}
  chorus: {from: 2|1, to: 3|1}
tracks:
  Kick:
    role: drums.kick
    clips:
      - {take: Kick.wav, at: 1|1, to: 0:02}
      - {take: Kick.wav, at: 2|1, from: 0:02, crossfade: 10 ms}
    chain: [compressor: {ratio: 4}]
    gain: -3 dB
    automation: {gain: [[1|1, 0 dB], [2|1, -1 dB], [3|1, 0 dB]]}
  Vox: {role: vocals.lead, clips: [{take: Lead Vox.wav, fade out: 10 ms}]}
YAML
    git init -q .
    commit first
}

edit() { # PERL-EXPRESSION FILE
    perl -0pi -e "$1" "$2"
}

@test "files, a file and a revision, from anywhere in the repository" {
    make_history
    cp sessions/song.yaml before.yaml
    run ton diff before.yaml sessions/song.yaml
    [ "$status" -eq 0 ]
    [ "$output" = "nothing that can be heard changed" ]
    edit 's/gain: -3 dB/gain: -1.5 dB/' sessions/song.yaml
    run ton diff before.yaml sessions/song.yaml
    [ "$status" -eq 0 ]
    [ "$output" = "Kick: fader -3 dB → -1.5 dB (+1.5 dB)" ]
    said=$output
    run ton diff sessions/song.yaml --against HEAD
    [ "$output" = "$said" ]
    run ton diff HEAD:sessions/song.yaml sessions/song.yaml
    [ "$output" = "$said" ]
    cd sessions # a path counts from here, or from the top of the repository
    run ton diff HEAD:sessions/song.yaml song.yaml
    echo "$output"
    [ "$output" = "$said" ]
    run ton diff song.yaml --against HEAD
    [ "$output" = "$said" ]
    cd /
    run ton diff "$WORK/song/sessions/song.yaml" --against HEAD
    [ "$output" = "$said" ]
    # A copy that has no takes beside it is compared with those of the other.
    mkdir "$WORK/lone" && cp "$WORK/song/before.yaml" "$WORK/lone/lone.yaml"
    run --separate-stderr ton diff "$WORK/lone/lone.yaml" "$WORK/song/sessions/song.yaml"
    [ "$output" = "$said" ]
    [[ $stderr == *"no takes lie beside"* ]]
}

@test "clips to the end of their take have a length: fades, crossfades and the arrangement are told" {
    make_history
    edit 's/fade out: 10 ms/fade out: 250 ms/' sessions/song.yaml
    edit 's/crossfade: 10 ms/crossfade: 30 ms/' sessions/song.yaml
    run ton diff sessions/song.yaml --against HEAD
    echo "$output"
    [ "$output" = "Kick: clip at 2|1 (Kick.wav): crossfade 10 ms → 30 ms
Vox: clip at 1|1 (Lead Vox.wav): fade out 10 ms → 250 ms" ]
    git checkout -q sessions
    edit 's/^tracks:/arrangement: [chorus, verse]\ntracks:/m' sessions/song.yaml
    run ton diff sessions/song.yaml --against HEAD
    echo "$output"
    [ "$output" = "arrangement as recorded → chorus, verse
length 0:06.000 → 0:04.000" ]
}

@test "moves, in music, in time and in samples" {
    make_history
    edit 's/at: 2\|1, from/at: 2|3, from/' sessions/song.yaml
    run ton diff sessions/song.yaml --against HEAD
    [[ $output == *"Kick: clip at 2|1 (Kick.wav) moved 2 beats later, to 2|3"* ]]
    git checkout -q sessions
    edit 's/clips: \[\{take: Lead Vox.wav,/clips: [{take: Lead Vox.wav, at: 0:00.120,/' sessions/song.yaml
    run ton diff sessions/song.yaml --against HEAD
    [[ $output == *"Vox: clip at 1|1 (Lead Vox.wav) moved 120 ms later, to 1|1|230"* ]]
    edit 's/at: 0:00.120/at: 3 samples/' sessions/song.yaml
    run ton diff sessions/song.yaml --against HEAD
    echo "$output"
    [[ $output == *"Vox: clip at 1|1 (Lead Vox.wav) moved 3 samples later"* ]]
}

@test "what nobody hears is said to be so: comments, order of keys, a title, a new name" {
    make_history
    edit 's/^title: Song\ntempo: 120 bpm/# a comment\ntempo: 120.0 bpm\ntitle:   "Song"/m' sessions/song.yaml
    edit 's/ratio: 4/ratio: 4:1/; s/at: 2\|1, from/at: 0:02, from/' sessions/song.yaml
    run ton diff sessions/song.yaml --against HEAD
    [ "$output" = "nothing that can be heard changed" ]
    edit 's/"Song"/"Sung"/; s/Vox:/Voice:/' sessions/song.yaml
    run ton diff sessions/song.yaml --against HEAD
    echo "$output"
    [ "$output" = "title Song → Sung
Voice: renamed, was Vox
nothing that can be heard changed" ]
    [ "$status" -eq 0 ]
}

@test "a missing take is remarked on and hides no change" {
    make_history
    rm audio/Kick.wav
    edit 's/fade out: 10 ms/fade out: 20 ms/; s/crossfade: 10 ms/crossfade: 30 ms/; s/ratio: 4/ratio: 6/' sessions/song.yaml
    run --separate-stderr ton diff sessions/song.yaml --against HEAD
    echo "$output"
    [ "$status" -eq 0 ]
    [ "$output" = "Kick: compressor ratio 4:1 → 6:1
Kick: clip at 2|1 (Kick.wav): crossfade 10 ms → 30 ms
Vox: clip at 1|1 (Lead Vox.wav): fade out 10 ms → 20 ms" ]
    [[ $stderr == *"HEAD:sessions/song.yaml: 1 take cannot be looked at (Kick.wav)"* ]]
}

@test "each thing that git cannot give has its own sentence" {
    make_history
    cp sessions/song.yaml ../outside.yaml
    git mv sessions/song.yaml renamed.yaml
    printf 'tonmeister: 1\ntitle: Later\n' >later.yaml
    git add later.yaml
    git -c user.name=t -c user.email=t@example.org commit -q -m second
    cp renamed.yaml new.yaml
    declare -A wrong=(
        ["renamed.yaml --against HAED"]='git knows no revision `HAED`; did you mean `HEAD`?'
        ["renamed.yaml --against v7"]='git knows no revision `v7`; write for example'
        ["HEAD:reamed.yaml renamed.yaml"]='there is no `reamed.yaml` at `HEAD`; did you mean `renamed.yaml`?'
        ["renamed.yaml reamed.yaml"]='reamed.yaml'
        ["reamed.yaml --against HEAD"]='reamed.yaml'
        ["new.yaml --against HEAD"]='new.yaml: this file is not committed to git yet'
        ["renamed.yaml --against HEAD~1"]='at `HEAD~1` the file `renamed.yaml` was called `sessions/song.yaml`; compare with `ton diff HEAD~1:sessions/song.yaml renamed.yaml`'
        ["later.yaml --against HEAD~1"]='`later.yaml` was not there yet at `HEAD~1`'
        ["../outside.yaml --against HEAD"]='this is in no git repository'
        ["renamed.yaml --against -x"]='is no revision'
        ["renamed.yaml ."]='are not of one kind'
        ["HEAD:renamed.yaml --against HEAD"]='names a revision, and so does'
        ["renamed.yaml"]='needs two sessions'
    )
    for arguments in "${!wrong[@]}"; do
        # shellcheck disable=SC2086 # words
        run ton diff $arguments
        echo "$arguments: $status $output"
        [ "$status" -eq 2 ]
        [[ $output == *"${wrong[$arguments]}"* ]]
    done
    run ton diff renamed.yaml --against "--output=x"
    [ "$status" -eq 2 ]
    [ ! -e x ]
    mkdir empty && cd empty && git init -q . && cp ../renamed.yaml . # a repository without a commit
    run ton diff renamed.yaml --against HEAD
    [ "$status" -eq 2 ]
    [[ $output == *"no commit yet"* ]]
}

@test "without git the status is that of the environment" {
    make_history
    run env PATH=/nowhere "$TON" diff sessions/song.yaml --against HEAD
    [ "$status" -eq 3 ]
    [[ $output == *"git cannot be started"* ]]
}

@test "a mistake in an old revision is placed there" {
    make_history
    edit 's/ratio: 4/ratoi: 4/' sessions/song.yaml
    commit wrong
    git checkout -q HEAD~1 -- sessions
    run ton diff sessions/song.yaml --against HEAD
    [ "$status" -eq 2 ]
    [[ $output == *"HEAD:sessions/song.yaml:13:"*"did you mean \`ratio\`?"* ]]
}

@test "a production: tags, mastering, deliverables, and each of its sessions" {
    make_history
    run ton diff --against HEAD
    [ "$output" = "nothing that can be heard changed" ]
    cat >production.yaml <<'YAML'
tonmeister: 1
title: Song
artist: Nobody
sessions: [song]
master:
  chain: [eq: {high pass: 20 Hz}, limiter: {ceiling: -1 dBTP}]
  loudness: -14 LUFS
deliverables:
  master: {spec: streaming, format: wav 24-bit 48 kHz}
  tv: {without: [vocals.lead]}
YAML
    commit production
    edit 's/Nobody/Somebody/' production.yaml
    run ton diff production.yaml --against HEAD
    echo "$output"
    [ "$output" = "artist Nobody → Somebody
nothing that can be heard changed" ]
    edit 's/-14 LUFS/-16 LUFS/; s/high pass: 20 Hz/high pass: 30 Hz/; s/format: wav 24-bit 48 kHz/format: [wav 24-bit 48 kHz, flac]/; s/  tv:/  tv mix:/' production.yaml
    printf '  cd: {spec: cd, format: wav 16-bit 44.1 kHz}\n' >>production.yaml
    edit 's/gain: -3 dB/gain: -1.5 dB/' sessions/song.yaml
    run ton diff . --against HEAD
    echo "$output"
    [ "$status" -eq 0 ]
    echo "$output"
    [ "$output" = "artist Nobody → Somebody
master: eq high pass 20 Hz → 30 Hz
master: loudness target -14 LUFS → -16 LUFS
deliverable master: format wav 24-bit 48 kHz → wav 24-bit 48 kHz, flac
deliverable tv renamed tv mix
deliverable cd added (wav 16-bit 44.1 kHz, spec cd)
song: Kick: fader -3 dB → -1.5 dB (+1.5 dB)" ]
    ton diff --against HEAD --json >d.json
    [ "$(json d.json 'd["a"], d["b"], d["heard"], d["remarks"]')" = "('HEAD:.', '.', True, [])" ]
    [ "$(json d.json 'd["changes"][-1]')" = "{'session': 'song', 'strip': 'Kick', 'what': 'fader', 'from': '-3 dB', 'to': '-1.5 dB', 'text': 'fader -3 dB → -1.5 dB (+1.5 dB)'}" ]
    cp -r "$WORK/song" "$WORK/other"
    run ton diff "$WORK/song" "$WORK/other"
    [ "$output" = "nothing that can be heard changed" ]
    make_take "$WORK/other/audio/Kick.wav" 6 70
    run ton diff "$WORK/song" "$WORK/other"
    [[ $output == *"take Kick.wav is another recording"* ]]
}

@test "a session that cannot be read is not said to be unchanged" {
    make_history
    cp -r "$WORK/song" "$WORK/other"
    printf 'volume: 3\n' >>"$WORK/other/sessions/song.yaml"
    run ton diff "$WORK/song" "$WORK/other"
    [ "$status" -eq 2 ]
    [[ $output == *"unknown key \`volume\`"*"song is not compared"* ]]
    [[ $output == *"nothing that can be heard changed in what was compared" ]]
    run ton diff "$WORK/song" "$WORK/other" --json
    [ "$status" -eq 2 ]
    [[ $output == *'"heard": null'* ]]
}
