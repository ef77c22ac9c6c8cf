#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-3.0-or-later
# Dear parts of sessions that are kept: the same bits with and without them.
load common.bash

# Mono and stereo, latency in front and behind, a bus, a key, automation, a reverb that hears them.
make_dear() {
    make_production song
    sed -i "/^  download:/d" song/production.yaml # how it is encoded is not the matter here
    make_take song/audio/Kick.wav 4 60
    make_take "song/audio/Lead Vox.wav" 4 440
    make_take song/audio/Choir.wav 4 300 2
    cat >song/sessions/song.yaml <<'YAML'
tonmeister: 1
tracks:
  Kick: {role: drums.kick, clips: [{take: Kick.wav}], chain: [clipper: {drive: 6 dB}], to: Drums}
  Snare: {role: drums.snare, clips: [{take: Kick.wav, at: 0:01.5}], chain: [gate], to: Drums, gain: -3 dB}
  Vox:
    role: vocals.lead
    clips: [{take: Lead Vox.wav, at: 0:00.3}]
    chain: [limiter: {ceiling: -6 dBTP}, pitch: {shift: 3 st}, compressor: {sidechain: Kick}]
    automation: {pitch.shift: [[0:01, 0 st], [0:03, 4 st]]}
    sends: {Hall: -10 dB}
  Choir: {role: vocals.choir, clips: [{take: Choir.wav, at: 0:00.1}], chain: [saturator, eq: {high pass: 100 Hz}], gain: -4 dB, sends: {Hall: -6 dB}}
  Keys: {role: keys, clips: [{take: Lead Vox.wav}], gain: -8 dB}
buses:
  Drums: {chain: [saturator: {drive: 4 dB}, compressor]}
  Hall: {chain: [reverb]}
YAML
    cat >>song/production.yaml <<'YAML'
  mix: {mastered: no, format: wav float}
  instrumental: {without: [vocals], mastered: no, format: wav float}
  a cappella: {only: [vocals], mastered: no, format: wav float}
  stems: {each: [drums, vocals.lead, vocals.choir, keys], format: wav float}
YAML
}

sums() { (cd song && find out -type f ! -name "*.html" ! -name "*.json" -exec sha256sum {} + | sort); }

@test "mixes, versions and stems have the same bits whether dear parts are rendered or read back" {
    make_dear
    ton -C song deliver
    n=$(find song/.cache/parts -name "*.wav" | wc -l)
    echo "# $n parts kept" >&3
    [ "$n" -ge 4 ]
    for edit in 's/role: keys, \(.*\)gain: -8 dB/role: keys, \1gain: -6 dB/' 's/high pass: 100 Hz/high pass: 120 Hz/' 's/chain: \[reverb\]/chain: [reverb: {decay: 1 s}]/'; do
        sed -i "$edit" song/sessions/song.yaml
        ton -C song deliver
        sums >with
        cp -r song other
        rm -r other/out other/.cache
        mkdir -p config/tonmeister
        echo "cache: off" >config/tonmeister/config.yaml # nothing is kept on the way either
        ton -C other deliver
        rm config/tonmeister/config.yaml
        [ ! -d other/.cache/parts ] || [ "$(find other/.cache/parts -name "*.wav" | wc -l)" -eq 0 ]
        cmp with <(cd other && find out -type f ! -name "*.html" ! -name "*.json" -exec sha256sum {} + | sort)
        rm -r other
    done
}

