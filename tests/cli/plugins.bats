# SPDX-License-Identifier: GPL-3.0-or-later
# LV2 plug-ins as people meet them; those here are the tests' own.
bats_require_minimum_version 1.5.0
load common

make_plugin_production() { # FOLDER, what stands in the chain of the voice
    make_production "$1"
    cat >"$1/sessions/$1.yaml" <<YAML
tonmeister: 1
tracks:
  Kick:
    role: drums.kick
    clips: [{take: Kick.wav}]
  Lead Vox:
    role: vocals.lead
    clips: [{take: Lead Vox.wav}]
    chain:
      - lv2: {$2}
YAML
    cat >"$1/production.yaml" <<YAML
tonmeister: 1
title: $1
artist: A
sessions: [$1]
master: {loudness: -20 LUFS}
deliverables:
  master: {format: wav 24-bit}
  instrumental: {without: vocals, format: wav 24-bit, loudness: -20 LUFS}
  karaoke: {without: vocals, format: wav 24-bit}
  stems: {each: [drums, vocals], format: wav 24-bit, mastered: false}
YAML
}

@test "a crashing plug-in takes only what hears it" {
    make_plugin_production album "plugin: Test Crasher"
    run -3 ton -C album deliver --quiet
    [[ $output == *"sessions/album.yaml:10:9: the plug-in \`Test Crasher\` crashed (Segmentation fault) near 0.47 s"* ]]
    [[ $output == *"2 of 5 files were not made"* ]]
    [[ $output == *"\`karaoke\` gets the gain of the whole mix, which lacks the plug-in"* ]]
    [ "$(find album/out -name '*.wav' | wc -l)" = 3 ]
    [ -z "$(find album/out -name '*master*' -name '*.wav')" ]
    # What does not hear it is what it is with a plug-in that works.
    cp "album/out/stems/"*drums.wav drums.wav
    sed -i 's/Test Crasher/Test State/' album/sessions/album.yaml
    ton -C album deliver --quiet >/dev/null
    cmp drums.wav "album/out/stems/"*drums.wav
    [ "$(find album/out -name '*.wav' | wc -l)" = 5 ]
}

@test "a crash is told where the caller ignores its children" {
    make_plugin_production album "plugin: Test Crasher"
    run -3 python3 -c 'import os, signal, sys; signal.signal(signal.SIGCHLD, signal.SIG_IGN); os.execv(sys.argv[1], sys.argv[1:])' "$TON" -C album mix --quiet
    [[ $output == *"the plug-in \`Test Crasher\` crashed (Segmentation fault) near 0.47 s"* ]]
}

@test "every plug-in that failed is named at once" {
    make_plugin_production album "plugin: Test Crasher"
    sed -i 's/^    clips: \[{take: Kick.wav}\]/&\n    chain: [lv2: {plugin: Test NaN}]/' album/sessions/album.yaml
    run -3 ton -C album mix --quiet
    [[ $output == *"album.yaml:6:13: the plug-in \`Test NaN\` gave"* ]]
    [[ $output == *"album.yaml:11:9: the plug-in \`Test Crasher\` crashed"* ]]
    [ "$(grep -c "the plug-in" <<<"$output")" = 2 ]
    run -3 ton -C album deliver master --quiet
    [[ $output == *"album.yaml:6:13: the plug-in \`Test NaN\` gave"*"album.yaml:11:9: the plug-in \`Test Crasher\` crashed"* ]]
}

@test "a bypass is told every time, and what it made is made again" {
    make_plugin_production album "plugin: Test Crasher, on failure: bypass"
    run -1 ton -C album deliver --quiet
    [[ $output == *"3 of 5 files go without a plug-in that failed"* ]]
    [[ $output == *"warning: the plug-in \`Test Crasher\` crashed"*"it is bypassed from there on"* ]]
    run -1 ton -C album deliver --quiet
    [[ $output == *"warning: the plug-in \`Test Crasher\` crashed"* ]]
    [[ $output == *"3 of 5 files made"* ]]
    ton -C album deliver --quiet --json >made.json || [ $? = 1 ]
    [ "$(json made.json 'sum(f.get("bypassed", False) for f in d["deliverables"])')" = 3 ]
    [ "$(json album/out/manifest.json 'sum(f.get("bypassed", False) for f in d["files"])')" = 3 ]
    run -1 ton -C album mix --quiet
    [[ $output == *"warning: the plug-in \`Test Crasher\` crashed"* ]]
    [[ $output == *"1 of 1 mixes goes without a plug-in that failed"* ]]
    ton -C album mix --quiet --json >mix.json || [ $? = 1 ]
    [ "$(json mix.json 'd["mixes"][0]["bypassed"]')" = True ]
    run -0 ton -C album mix --only drums --quiet
    run -1 ton -C album master --quiet
}

@test "the manifest names the plug-in, its version and the hash of its binary" {
    make_plugin_production album "plugin: Test Gain"
    ton -C album deliver stems --quiet >/dev/null
    json album/out/manifest.json '[(s["plugin"], s["version"], len(s["sha256"])) for s in d["sources"] if "plugin" in s]' >told
    [ "$(cat told)" = "[('urn:ton:test:gain', '2.4', 64)]" ]
}

