#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-3.0-or-later
# Chain presets: listed, named in a session, taken out and changed.
load common.bash
bats_require_minimum_version 1.5.0

session() { # FILE CHAIN
    printf 'tonmeister: 1\ntracks:\n  Vox:\n    clips: [{take: Lead Vox.wav}]\n    chain: %s\n' "$2" >"sessions/$1.yaml"
}

@test "presets are listed with what they are for, the production's own among them" {
    make_production song
    cd song
    mkdir presets
    printf 'tonmeister: 1\ntext: "Mine."\nchain: [gate]\n' >presets/my-kick.yaml
    run -0 ton processors --presets
    [[ "$output" == *"lead vocal"*"built in"*"A sung lead"* ]]
    [[ "$output" == *"my kick"*"presets/my-kick.yaml"*"Mine."* ]]
    ton processors --presets --json >all.json
    [ "$(json all.json 'len(d["presets"]) == len({p["name"] for p in d["presets"]}) >= 14')" = True ]
    run -2 --separate-stderr ton processors --presets 'led vocal'
    [[ "$stderr" == *"there is no preset \`led vocal\`; did you mean \`lead vocal\`?"* ]]
}

@test "a preset sounds as the chain that stands in it, and a change as what is changed" {
    make_production song
    cd song
    session preset '{preset: bass}'
    { printf 'tonmeister: 1\ntracks:\n  Vox:\n    clips: [{take: Lead Vox.wav}]\n'
      ton processors --presets bass | sed -n '/^chain:/,$p' | sed 's/^/    /'; } >sessions/written.yaml
    session changed '{preset: bass, compressor: {threshold: -40 dB}}'
    ton mix sessions/preset.yaml -o preset.wav
    ton mix sessions/written.yaml -o written.wav
    ton mix sessions/changed.yaml -o changed.wav
    cmp preset.wav written.wav
    refute cmp -s preset.wav changed.wav
    run -0 ton diff sessions/preset.yaml sessions/written.yaml
    [[ "$output" == *"nothing that can be heard changed"* ]]
    run -0 ton diff sessions/preset.yaml sessions/changed.yaml
    [[ "$output" == *"Vox: compressor threshold -24 dB → -40 dB"* ]]
}

@test "a preset that is taken out and changed takes the place of the one built in" {
    make_production song
    cd song
    session song '[preset: kick]'
    ton mix sessions/song.yaml -o before.wav
    mkdir presets
    ton processors --presets kick | sed 's/range: 30 dB/range: 0 dB/' >presets/kick.yaml
    ton mix sessions/song.yaml -o after.wav
    refute cmp -s before.wav after.wav
}

@test "a master's chain can be a preset too" {
    make_production song
    cd song
    sed -i 's/^  chain:.*/  chain: [preset: mix glue, limiter: {ceiling: -1 dBTP}]/; /^    - /d' production.yaml
    run -0 ton deliver
}

@test "mistakes of a preset stand in its own text and where it is named" {
    make_production song
    cd song
    mkdir presets
    printf 'tonmeister: 1\ntext: "Mine."\nchain: [compresor, gate]\n' >presets/mine.yaml
    session song '{preset: mine}'
    run -2 --separate-stderr ton mix sessions/song.yaml -o x.wav
    [[ "$stderr" == *"presets/mine.yaml:3:9: unknown processor \`compresor\`; did you mean \`compressor\`?"* ]]
    [[ "$stderr" == *"sessions/song.yaml:5:21: the preset \`mine\` has mistakes"* ]]
    [ ! -e x.wav ]
}

@test "a file that a preset names is a source of what is delivered" {
    make_production song
    cd song
    make_take audio/room.wav 1 100
    mkdir presets
    printf 'tonmeister: 1\ntext: "A room."\nchain:\n  - convolver: {response: room.wav}\n' >presets/room.yaml
    sed -i '0,/^    clips:.*/s//&\n    chain: {preset: room}/' sessions/song.yaml
    ton deliver --quiet
    run -0 json out/manifest.json '[s["path"] for s in d["sources"] if "room" in s["path"]]'
    [ "$output" = "['audio/room.wav']" ]
}
