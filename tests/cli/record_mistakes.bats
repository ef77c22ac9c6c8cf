#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-3.0-or-later
# What people mistype at `ton record` and `ton play`: each is one sentence with what to do, and nothing is recorded. Without a
# sound server, as fast as it goes.
load common.bash

make_song() {
    ton new song >/dev/null
    cd song || exit 1
    mkdir -p sessions
    printf 'tonmeister: 1\ntitle: Song\nrate: 48 kHz\ntracks:\n  Voice: {input: 1}\n  A=B: {input: 2}\n' >sessions/song.yaml
}

# told WORDS STATUS VERB OPTION…: on the device without sound
told() {
    local words=$1 wanted=$2 verb=$3
    shift 3
    run timeout 20 "$TON" "$verb" --device null --speed 0 "$@"
    echo "ton $verb $*: $output"
    [ "$status" -eq "$wanted" ]
    grep -qF -- "$words" <<<"$output"
    [ "$(wc -l <<<"$output")" -le 2 ] # and `ton help record` shows how
    [ -z "$(ls -A audio 2>/dev/null)" ]
}

@test "inputs: the wrong way round, two without a comma, none, half a port's name" {
    make_song
    told "\`1=Guitar\` is the wrong way round: the track comes first, then its input: \`Guitar=1\`" 2 record --arm 1=Guitar
    told "the wrong way round: the track comes first, then its input: \`Guitar=system:capture_1\`" 2 record --arm system:capture_1=Guitar
    for two in 3-4 3/4 "3 4" 3+4; do
        told "\`$two\` is no input; between two inputs is a comma: \`Keys=3,4\`" 2 record --arm "Keys=$two"
    done
    told "\`Keys\` has no input 0: inputs count from 1" 2 record --arm Keys=0
    told "\`capture_2\` is no input; write its number (\`Keys=2\`) or the whole name of its port" 2 record --arm Keys=capture_2
    told "an input is missing for \`Keys\`" 2 record --arm Keys=
    told "an input is missing for \`Keys\`" 2 record --arm Keys=1,
    told "\`Keys\` has more than two inputs; a track is mono or stereo: \`Keys=1,2\`" 2 record --arm Keys=1,2,3
    told "\`Keys\` has input 1 twice; a track with one input is mono: \`Keys=1\`" 2 record --arm Keys=1,1
    told "\`=1\` names no track; write \`Voice=1\`" 2 record --arm =1
    told "\`3\` names no track; say which one gets this input: \`Voice=3\`" 2 record --arm 3
    told "there is no track \`Voise\`; did you mean \`Voice\`?" 2 record --arm Voise
    told "there is no track \`voice\`, but \`Voice\`" 2 record --arm voice=3
    told "between a track and its input is a \`=\`: \`Keys:x=1\`" 2 record --arm Keys:x:1
    told "\`--arm\` is given once for each" 2 record --arm Voice,Bass
    told "\`Voice\` is armed twice" 2 record --arm Voice --arm Voice=2
    sed -i 's/Voice: {input: 1}/Voice: {input: 0}/' sessions/song.yaml
    told "sessions/song.yaml:5:18: \`0\` is no input; inputs are counted from 1" 2 record
}