@test "Ctrl-C while one on the master chain is waited for is no failure of it: 130" {
    make_plugin_production album "plugin: Test Gain"
    sed -i 's/^master: .*/master: {chain: [lv2: {plugin: Test Hanger}, limiter], loudness: -20 LUFS}/' album/production.yaml
    # A shell starts what is in the background with SIGINT ignored; a terminal does not.
    run -130 python3 - <<'PY'
import glob, os, signal, subprocess, sys, time
signal.signal(signal.SIGINT, signal.default_int_handler)
ton = subprocess.Popen([os.environ["TON"], "-C", "album", "deliver", "master", "--quiet"], stderr=subprocess.PIPE)
while not glob.glob("album/.cache/masters/.ton-*") and ton.poll() is None:
    time.sleep(0.05)
time.sleep(1) # it hangs from half a second of music on, for ten
ton.send_signal(signal.SIGINT)
print(ton.communicate()[1].decode())
sys.exit(ton.returncode)
PY
    [[ $output == *"stopped as asked"* && $output != *"Test Hanger"* ]]
    [ ! -e album/out/manifest.json ]
}

@test "one on the master chain spares what is not mastered" {
    make_plugin_production album "plugin: Test Gain"
    sed -i 's/^master: .*/master: {chain: [lv2: {plugin: Test NaN}, limiter], loudness: -20 LUFS}/' album/production.yaml
    run -3 ton -C album deliver --quiet
    [[ $output == *"production.yaml:5:18: "*"the plug-in \`Test NaN\` gave"* ]]
    [[ $output == *"3 of 5 files were not made"* ]]
    [ "$(find album/out/stems -name '*.wav' | wc -l)" = 2 ]
}

@test "what is wrong with a plug-in is said at its place" {
    make_plugin_production album "plugin: Test Gian"
    run -2 ton -C album mix
    [[ $output == *"album.yaml:10:23: no LV2 plug-in \`Test Gian\` is installed; did you mean \`Test Gain\`?"* ]]
    make_session() { sed -i "s/lv2: .*/lv2: {$1}/" album/sessions/album.yaml; }
    make_session "plugin: 'urn:ton:test:gian'"
    run -2 ton -C album mix
    [[ $output == *"did you mean \`urn:ton:test:gain\`?"* ]]
    make_session "plugin: Something Else"
    run -2 ton -C album mix
    installed=$(ton processors --lv2 | wc -l)
    [[ $output == *"nor any that comes near; \`ton processors --lv2\` lists the $installed that are"* ]]
    make_session "plugin: Test State, state: gone.ttl"
    run -2 ton -C album mix
    [[ $output == *"there is no file \`"*"gone.ttl\`"* ]]
    [ "$(grep -c album.yaml <<<"$output")" = 1 ]
    make_session "plugin: Test Demanding"
    run -2 ton -C album mix
    [[ $output == *"requires the feature <urn:ton:test:unheard-of>, which this program does not have"* ]]
    make_session "plugin: Test Choosy"
    run -2 ton -C album mix
    [[ $output == *"requires the option <urn:ton:test:shoe-size>, which this program does not have"* ]]
    make_session "plugin: Test Content"
    run -0 ton -C album mix --quiet
    make_session "plugin: Test Foreigner"
    run -2 ton -C album mix
    [[ $output == *"the plug-in \`Test Foreigner\` requires a port of a kind that this program does not know" ]]
    make_session "plugin: Test Gappy"
    run -2 ton -C album mix
    [[ $output == *"its description is broken: $LV2_PATH/ton-test.lv2/plugins.ttl"* ]]
    make_session "plugin: test twin"
    run -2 ton -C album mix
    [[ $output == *"album.yaml:10:23: more than one plug-in is called \`test twin\`; write the address of one: \`urn:ton:test:twin-a\`, \`urn:ton:test:twin-b\`" ]]
    make_session "plugin: 'urn:ton:test:twin-b'"
    run -0 ton -C album mix --quiet
    make_session "plugin: Test Missing"
    run -2 ton -C album mix
    [[ $output == *"is not whole: "*"gone.so\` is missing"* ]]
    make_session "plugin: Test Gain, controls: {make up gain: 30 dB, make up gian: 0 dB, loudness: 1}"
    run -2 ton -C album mix
    [[ $output == *"\`make up gain\` is 30 dB, it must be between -60 dB and 24 dB"* ]]
    [[ $output == *"\`Test Gain\` has no control \`make up gian\`; did you mean \`make up gain\`?"* ]]
    [[ $output == *"\`Test Gain\` has no control \`loudness\`; \`ton processors --lv2 \"Test Gain\"\` lists"* ]]
    make_session "plugin: Test Gain, preset: Lout, sidechain: Kick"
    run -2 ton -C album mix
    [[ $output == *"has no preset \`Lout\`; did you mean \`Loud\`?"* ]]
    [[ $output == *"\`Test Gain\` has no input for a side-chain"* ]]
    make_session "controls: {gain: 0 dB}"
    run -2 ton -C album mix
    [[ $output == *"needs \`plugin\`"* ]]
}

