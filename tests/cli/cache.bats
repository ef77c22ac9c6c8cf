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
    [[ $output == *"1 entry removed, 2."*" MB: masters 1 (2."*" MB)."* ]]
    [ "$(sound_bytes)" -le 3000000 ]
    [ "$(sound_bytes)" -gt 0 ]
    run ton -C song cache prune --all
    [ "$status" -eq 0 ]
    [[ $output =~ "entries removed, "[0-9.]+" MB: mixes 1 ("[0-9.]+" MB), drawings "[0-9]+" ("[0-9.]+" kB), texts 2 ("[0-9]+" B); without the texts the next delivery tells what kind" ]]
    [[ $output == *"0 B in all"* ]]
    [ "$(find song/.cache -name "*.wav*" -o -name "*.svg*" | wc -l)" -eq 0 ]
    run ton -C song deliver
    [ "$status" -eq 0 ]
    [[ $output == *"Nothing changed"* ]]
    ton -C song cache prune --all --json >c.json
    [ "$(json c.json 'sum(k["removed_bytes"] for k in d["kinds"]) == d["removed_bytes"]')" = True ]
    [ "$(json c.json '[k["removed_entries"] for k in d["kinds"] if k["name"] == "texts"][0]')" -ge 0 ]
    run ton -C song cache prune --all
    [[ $output == *"There was nothing to remove."* ]]
    ton -C song deliver --again
    run ton -C song cache prune --all -q
    [ "$status" -eq 0 ]
    [ -z "$output" ]
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

# 22 times in a row; the state that is left behind is another one each time.
@test "a delivery that is killed at any moment is made good by the next" {
    make_production song
    sums() { (cd song && find out -type f ! -name "*.html" ! -name "*.json" -exec sha256sum {} + | sort); }
    sed -i "0,/gain: .* dB/s//gain: -7 dB/" song/sessions/song.yaml
    ton -C song deliver
    sums >clean
    rm -r song/out song/.cache
    killed=0
    for i in $(seq 22); do
        sed -i "0,/gain: .* dB/s//gain: -$((i % 4)) dB/" song/sessions/song.yaml
        "$TON" -q -C song deliver >/dev/null 2>&1 &
        sleep "0.0$((i * 37 % 90 + 10))"
        [ $((i % 3)) -ne 0 ] || sleep 0.2
        kill -9 $! 2>/dev/null && killed=$((killed + 1))
        wait $! 2>/dev/null || true
    done
    echo "# killed $killed times, $(find song -name ".ton-*" | wc -l) temporary files left behind" >&3
    age_drafts song
    [ "$killed" -ge 15 ]
    sed -i "0,/gain: .* dB/s//gain: -7 dB/" song/sessions/song.yaml
    ton -C song deliver
    cmp clean <(sums)
    [ "$(find song -name ".ton-*" | wc -l)" -eq 0 ]
    run ton -C song deliver --verify
    [[ $output == *"Nothing changed"* ]]
}

@test "productions that share a cache too small for either deliver what they do alone" {
    make_production one
    cp -r one two
    mkdir shared
    ln -s ../shared one/.cache
    ln -s ../shared two/.cache
    configure "cache: 3 MB" # half of what one state of one needs
    move() { sed -i "0,/gain: .* dB/s//gain: -$2 dB/" "$1"/sessions/*.yaml; }
    sums() { (cd "$1" && find out -type f ! -name "*.html" ! -name "*.json" -exec sha256sum {} + | sort); }
    for round in 1 2 3 4; do
        move one "$round"
        move two "$((round + 1))"
        "$TON" -q -C one deliver >one.log 2>&1 &
        first=$!
        "$TON" -q -C two deliver >two.log 2>&1
        wait $first
        [ "$(find shared -name "*.wav*" -printf "%s\n" | awk '{ n += $1 } END { print n + 0 }')" -le 3000000 ]
    done
    sums one >together-one
    sums two >together-two
    rm -r one/out two/out one/.cache two/.cache
    ton -C one deliver
    ton -C two deliver
    cmp together-one <(sums one)
    cmp together-two <(sums two)
}

@test "a limit of file size is told, and nothing half written stays" {
    make_production song
    run bash -c "ulimit -f 1500; exec '$TON' -q -C song deliver" # 1.5 MB; a mix has 2.4
    [ "$status" -eq 3 ]
    [[ $output == *"song/.cache/mixes/"*": cannot write"*"File too large"* || $output == *".cache/mixes/"*"File too large"* ]]
    [ "$(find song/.cache song/out -type f 2>/dev/null | grep -v -e hashes -e texts | wc -l)" -eq 0 ]
    ton -C song deliver
}

disks() { # a script in a name space of its own, where it may mount
    unshare -rm true 2>/dev/null || skip "no name spaces for users here"
    run unshare -rm bash -euc "$1"
    echo "$output"
}

@test "a full disk is told, nothing half written stays, and old entries make room" {
    make_production song
    ton -C song deliver
    cp -r song/.cache before
    disks "mount -t tmpfs -o size=3m none song/.cache
        sed -i '0,/gain: .* dB/s//gain: -9 dB/' song/sessions/song.yaml
        ! '$TON' -q -C song deliver 2>log >/dev/null
        cat log
        grep -q 'No space left on device' log
        grep -q 'warning: the disk has no room for the masters, which take 2.* MB; free some' log
        [ \"\$(find song/.cache -name '.ton-*' | wc -l)\" -eq 0 ]
        '$TON' -q -C song cache --json"
    [ "$status" -eq 0 ]
    rm -r song/out
    ton -C song deliver
    # Two states have 9.6 MB: the older one goes.
    disks "mount -t tmpfs -o size=8m none song/.cache
        cp -r before/. song/.cache
        sed -i '0,/gain: .* dB/s//gain: -8 dB/' song/sessions/song.yaml
        '$TON' -q -C song deliver"
    [ "$status" -eq 0 ]
}

@test "a production on a read-only disk stands, or says in a sentence that it cannot be made" {
    make_production song
    ton -C song deliver
    disks "mount --bind song song
        mount -o remount,bind,ro song
        '$TON' -q -C song deliver"
    [ "$status" -eq 0 ]
    [[ $output == *"Nothing changed"* ]]
    sed -i '0,/gain: .* dB/s//gain: -8 dB/' song/sessions/song.yaml
    disks "mount --bind song song
        mount -o remount,bind,ro song
        '$TON' -q -C song deliver"
    [ "$status" -eq 3 ]
    [[ $output == *"read-only disk"* ]]
    [ "$(grep -c "^ton: .*read-only" <<<"$output")" -eq 1 ]
}