@test "an input by its name in the production's input list: its port is recorded, a slip gets the nearest" {
    make_song
    printf 'inputs:\n  Kick In: 3\n  OH L: {port: 2}\n  Talk: {port: 4, level: -18 dB}\n' >>production.yaml
    sed -i 's/Voice: {input: 1}/Voice: {input: [Kick In, 1]}/' sessions/song.yaml
    told "\`OHL\` is no input, and not in \`inputs\` of production.yaml; did you mean \`Keys=OH L\`?" 2 record --arm Keys=OHL
    told "both sides of \`Keys\`, \`Kick In\` and \`3\`, come in at \`3\`" 2 record --arm "Keys=Kick In,3"
    told "production.yaml:18:26: \`level\`: \`-18 dB\` is a level in dB" 2 record --arm Voice --arm Keys=system
    sed -i 's/Kick In, 1/Kick Inn, 1/' sessions/song.yaml
    sed -i 's/-18 dB}/-18 dBFS}/' production.yaml
    sed -i 's/Kick Inn, 1/Kick In, 1/' sessions/song.yaml
    told "\`X\` is no input; write its number (\`Keys=1\`)" 2 record --arm Keys=X
    grep -q "and .inputs. of production.yaml has .Kick In., .OH L. and .Talk." <<<"$output"
    sed -i 's/Kick In, 1/Kick Inn, 1/' sessions/song.yaml
    told "sessions/song.yaml:5:18: \`Voice\` is recorded from \`Kick Inn\`, which is not in \`inputs\` of production.yaml; did you mean \`Kick In\`?" 2 record
    sed -i 's/Kick Inn, 1/Kick In, 1/' sessions/song.yaml
    ton record --device null --speed 0 --arm Voice --arm "Keys=OH L" --length "0.3 s"
    [ "$(grep -aom1 '<CHANNEL_INDEX>[0-9]*' audio/keys_01.wav)" = "<CHANNEL_INDEX>2" ]
    [ "$(grep -ao '<CHANNEL_INDEX>[0-9]*' audio/voice_01.wav | tr -d '\n')" = "<CHANNEL_INDEX>3<CHANNEL_INDEX>1" ]
    grep -q "input: OH L" sessions/song.yaml
}

@test "a first recording that is refused leaves no session that would keep its rate" {
    ton new fresh >/dev/null
    cd fresh
    told "\`Keys\` has no input 0: inputs count from 1" 2 record --arm Keys=0
    [ ! -e sessions/fresh.yaml ]
    ton record --device null --arm Keys=1 --length "0.3 s"
    grep -q "take: keys_01.wav" sessions/fresh.yaml
    run ton record --device null --arm Keys=0
    [ "$status" -eq 2 ]
    grep -q "take: keys_01.wav" sessions/fresh.yaml
}

@test "what stands where the session is expected: a track, an armed track, a unit without quotes" {
    make_song
    told "there is no session \`Guitar\`; sessions/ has \`song\`; if it is a track: \`--arm Guitar=1\`" 2 record Guitar
    told "there is no session \`Voice=1\`; a track is armed with \`--arm Voice=1\`" 2 record Voice=1
    told "there is no session \`sonk\`; did you mean \`song\`?" 2 record sonk
    told "there is no session \`1\`; a track and its input are one word: \`--arm Voice=1\`" 2 record --arm Voice 1
    told "there is no session \`0:30\`; a place to begin at is \`--from '0:30'\`" 2 play 0:30
    told "--length: \`s\` is taken for a session: a value and its unit are one word, in quotes: \`--length '30 s'\`" 2 record --arm Voice --length 30 s
    told "in quotes: \`--from '48000 samples'\`" 2 play --from 48000 samples
}