@test "a plug-in that is written like a processor is told how" {
    make_plugin_production album "plugin: Test Gain"
    make_item() { sed -i "10s/- .*/- $1/" album/sessions/album.yaml; }
    for item in "lv2: Test Gain" "Test Gain" "test gain" "plugin: Test Gain"; do
        make_item "$item"
        run -2 ton -C album mix
        [[ $output == *"album.yaml:10:"*": a plug-in is written \`- lv2: {plugin: "[Tt]"est "[Gg]"ain}\`"* ]]
        [ "$(grep -c album.yaml <<<"$output")" = 1 ]
    done
    make_item "urn:ton:test:gain: {make up gain: 3 dB}"
    run -2 ton -C album mix
    [[ $output == *"album.yaml:10:9: a plug-in is written \`- lv2: {plugin: urn:ton:test:gain, controls: {…}}\`"* ]]
    make_item "Gain: {gain: 0 dB}" # ours, though `Test Gain` is near
    run -2 ton -C album mix
    [[ $output == *"unknown processor \`Gain\`; did you mean \`gain\`?"* ]]
    make_item "wobulator"
    run -2 ton -C album mix
    [[ $output == *"unknown processor \`wobulator\`; \`ton processors\` lists them all, \`ton processors --lv2\` the plug-ins"* ]]
}

@test "an instrument that gets no notes is warned of" {
    make_plugin_production album "plugin: Test Tone"
    one_note album/audio/one.mid
    run -0 ton -C album mix
    [[ $output == *"album.yaml:10:9: warning: the instrument \`Test Tone\` gets no notes: \`Lead Vox\` has no MIDI clips, such as"* ]]
    sed -i '/Lead Vox:/,$ s/^    clips: .*/    clips: [{midi: one.mid, mute: on}]/' album/sessions/album.yaml
    run -0 ton -C album mix
    [[ $output != *"gets no notes"* ]]
    printf '      - lv2: {plugin: Test Tone}\n      - lv2: {plugin: Test Tone, bypass: on}\nbuses: {All: {chain: [lv2: {plugin: Test Tone}]}}\n' >>album/sessions/album.yaml
    run -0 ton -C album mix --verbose
    [[ $output == *"album.yaml:11:9: warning: the instrument \`Test Tone\` gets no notes: \`Test Tone\` is the first"* ]]
    [[ $output == *"album.yaml:13:23: warning: the instrument \`Test Tone\` gets no notes: \`All\` has no MIDI clips; instruments stand on tracks"* ]]
    [ "$(grep -c "gets no notes" <<<"$output")" = 2 ]
}

@test "automation of a plug-in is offered by its whole name" {
    make_plugin_production album "plugin: Test State"
    cat >>album/sessions/album.yaml <<'YAML'
      - lv2: {plugin: Test Gain}
    automation:
      test gain.make up gian: [[0:00, 0 dB]]
      tset gain.make up gain: [[0:00, 0 dB]]
      Test Gain make up gain: [[0:00, 0 dB]]
      lv2.make up gain: [[0:00, 0 dB]]
      lv2 2.make up: [[0:00, 0 dB]]
YAML
    run -2 ton -C album mix
    [[ $output == *"album.yaml:13:7: Test Gain has no \`make up gian\`; did you mean \`test gain.make up gain\`?"* ]]
    [[ $output == *"album.yaml:14:7: "*"has no \`tset gain\` to automate; did you mean \`test gain.make up gain\`?"* ]]
    [[ $output == *"album.yaml:15:7: unknown automation "*"did you mean \`test gain.make up gain\`?"* ]]
    [[ $output == *"album.yaml:16:7: "*"has no \`lv2\` to automate; did you mean \`test gain.make up gain\`?"* ]]
    [[ $output == *"album.yaml:17:7: "*"has no \`lv2 2\` to automate; did you mean \`test gain.make up gain\`?"* ]]
}

@test "plug-ins are listed, and shown like our own" {
    run -0 ton processors --lv2
    [[ $output == *"Test Gain"*"urn:ton:test:gain"* ]]
    [[ $output =~ "Test Demanding"\ +"cannot be used" ]]
    [[ $output =~ "Test Choosy"\ +"cannot be used" ]]
    [[ $output =~ "Test Gappy"\ +"cannot be used" ]]
    run -0 ton processors --lv2 "test swap"
    [[ $output == *"mode"*"Tape, Tube, Solid State"* ]]
    [[ $output == *"cutoff"*"20 Hz to 20 kHz"*"1 kHz"* ]]
    ton processors --lv2 "Test Worker" --json >worker.json
    [ "$(json worker.json 'd["parameters"][1]["key"], d["parameters"][1]["unit"]')" = "('release_time', 's')" ]
    run -2 ton processors --lv2 "Test Gian"
    [[ $output == *"did you mean \`Test Gain\`?"* ]]
    # Who looks for them elsewhere is told where they are.
    run -0 ton processors
    [[ $output == *"\`ton processors --lv2\` lists them"* ]]
    for verb in help processors; do
        run -2 ton $verb lv2
        [[ $output == *"\`- lv2: {plugin: NAME}\`; \`ton processors --lv2\` lists them"* ]]
        run -2 ton $verb "Test Gain"
        [[ $output == *"\`ton processors --lv2 'Test Gain'\` shows it"* ]]
        run -2 ton $verb "vocal plate"
        [[ $output == *"\`ton processors --presets 'vocal plate'\` shows it"* ]]
        run -0 ton $verb "dynamic eq"
        [[ $output == *"- dynamic eq:"* ]]
    done
}

