#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-3.0-or-later
load common.bash

configure() { # TEXT of config.yaml
    mkdir -p "$XDG_CONFIG_HOME/tonmeister"
    echo "$1" >"$XDG_CONFIG_HOME/tonmeister/config.yaml"
}

sound_bytes() { # of the cache of song
    find song/.cache -name "*.wav*" -printf "%s\n" | awk '{ n += $1 } END { print n + 0 }'
}

@test "ton cache shows what is kept and prunes it" {
    make_production song
    ton -C song deliver
    run ton -C song cache
    [ "$status" -eq 0 ]
    [[ $output == *"mixes "*" 1 "*"MB"* ]]
    [[ $output == *"a delivery leaves at most 20 GB of sound"* ]]
    ton -C song cache --json >c.json
    [ "$(json c.json 'd["limit"]')" -eq 20000000000 ]
    [ "$(json c.json '[k["entries"] for k in d["kinds"] if k["name"] == "masters"][0]')" -eq 1 ]
    [ "$(json c.json 'all(k["last_used"] > "2020" for k in d["kinds"] if k["entries"])')" = True ]
    [ "$(json c.json 'sum(k["bytes"] for k in d["kinds"] if k["name"] not in ("drawings", "texts"))')" -eq "$(sound_bytes)" ]
    run ton -C song cache prune --to 3MB
    [ "$status" -eq 0 ]
    [[ $output == *"1 entry removed"* ]]
    [ "$(sound_bytes)" -le 3000000 ]
    [ "$(sound_bytes)" -gt 0 ]
    ton -C song cache prune --all
    [ "$(find song/.cache -name "*.wav*" -o -name "*.svg*" | wc -l)" -eq 0 ]
    run ton -C song deliver
    [ "$status" -eq 0 ]
    [[ $output == *"Nothing changed"* ]]
}

@test "a delivery leaves what the configuration says, the last used of it" {
    make_production song
    configure "cache: 7 MB" # a state of this song is 4.8 MB
    ton -C song deliver
    before=$(sound_bytes)
    [ "$before" -gt 4000000 ]
    find song/.cache -name "*.wav" | sort >first
    for gain in -1 -2 -3; do
        sed -i "0,/gain: .* dB/s//gain: $gain dB/" song/sessions/song.yaml
        ton -C song deliver
        [ "$(sound_bytes)" -le 7000000 ]
    done
    find song/.cache -name "*.wav" | sort | comm -12 first - >left
    [ ! -s left ]
    configure "cache: off"
    sed -i "0,/gain: .* dB/s//gain: -4 dB/" song/sessions/song.yaml
    ton -C song deliver
    [ "$(sound_bytes)" -eq 0 ]
    run ton -C song deliver
    [[ $output == *"Nothing changed"* ]]
    run ton -C song cache
    [[ $output == *"leaves no sound"* ]]
}

@test "a mistake in the configuration is told at its place, with the right word" {
    make_production song
    configure "cach: 20 GB"
    run ton -C song deliver
    [ "$status" -eq 2 ]
    [[ $output == *"config.yaml:1:1"*'did you mean `cache`'* ]]
    configure "cache: 20"
    run ton -C song cache
    [ "$status" -eq 2 ]
    [[ $output == *"config.yaml:1:8"*"20 GB"* ]]
}

@test "slips with ton cache are told" {
    make_production song
    run ton -C song cache prnue
    [ "$status" -eq 2 ]
    [[ $output == *'`prune`'* ]]
    run ton -C song cache --to 5GB
    [ "$status" -eq 2 ]
    [[ $output == *'`ton cache prune`'* ]]
    run ton -C song cache prune --to 5GB --all
    [ "$status" -eq 2 ]
    run ton cache
    [ "$status" -eq 2 ]
    [[ $output == *"no production.yaml here"* ]]
}