@test "times: too short, backwards, before the start, no timecode" {
    make_song
    told "--length: \`30\` has no unit; write \`30 ms\`, \`30 s\`" 2 record --length 30
    told "--length: \`0 s\` is too short for a take" 2 record --length "0 s"
    told "--punch-out: \`0:01\` does not lie behind the punch-in \`0:02\`" 2 record --punch-in 0:02 --punch-out 0:01
    told "--punch-in: \`0:01\` lies before \`--from 0:02\`" 2 record --from 0:02 --punch-in 0:01 --punch-out 0:03
    told "--punch-in: a punch has two ends" 2 record --punch-in 0:01
    told "did you mean \`--punch-in\`?" 2 record --punch 0:01
    told "--to: \`0:01\` does not lie behind the start" 2 record --from 0:02 --to 0:01
    told "--loop: a loop needs its end: \`--to\`" 2 record --loop
    told "--loop: from \`0:01\` to \`0:01.001\` are 1 ms, and a pass has at least 250" 2 record --loop --from 0:01 --to 0:01.001
    told "--passes: passes are those of a loop" 2 record --passes 3
    told "--from: \`chorus\` is no time, and the session has no sections; write a time such as" 2 record --from chorus
    cp sessions/song.yaml plain.yaml
    printf 'tempo: 120 bpm\nsections: {verse: {from: 1|1, to: 9|1}, chorus: {from: 9|1, to: 17|1}}\n' >>sessions/song.yaml
    told "--from: \`chrous\` is no time, and no section of the session; did you mean \`chorus\`?" 2 play --from chrous
    told "--to: \`bridge\` is no time, and no section of the session, which has \`verse\` and \`chorus\`" 2 play --to bridge
    mv plain.yaml sessions/song.yaml
    told "--from: \`9|1\` counts bars, and the session has no tempo" 2 record --from "9|1"
    told "--timecode: \`1:00:00\` is no timecode at 25 frames a second; write hours:minutes:seconds:frames such as \`01:00:00:00\`" 2 record --timecode 1:00:00
    told "such as \`10:00:00:00\`" 2 record --timecode 10
    told "such as \`01:00:00:00\`" 2 record --timecode ten
}

@test "what would have no effect: a pre-roll without a button, options of a recording beside --recover, a start behind the end" {
    make_song
    told "--pre-roll: what is played before the button is kept where it waits for one: give \`--standby\` too" 2 record --pre-roll "5 s"
    run ton record --recover --arm Voice=1
    [ "$status" -eq 2 ]
    grep -qF -- "--recover: nothing is recorded, so \`--arm\` has no effect" <<<"$output"
    run ton record song --recover
    [ "$status" -eq 2 ]
    grep -qF "leave out \`song\`" <<<"$output"
    [ ! -e production.db ]
    ton record --recover --json --quiet
    ton record --device null --speed 0 --arm Voice --length "1 s"
    for place in 9:00 0:01; do
        run ton play --device null --speed 0 --from $place
        echo "$output"
        [ "$status" -eq 2 ]
        grep -qF -- "--from: \`$place\` lies behind the session's end, 0:01.000" <<<"$output"
    done
    ton play --device null --speed 0 --from 0:02 --to 0:03 # was asked for
}

@test "devices: unknown ones, outputs, and what there is only on a JACK server" {
    make_song
    told "\`3-4\` names no left and right; write \`3,4\`" 2 record --outputs 3-4
    told "there is no track or bus \`Voic\`; did you mean \`Voice\`?" 2 play --solo Voic
    told "--follow: \`null\` has no transport that programs share; a JACK server has one" 2 record --follow jack
    told "--lead: \`null\` has no transport that programs share; a JACK server has one" 2 record --lead
    told "null: there is no MIDI here; JACK has it" 2 record --midi-out synth:in
    told "--follow: timecode comes in through a port: \`--ltc-in 8\`" 2 record --follow ltc
    run ton record --device jakc --arm Voice
    [ "$status" -eq 2 ]
    grep -qF "there is no back-end \`jakc\`; did you mean \`jack\`?" <<<"$output"
    run ton record --device Fireface --arm Voice
    echo "$output"
    [ "$status" -eq 3 ]
    grep -q "Fireface\|built without" <<<"$output"
}

@test "outside a production, and in one without a session" {
    for verb in "record --arm Voice=1" play takes "record --recover"; do
        # shellcheck disable=SC2086
        run ton $verb
        echo "$verb: $output"
        [ "$status" -eq 2 ]
        grep -qF "(\`ton new NAME\` makes one)" <<<"$output"
        [ ! -e production.db ]
    done
    ton new song >/dev/null
    cd song
    run ton play
    echo "$output"
    [ "$status" -eq 2 ]
    grep -qF "\`ton record --arm Voice=1\` begins one" <<<"$output"
    run ton takes
    [ "$status" -eq 0 ]
    run ton record --recover
    [ "$status" -eq 0 ]
}