@test "a bundle of odd names and choices is listed, shown and used" {
    own_bundle
    ttl=lv2/bundles/ton-test.lv2/plugins.ttl
    cp $ttl plugins.ttl
    # Choices without any label are numbers; one with an empty label is called by its value.
    sed -i '/doap:name "Test Swap"/,/^$/ s/rdfs:label "[^"]*" ; rdf:value/rdf:value/g' $ttl
    run -0 ton processors --lv2 "Test Swap"
    [[ $output =~ mode\ +"0 to 2" ]]
    cp plugins.ttl $ttl
    sed -i 's/rdfs:label "Tube"/rdfs:label ""/; s/"Test Swap"/"Test\\n\\u001b[31m Swap "/; s/lv2:name "Cutoff"/lv2:name "Cut\\noff"/' $ttl
    run -0 ton processors --lv2
    [ "$(grep -c "urn:ton:test:swap" <<<"$output")" = 1 ]
    [[ $output =~ "Test [31m Swap"\ +Plugin\ +"urn:ton:test:swap" ]]
    run -0 ton processors --lv2 "Test [31m Swap"
    [[ $output =~ mode\ +"Tape, 1, Solid State" ]]
    [[ $output =~ "cut off"\ +"20 Hz" ]]
    make_plugin_production album "plugin: 'test [31m swap', controls: {mode: 1}"
    ton -C album mix --quiet
}