@test "ton mix keeps dear parts and reads them back, with the same bits, and its profile says so" {
    make_dear
    cp -r song plain
    rm plain/production.yaml # no production, no cache
    ton -C plain mix song -o ../plain.wav --format "wav float"
    [ ! -e plain/.cache ]
    ton -C song mix song -o ../first.wav --format "wav float" --profile >first.txt
    n=$(find song/.cache/parts -name "*.wav" | wc -l)
    echo "# $n parts kept" >&3
    [ "$n" -ge 2 ]
    grep -q "Of what is costly, 0 read from the cache, $n added to it." first.txt
    grep -q "keeping" first.txt
    ton -C song mix song -o ../second.wav --format "wav float" --profile >second.txt
    grep -Eq "Of what is costly, [1-9][0-9]* read from the cache, 0 added to it." second.txt
    grep -q "from the cache" second.txt
    [ "$(grep -c pitch second.txt)" -eq 0 ]
    cmp plain.wav first.wav
    cmp plain.wav second.wav
    ton -C song mix song -o ../third.wav --format "wav float" --profile --json >third.json
    [ "$(json third.json 'd["mixes"][0]["from_cache"]')" -ge 1 ]
    [ "$(json third.json 'd["mixes"][0]["kept"]')" -eq 0 ]
    [ "$(json third.json '[r["work"] for r in d["mixes"][0]["profile"]].count("from the cache")')" -ge 1 ]
    # A delivery reads back what a mix has kept.
    ton -C song deliver mix
    [ "$(find song/.cache/parts -name "*.wav" | wc -l)" -eq "$n" ]
    # A stretch has no parts; neither has who keeps nothing.
    rm -r song/.cache
    ton -C song mix song -o ../part.wav --from 0:01 --to 0:02
    mkdir -p config/tonmeister
    echo "cache: off" >config/tonmeister/config.yaml
    ton -C song mix song -o ../off.wav --format "wav float"
    [ ! -d song/.cache/parts ] || [ -z "$(find song/.cache/parts -name "*.wav")" ]
    cmp plain.wav off.wav
    rm config/tonmeister/config.yaml
    # A mix needs no cache: not one that is a dangling link, and none that is a file.
    rm -rf song/.cache
    ln -s nowhere/at/all song/.cache
    ton -C song mix song -o ../link.wav --format "wav float"
    cmp plain.wav link.wav
    rm song/.cache
    echo "no folder" >song/.cache
    ton -C song mix song -o ../file.wav --format "wav float"
    cmp plain.wav file.wav
}

@test "a mix that cannot keep its parts is a mix all the same, and no draft is left of any" {
    make_dear
    ton -C song mix song -o ../plain.wav --from 0:00 --format "wav float" # a stretch keeps nothing
    [ ! -e song/.cache ]
    mkdir -p song/.cache
    echo "no folder" >song/.cache/parts
    ton -C song mix song -o ../file.wav --format "wav float" --profile >file.txt
    ! grep -q "added to it" file.txt || false
    rm song/.cache/parts
    ton -C song mix song -o ../kept.wav --format "wav float"
    cmp file.wav kept.wav
    if [ "$(id -u)" -eq 0 ] && mkdir small && mount -t tmpfs -o size=4m tmpfs small 2>/dev/null; then
        cp -r song/production.yaml song/sessions small
        ln -s ../song/audio small/audio
        head -c 3M /dev/zero >small/filler
        ton -C small mix song -o ../full.wav --format "wav float"
        cmp full.wav kept.wav
        [ -z "$(find small/.cache -name '*.wav' 2>/dev/null)" ]
        [ -z "$(find small/.cache -name '.ton-*' 2>/dev/null)" ]
        umount small
    fi
    # What a mix that was killed was writing goes with the next one.
    mkdir -p song/.cache/parts
    echo draft >"song/.cache/parts/.ton-999999999-1-00000000000000000000000000000000.wav"
    ton -C song mix song -o ../young.wav --format "wav float"
    [ -n "$(find song/.cache -name '.ton-*')" ] # another container's, perhaps
    age_drafts song/.cache
    ton -C song mix song -o ../again.wav --format "wav float"
    [ -z "$(find song/.cache -name '.ton-*')" ]
}

@test "what is heard of a kept part is what lies in the cache" {
    make_dear
    ton -C song deliver
    sums >before
    rm -r song/out song/.cache/mixes song/.cache/masters
    ton -C song deliver
    cmp before <(sums)
    rm -r song/out song/.cache/mixes song/.cache/masters
    # Two of one size change places, each with its sum: nobody but the ear could tell.
    size=$(stat -c %s song/.cache/parts/*.wav | sort | uniq -d | head -1)
    mapfile -t same < <(find song/.cache/parts -name "*.wav" -size "${size}c" | sort | head -2)
    for end in "" .sum; do
        mv "${same[0]}$end" aside
        mv "${same[1]}$end" "${same[0]}$end"
        mv aside "${same[1]}$end"
    done
    ton -C song deliver
    refute cmp -s before <(sums)
}

@test "a damaged part is rendered again, one of another shift is another" {
    make_dear
    ton -C song deliver
    sums >before
    python3 - song/.cache/parts/*.wav <<'PY'
import pathlib, sys
for path in map(pathlib.Path, sys.argv[1:]):
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 64
    path.write_bytes(data)
PY
    rm -r song/out song/.cache/mixes song/.cache/masters
    ton -C song deliver
    cmp before <(sums)
    sed -i 's/\[0:03, 4 st\]/[0:03, 5 st]/' song/sessions/song.yaml
    ton -C song deliver
    refute cmp -s before <(sums)
}