@test "names with an equals sign, spaces and letters beyond ASCII are armed as they are" {
    make_song
    ton record --device null --speed 0 --arm A=B --arm "Übung 1 = 2" --arm "X=Y=3" --length "0.5 s"
    ton record --device null --speed 0 --arm A=B=4 --arm "Übung 1" --arm X=Y --length "0.5 s"
    cat sessions/song.yaml
    for take in a_b Übung_1 x_y; do
        [ -f "audio/${take}_01.wav" ]
        [ -f "audio/${take}_02.wav" ]
        grep -q "take: ${take}_02.wav" sessions/song.yaml
    done
    grep -A1 "X=Y:" sessions/song.yaml | grep -q "input: 3"
    [ "$(grep -c "X=Y\|Übung 1:" sessions/song.yaml)" = 2 ]
}

@test "a latency is milliseconds, samples, or a number of them" {
    make_song
    told "--latency: \`5 kg\` is no length; write one such as \`5 ms\`" 2 record --latency "5 kg"
    told "--latency: \`30 s\` is more than 1000000 samples" 2 record --latency "30 s"
    told "--latency: \`-5\` is no length" 2 record --latency=-5
    for latency in "5 ms" 5ms "0.005 s" "240 samples" 240; do
        ton record --device null --speed 0 --arm Voice --length "0.5 s" --latency "$latency" --json </dev/null >events.jsonl
        grep '"status"' events.jsonl | tail -n 1 | grep -q '"latency_frames":240[,}]'
    done
}

@test "as fast as the machine can nothing is lost, whatever the disk takes, and nobody hears what is read too late" {
    make_song
    ton record --device null --speed 0 --arm Voice --ring "1 s" --length "20 s" --json </dev/null >events.jsonl
    grep -v '"status"' events.jsonl
    refute grep -q '"event":"xrun"' events.jsonl
    [ "$(python3 -c 'import wave; print(wave.open("audio/voice_01.wav").getnframes())')" = 960000 ]
    for _ in 1 2 3; do
        run ton play --device null --speed 0
        [ "$status" -eq 0 ]
        [ -z "$output" ]
    done
}

@test "who ends it by force is told how the takes are completed" {
    make_song
    "$TON" record --device null --arm Voice 2>err.txt &
    local recorder=$!
    for _ in $(seq 200); do
        [ "$(stat -c %s audio/voice_01.wav 2>/dev/null || echo 0)" -lt 50000 ] || break
        sleep 0.05
    done
    kill -STOP "$recorder" # both come at once, so that the first cannot be heeded before the second
    kill -TERM "$recorder"
    kill -HUP "$recorder"
    kill -CONT "$recorder"
    status=0
    wait "$recorder" || status=$?
    cat err.txt
    [ "$status" -eq 130 ]
    grep -qF "\`ton record --recover\` completes it" err.txt
    ton record --recover
    grep -q voice_01.wav sessions/song.yaml
}

@test "what a command cannot do is told with the file that it is about" {
    make_song
    mkfifo lines
    exec 4<>lines
    timeout 60 "$TON" record --device null --arm Voice --standby --json <lines >events.jsonl &
    local recorder=$!
    echo record >&4
    for _ in $(seq 200); do
        ! grep -q '"recording":true' events.jsonl || break
        sleep 0.05
    done
    echo 'tracks: [[[' >sessions/song.yaml
    echo stop >&4
    for _ in $(seq 200); do
        ! grep -q "when this is mended" events.jsonl || break
        sleep 0.05
    done
    echo quit >&4
    wait "$recorder" || true
    exec 4>&-
    grep '"warning"' events.jsonl
    grep -q '"text":"[^"]*sessions/song.yaml[^"]*: .*when this is mended' events.jsonl
}