@test "a preset, then a state, then controls count" {
    make_plugin_production album "plugin: Test State, preset: Quarter"
    level() { ton -C album mix --only vocals -o "$WORK/m.wav" --json --quiet | python3 -c 'import json,sys; print(round(json.load(sys.stdin)["mixes"][0]["sample_peak_dbfs"], 1))'; }
    [ "$(level)" = -25.5 ] # 0.3 at the middle: -13.5 dBFS; a quarter is -12.0 dB
    cat >>album/sessions/album.yaml <<'YAML'
      - lv2: {plugin: Test Gain, preset: Loud}
YAML
    [ "$(level)" = -13.5 ]
    sed -i 's/preset: Loud/preset: Loud, controls: {gain_db: 6 dB}/' album/sessions/album.yaml
    [ "$(level)" = -19.5 ]
    cat >album/half.ttl <<'TTL'
@prefix lv2: <http://lv2plug.in/ns/lv2core#> .
@prefix pset: <http://lv2plug.in/ns/ext/presets#> .
@prefix state: <http://lv2plug.in/ns/ext/state#> .
<> a pset:Preset ; lv2:appliesTo <urn:ton:test:state> ;
    state:state [ <urn:ton:test:state#gain> "0.5"^^<http://www.w3.org/2001/XMLSchema#float> ] .
TTL
    sed -i 's/preset: Quarter/preset: Quarter, state: half.ttl/' album/sessions/album.yaml
    [ "$(level)" = -13.5 ]
    sed -i 's/0.5/0.25/' album/half.ttl # the content counts, not the name
    [ "$(level)" = -19.5 ]
    sed -i 's/test:state> ;/test:gain> ;/' album/half.ttl
    run -2 ton -C album mix
    [[ $output == *"this state belongs to <urn:ton:test:gain>, not to \`Test State\`"* ]]
}

own_bundle() { # a copy of the tests' bundle that may be changed
    mkdir -p lv2/bundles
    cp -r "$LV2_PATH/ton-test.lv2" lv2/bundles/
    cp "$LV2_PATH/../ton-test.so" lv2/
    export LV2_PATH="$PWD/lv2/bundles"
}

made_again() { # how many of the 5 files the next delivery makes
    ton -C album deliver --json --quiet >made.json
    json made.json 'sum(f["rebuilt"] for f in d["deliverables"])'
}

@test "what a preset holds is part of what was made, not its address alone" {
    own_bundle
    make_plugin_production album "plugin: Test State, preset: Quarter"
    [ "$(made_again)" = 5 ]
    [ "$(made_again)" = 0 ]
    sed -i 's/"0.25"/"0.5"/' lv2/bundles/ton-test.lv2/presets.ttl
    [ "$(made_again)" = 3 ] # the mix, what gets its gain, the stem
}

@test "the files that a preset names are sources" {
    own_bundle
    make_plugin_production album "plugin: Test State, preset: Of File"
    [ "$(made_again)" = 5 ]
    [ "$(made_again)" = 0 ]
    json album/out/manifest.json '[s["path"][-8:] for s in d["sources"] if "gain" in s["path"]]' >told
    [ "$(cat told)" = "['gain.txt']" ]
    echo 0.5 >lv2/bundles/ton-test.lv2/gain.txt
    [ "$(made_again)" = 3 ]
}

@test "a plug-in's description, and the state that it is born with, are part of what was made" {
    own_bundle
    ttl=lv2/bundles/ton-test.lv2/plugins.ttl
    make_plugin_production album "plugin: Test State"
    [ "$(made_again)" = 5 ]
    [ "$(made_again)" = 0 ]
    sed -i 's/rdfs:label "Tube" ; rdf:value 1/rdfs:label "Tube" ; rdf:value 1.5/' $ttl
    [ "$(made_again)" = 3 ]
    sed -i '/doap:name "Test State"/ s/$/ state:state [ <urn:ton:test:state#file> <gain.txt> ] ;/' $ttl
    [ "$(made_again)" = 3 ]
    [ "$(made_again)" = 0 ]
    echo 0.5 >lv2/bundles/ton-test.lv2/gain.txt
    [ "$(made_again)" = 3 ]
}

@test "a state, the files that it names beside it, and notes are sources" {
    make_plugin_production album "plugin: Test State, state: states/own.ttl"
    mkdir album/states
    cat >album/states/own.ttl <<'TTL'
@prefix atom: <http://lv2plug.in/ns/ext/atom#> .
@prefix lv2: <http://lv2plug.in/ns/lv2core#> .
@prefix pset: <http://lv2plug.in/ns/ext/presets#> .
@prefix state: <http://lv2plug.in/ns/ext/state#> .
<> a pset:Preset ; lv2:appliesTo <urn:ton:test:state> ; state:state [ <urn:ton:test:state#file> "loud.txt"^^atom:Path ] .
TTL
    echo 0.5 >album/states/loud.txt
    cat >>album/sessions/album.yaml <<'YAML'
  Synth:
    clips: [{midi: one.mid}]
    chain: [lv2: {plugin: Test Tone}]
YAML
    cp "$TON_SOURCE/tests/fuzz/seeds/score/note.mid" album/audio/one.mid
    [ "$(made_again)" = 5 ]
    json album/out/manifest.json 'sorted(s["path"] for s in d["sources"] if s["path"].split("/")[0] == "states" or "mid" in s["path"])' >told
    [ "$(cat told)" = "['audio/one.mid', 'states/loud.txt', 'states/own.ttl']" ]
    ton -C album mix --only "Lead Vox" -o "$WORK/m.wav" --json --quiet >m.json
    [ "$(json m.json 'round(d["mixes"][0]["sample_peak_dbfs"], 1)')" = -19.5 ] # half of the take
    [ "$(made_again)" = 0 ]
    echo 0.25 >album/states/loud.txt
    [ "$(made_again)" = 3 ]
}

@test "folders of plug-ins may be named from where one is" {
    cd "$(dirname "$LV2_PATH")"
    LV2_PATH=$(basename "$LV2_PATH") run -0 ton processors --lv2 "Test Gain"
    [[ $output == *"make up gain"* ]]
}

@test "a preset's parameters are values of controls, and its bundle may be another" {
    make_plugin_production album "plugin: Test Message"
    peak() { # PLUG-IN
        sed -i "s/lv2: .*/lv2: {$1}/" album/sessions/album.yaml
        ton -C album mix --only "Lead Vox" -o "$WORK/m.wav" --json --quiet >m.json
        json m.json 'round(d["mixes"][0]["sample_peak_dbfs"], 1)'
    }
    [ "$(peak "plugin: Test Message")" = -13.5 ]
    [ "$(peak "plugin: Test Message, preset: Quartered")" = -25.5 ]
    [ "$(peak "plugin: Test Message, preset: Quartered, controls: {trim: 0.5}")" = -19.5 ]
    [ "$(peak "plugin: Test State, preset: Elsewhere")" = -25.5 ]
}

@test "what changed in a plug-in is told in words" {
    make_plugin_production album "plugin: Test Gain, controls: {make up gain: -3 dB}"
    cp album/sessions/album.yaml before.yaml
    sed -i 's/-3 dB/-5 dB/' album/sessions/album.yaml
    run ton diff before.yaml album/sessions/album.yaml
    [[ $output == *"test gain make up gain -3 dB → -5 dB"* ]]
    cp album/sessions/album.yaml before.yaml
    sed -i 's/controls: .*}/preset: Loud}/' album/sessions/album.yaml
    run ton diff before.yaml album/sessions/album.yaml
    [[ $output == *"test gain make up gain -5 dB → 12 dB"* ]]
    [[ $output == *"test gain preset none → urn:ton:test:loud"* ]]
    cp album/sessions/album.yaml before.yaml
    sed -i 's/preset: Loud}/preset: Loud, on failure: bypass}/' album/sessions/album.yaml
    run ton diff before.yaml album/sessions/album.yaml
    [[ $output == *"test gain bypassed on failure"* ]]
}

@test "what changed in MIDI clips, their files and a state is told in words" {
    make_plugin_production album "plugin: Test Tone"
    one_note album/audio/one.mid
    cp album/audio/one.mid album/audio/same.mid
    sed 's/\x45/\x46/g' album/audio/one.mid >album/audio/two.mid # a semitone higher, as long
    clip() { sed -i "/Lead Vox:/,\$ s/^    clips: .*/    clips: [$1]/" album/sessions/album.yaml; }
    clip "{midi: one.mid, at: 0:01}"
    cp album/sessions/album.yaml before.yaml
    mkdir -p old/sessions && cp before.yaml old/sessions/album.yaml && cp -r album/audio old/
    said() { ton diff old/sessions/album.yaml album/sessions/album.yaml | grep -v ^length; }
    clip "{midi: one.mid, at: 0:03}"
    [ "$(said)" = "Lead Vox: clip at 0:01.000 (one.mid) moved 2 s later, to 0:03.000" ]
    clip "{midi: one.mid, at: 0:01, to: 0:00.750, repeat: 2}"
    [ "$(said)" = "Lead Vox: clip at 0:01.000 (one.mid): to the file's end → 0:00.750
Lead Vox: clip at 0:01.000 (one.mid): repeat 1 → 2" ]
    clip "{midi: one.mid, at: 0:01}, {midi: two.mid, at: 0:05}"
    [ "$(said)" = "Lead Vox: clip at 0:05.000 (two.mid) added" ]
    clip "{midi: two.mid, at: 0:01}"
    [ "$(said)" = "Lead Vox: clip at 0:01.000 (one.mid): file one.mid → two.mid" ]
    clip "{midi: same.mid, at: 0:01}"
    [ "$(said)" = "nothing that can be heard changed" ]
    clip "{midi: one.mid, at: 0:01}"
    cp album/audio/two.mid album/audio/one.mid
    [ "$(said)" = "Lead Vox: clip at 0:01.000 (one.mid): other notes under the file's name: $PWD/old/audio/one.mid → $PWD/album/audio/one.mid" ]
    # Files that are not there hide no change, and those of the other are taken.
    rm old/audio/*
    run --separate-stderr ton diff old/sessions/album.yaml album/sessions/album.yaml
    [ "$output" = "nothing that can be heard changed" ]
    [[ $stderr == *"no takes lie beside old/sessions/album.yaml"* ]]
    rm album/audio/one.mid
    clip "{midi: one.mid, at: 0:03}"
    [ "$(said 2>told)" = "Lead Vox: clip at 0:01.000 (one.mid) moved 2 s later, to 0:03.000" ]
    grep -q "cannot be looked at (.*one.mid)" told
    # A state is heard, though no control says so.
    rm -r album
    make_plugin_production album "plugin: Test State, state: a.ttl"
    state() { printf '%s\n' '@prefix lv2: <http://lv2plug.in/ns/lv2core#> .' '@prefix pset: <http://lv2plug.in/ns/ext/presets#> .' \
        '@prefix state: <http://lv2plug.in/ns/ext/state#> .' \
        "<> a pset:Preset ; lv2:appliesTo <urn:ton:test:state> ; state:state [ <urn:ton:test:state#gain> \"$1\"^^<http://www.w3.org/2001/XMLSchema#float> ] ."; }
    state 0.5 >album/a.ttl
    state 0.25 >album/b.ttl
    rm -r old && cp -r album old
    said() { ton diff old/sessions/album.yaml album/sessions/album.yaml; }
    [ "$(said)" = "nothing that can be heard changed" ]
    sed -i 's/a.ttl/b.ttl/' album/sessions/album.yaml
    [ "$(said)" = "Lead Vox: test state state a.ttl → b.ttl" ]
    sed -i 's/b.ttl/a.ttl/' album/sessions/album.yaml
    cp album/b.ttl album/a.ttl
    [ "$(said)" = "Lead Vox: test state state: another content (a.ttl)" ]
}

@test "every block of doc/guide/plugins.md mixes with the plug-in it names, or is refused as it says" {
    unset LV2_PATH
    ton processors --lv2 urn:zamaudio:ZamComp >/dev/null 2>&1 || skip "ZamComp (zam-plugins) is not installed"
    ton processors --lv2 "MDA JX10" >/dev/null 2>&1 || skip "MDA JX10 (mda-lv2) is not installed"
    run "$TON_SOURCE/tests/cli/guide-blocks" session "$TON_SOURCE/doc/guide/plugins.md"
    echo "$output"
    [ "$status" -eq 0 ]
    [ "${output% blocks}" -ge 4 ]
}

@test "the guide's blocks hold for the tests' own plug-ins too" {
    sed 's/ZamCmp/Test Gian/; s/MDA JX10, preset: 303 Saw Bass/Test Tone/; s/ZamComp/Test Gain/g; s/VocalLeveller/Loud/; s/zamcomp\.makeup/test gain.make up gain/; s/threshold: -24 dB, makeup: 3 dB/make up gain: 3 dB/
        s/makup: 3 dB, ratio: 40/make up gian: 0 dB, gain_db: 40 dB/; s/`makup`; did you mean `makeup`/`make up gian`; did you mean `make up gain`/
        s/7:63: `ratio` is 40, it must be between 1 and 20/7:74: `make up gain` is 40 dB, it must be between -60 dB and 24 dB/; s/7:43: `Test Gain` has/7:45: `Test Gain` has/' \
        "$TON_SOURCE/doc/guide/plugins.md" >guide.md
    run "$TON_SOURCE/tests/cli/guide-blocks" session guide.md
    echo "$output"
    [ "$status" -eq 0 ]
}

one_note() { # FILE: A4 from 0.5 s to 1 s, 1.5 s long
    python3 -c 'import sys; t=b"\x83\x60\x90\x45\x64\x83\x60\x45\0\x83\x60\xff\x2f\0"; open(sys.argv[1],"wb").write(b"MThd\0\0\0\6\0\0\0\1\1\xe0MTrk"+len(t).to_bytes(4,"big")+t)' "$1"
}

sounding() { # FILE: from where to where there is sound, in ms
    python3 - "$1" <<'PY'
import struct, sys
data = open(sys.argv[1], "rb").read()
at = data.index(b"data") + 8
x = struct.unpack(f"<{(len(data) - at) // 4}f", data[at:])[::2]
spans, last = [], None
for i, v in enumerate(x):
    if v == 0:
        continue
    if last is None or i - last > 480:
        spans.append([i, i])
    spans[-1][1] = last = i
print(" ".join(f"{round(a / 48)}-{round(b / 48)}" for a, b in spans))
PY
}

@test "an instrument plays the MIDI clips of its track" {
    make_plugin_production album "plugin: Test Tone"
    one_note album/audio/one.mid
    clips() { sed -i "/Lead Vox:/,\$ s/^    clips: .*/    clips: [$1]/" album/sessions/album.yaml; }
    heard() { ton -C album mix --only "Lead Vox" -o "$WORK/m.wav" --format "wav float 32-bit" --quiet >/dev/null && sounding m.wav; }
    clips "{midi: one.mid}"
    [ "$(heard)" = 500-1000 ]
    ton -C album mix --only "Lead Vox" -o "$WORK/m.wav" --json --quiet >m.json
    [ "$(json m.json 'round(d["mixes"][0]["sample_peak_dbfs"], 1)')" = -6.0 ] # 0.5 on both sides
    # Placed, begun later, cut while it sounds, repeated.
    clips "{midi: one.mid, at: 0:02}"
    [ "$(heard)" = 2500-3000 ]
    clips "{midi: one.mid, at: 0:02, from: 0:00.400}"
    [ "$(heard)" = 2100-2600 ]
    clips "{midi: one.mid, at: 0:02, to: 0:00.750}, {midi: one.mid, from: 0:00.600}"
    [ "$(heard)" = 2500-2750 ] # of the second the note had begun before
    clips "{midi: one.mid, repeat: 3, every: 2 s}, {midi: one.mid, at: 0:10, mute: on}"
    [ "$(heard)" = "500-1000 2500-3000 4500-5000" ]
    # Half a second of notes is not lost behind two seconds of latency.
    clips "{midi: one.mid}"
    sed -i 's/^\( *\)- lv2: /\1- leveler: {}\n&/' album/sessions/album.yaml
    [ "$(heard)" = 500-1000 ]
    # Beside takes: the first of the chain that plays notes gets them.
    sed -i 's/- leveler: {}/- lv2: {plugin: Test Gain}/' album/sessions/album.yaml
    clips "{midi: one.mid, at: 0:07}, {take: Lead Vox.wav}"
    [ "$(heard)" = "0-6000 7500-8000" ]
}

@test "MIDI clips go where the arrangement plays them" {
    make_plugin_production album "plugin: Test Tone"
    one_note album/audio/one.mid
    sed -i '/Lead Vox:/,$ s/^    clips: .*/    clips: [{midi: one.mid, at: 0:01}]/; s/^tracks:/sections: {a: {from: 0:00, to: 0:01.750}, b: {from: 0:01.750, to: 0:04}}\narrangement: [b, a, a]\n&/' album/sessions/album.yaml
    ton -C album mix --only "Lead Vox" -o "$WORK/m.wav" --format "wav float 32-bit" --quiet
    [ "$(sounding m.wav)" = "3750-4000 5500-5750" ]
}

@test "what is wrong with a MIDI clip is said at its place" {
    make_plugin_production album "plugin: Test Tone"
    one_note album/audio/one.mid
    clips() { sed -i "/Lead Vox:/,\$ s/^    clips: .*/    clips: [$1]/" album/sessions/album.yaml; }
    clips "{midi: onne.mid}"
    run -2 ton -C album mix
    [[ $output == *"album.yaml:8:20: \`midi\`: there is no file \`onne.mid\`; did you mean \`one.mid\`?"* ]]
    cp album/audio/one.mid "album/audio/two"$'\n'"lines.mid"
    clips '{midi: "two\\nlines.mid"}'
    run -2 ton -C album mix
    [[ $output == *"album.yaml:8:20: the name of a MIDI file must stand on one line"* ]]
    clips "{midi: Kick.wav}"
    run -2 ton -C album mix
    [[ $output == *"album.yaml:8:20: \`Kick.wav\` has sound and no notes; write \`{take: Kick.wav}\`"* ]]
    echo none >album/audio/none.mid
    clips "{midi: none.mid}"
    run -2 ton -C album mix
    [[ $output == *"is no MIDI file of format 0 or 1"* ]]
    clips "{take: one.mid}"
    run -2 ton -C album mix
    [[ $output == *"album.yaml:8:20: \`one.mid\` has notes and no sound; write \`{midi: one.mid}\`"* ]]
    clips "{mid: one.mid}"
    run -2 ton -C album mix
    [[ $output == *"album.yaml:8:14: unknown key \`mid\` in a clip of notes; did you mean \`midi\`?"* ]]
    [ "$(grep -c album.yaml <<<"$output")" = 1 ]
    clips "{midi: one.mid, to: 0:02}, {midi: one.mid, gain: 3 dB}"
    run -2 ton -C album mix
    [[ $output == *"the clip reaches to 0:02.000 in its file \`one.mid\`, which is only 0:01.500 long"* ]]
    [[ $output == *"unknown key \`gain\` in a clip of notes"* ]]
    clips "{midi: one.mid}"
    sed -i 's/Test Tone/Test Gain/' album/sessions/album.yaml
    run -2 ton -C album mix
    [[ $output == *"album.yaml:8:13: nothing in the chain of \`Lead Vox\` plays notes"* ]]
}

@test "a plug-in in a chain preset is told, and changed, where it is used" {
    make_plugin_production album "plugin: Test Gain"
    mkdir album/presets
    printf 'tonmeister: 1\ntext: "Two gains."\nchain:\n  - gain\n  - lv2: {plugin: Test Gain, controls: {make up gain: -6 dB}}\n  - lv2: {plugin: Test State}\n' >album/presets/voice.yaml
    chain() { sed -i "/chain:/,\$d" album/sessions/album.yaml; printf '    chain: %s\n' "$1" >>album/sessions/album.yaml; }
    level() { ton -C album mix --only vocals -o "$WORK/m.wav" --json --quiet | python3 -c 'import json,sys; print(round(json.load(sys.stdin)["mixes"][0]["sample_peak_dbfs"], 1))'; }
    chain "{preset: voice}"
    [ "$(level)" = -19.5 ]
    chain "{preset: voice, lv2: {controls: {make up gain: -12 dB}}}"
    [ "$(level)" = -25.5 ]
    chain "{preset: voice, lv2: {bypass: on}, lv2 2: {preset: Quarter}}"
    [ "$(level)" = -25.5 ]
    chain "{preset: voice, lv2: {controls: {make up gian: 1 dB}}, lv2 3: {bypass: on}, lv2 2: {plugin: Test Gain}}"
    run -2 ton -C album mix
    [[ $output == *"\`Test Gain\` has no control \`make up gian\`; did you mean \`make up gain\`?"* ]]
    [[ $output == *"the preset \`voice\` has no \`lv2 3\` to change; it has \`gain\`, \`lv2\` and \`lv2 2\`"* ]]
    [[ $output == *"unknown key \`plugin\` in a plug-in of a preset"* ]]
    # Two tracks with one preset that crashes: each is named.
    sed -i 's/Test State/Test Crasher/' album/presets/voice.yaml
    chain "{preset: voice}"
    sed -i 's/^    clips: \[{take: Kick.wav}\]/&\n    chain: [{preset: voice}]/' album/sessions/album.yaml
    run -3 ton -C album deliver stems --quiet
    [[ $output == *"sessions/album.yaml:6:22 ("*"presets/voice.yaml:6:5): the plug-in \`Test Crasher\` crashed"* ]]
    [[ $output == *"sessions/album.yaml:10:21 ("*"presets/voice.yaml:6:5): the plug-in \`Test Crasher\` crashed"* ]]
}

@test "a plug-in knows the bar and the tempo at every frame, through changes and ramps" {
    make_plugin_production album "plugin: Test Clock"
    sed -i 's/^tracks:/tempo: [{at: 1|1, tempo: 120 bpm, meter: 4\/4}, {at: 2|1, tempo: 90 bpm, meter: 3\/4}, {at: 3|1, tempo: 150 bpm, meter: 6\/8}, {at: 4|1, tempo: 100 bpm, ramp: yes}, {at: 5|1, tempo: 200 bpm}]\n&/' album/sessions/album.yaml
    ton -C album mix --only vocals -o "$WORK/clock.wav" --format "wav float 32-bit" --quiet
    run -0 python3 - clock.wav <<'PY'
import math, struct, sys
data = open(sys.argv[1], "rb").read()
at = data.index(b"data") + 8
x = struct.unpack(f"<{(len(data) - at) // 4}f", data[at:])[::2]
factor = 64 / math.cos(math.pi / 4)  # a mono track in the middle
# Beats of the meter: quarters at 120 and 90, eighths at 150, 100 and 200.
spans = [(0, 4 * 60 / 120, 4), (1, 3 * 60 / 90, 3), (2, 6 * 60 / 150, 6)]
worst, frame = 0, 0
start = 0.0
for bar, seconds, beats in spans:
    while frame < (start + seconds) * 48000:
        worst = max(worst, abs(x[frame] * factor - (bar + (frame / 48000 - start) / seconds)))
        frame += 1
    start += seconds
# The ramp from 100 to 200 over 6 beats: beats(t) with db/dt = (100 + 100 b / 6) / 60.
length = 60 * 6 / 100 * math.log(2)
ramp = 0
while frame < min((start + length) * 48000, len(x) - 1):
    beat = 6 * (math.exp((frame / 48000 - start) * 100 / 60 / 6) - 1)
    ramp = max(ramp, abs(x[frame] * factor - (3 + beat / 6)))
    frame += 1
print(f"off by at most {worst:.1e} bars, in the ramp {ramp:.1e}, in {frame} frames")
sys.exit(not (worst < 2e-5 and ramp < 2e-3 and frame > 280000))
PY
    echo "$output"
}
