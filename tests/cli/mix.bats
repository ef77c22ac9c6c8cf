#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-3.0-or-later
bats_require_minimum_version 1.5.0
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

@test "a name that no disk takes is refused before anything is rendered" {
    make_production song
    words=()
    for _ in {1..30}; do words+=(--only drums); done
    run ton -C song mix song "${words[@]}"
    echo "# ${lines[-1]}" >&3
    [ "$status" -eq 2 ]
    [[ $output == *"disks take 255; give it another with \`--out\`"* ]]
    [ ! -e song/out ]
    ton -C song mix song "${words[@]}" -o short.wav
}

@test "a folder of sessions that is none, or must not be read, is told as that" {
    mkdir empty
    run ton -C empty mix
    [[ $output == *"there is no folder \`sessions\` here"* ]]
    touch empty/sessions
    run ton -C empty mix
    echo "# $output" >&3
    [[ $output == *"sessions: cannot open the folder: Not a directory"* ]]
}

@test "what cannot be mixed is said and leaves no file" {
    make_production song
    run ton -C song mix -o "$WORK/nowhere/x.wav"
    [ "$status" -eq 2 ]
    [[ $output == *"there is no folder \`$WORK/nowhere\`" ]]
    [ ! -e "$WORK/nowhere" ]
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

@test "the suffix decides the format, and what contradicts it or says nothing is refused" {
    make_production song
    ton -C song mix -o "$WORK/a.FLAC"
    ton measure --json a.FLAC >m.json
    [ "$(json m.json 'd["files"][0]["format"]["container"]')" = FLAC ]
    ton -C song mix -o "$WORK/a.wav" --format "wav 16-bit"
    ton measure --json a.wav >m.json
    [ "$(json m.json 'd["files"][0]["format"]["encoding"]')" = "PCM 16-bit" ]
    run ton -C song mix -o "$WORK/b.flac" --format "wav 24-bit"
    [ "$status" -eq 2 ]
    [[ $output == *'ends in `.flac`'*'`.wav`'* ]]
    run ton -C song mix -o "$WORK/b.xyz"
    [ "$status" -eq 2 ]
    [[ $output == *".mp3"* ]]
    [ -z "$(ls | grep '^b')" ]
    ton -C song mix -o /dev/null
    ton -C song mix -o "$WORK/plain"
    ton measure --json plain >m.json
    [ "$(json m.json 'd["files"][0]["format"]["encoding"]')" = "PCM 24-bit" ]
    run ton -C song mix -o "$WORK"
    [ "$status" -eq 2 ]
    [[ $output == *"is a folder"* ]]
}

@test "a lossy suffix gives a lossy file" {
    needs_libav
    make_production song
    for suffix in mp3 opus m4a; do ton -C song mix -o "$WORK/a.$suffix"; done
    ton measure --json a.mp3 a.opus a.m4a >m.json
    json m.json '[f["format"]["container"] for f in d["files"]]'
    [ "$(json m.json 'len({f["format"]["container"] for f in d["files"]} & {"WAV", "RF64"})')" -eq 0 ]
    [ "$(json m.json 'd["files"][0]["format"]["container"]')" = MP3 ]
}

@test "a mix can be led into another program, as WAV" {
    make_production song
    ton -C song mix -o "$WORK/file.wav"
    ton -C song mix -o - 2>said | cat >stream.wav
    [[ $(cat said) == *"standard output: wav 24-bit 48 kHz, 0:06.0"* ]]
    ton -C song mix -o /dev/stdout 2>said >shell.wav
    cmp shell.wav file.wav
    python3 - <<'PY'
def samples(name):
    data = open(name, "rb").read()
    return data[data.index(b"data") + 8:], data[4:8]
(stream, riff), (file, _) = samples("stream.wav"), samples("file.wav")
assert stream == file and riff == b"\xff\xff\xff\xff", (len(stream), len(file), riff)
PY
    ton measure --json stream.wav >m.json
    [ "$(json m.json 'd["files"][0]["format"]["frames"]')" -eq 288000 ]
    ton -C song mix -o - --format flac 2>said | cat >none
    [[ $(cat said) == *"is a pipe, which takes WAV alone"* ]]
    [ ! -s none ]
    run ton -C song mix -o - --json
    [ "$status" -eq 2 ]
    [ ! -e song/- ]
    refute ton -C song mix -o - 2>said >/dev/full
    [[ $(cat said) == *"No space left"* ]]
}

@test "what is no session is said, and the nearest one" {
    make_production song
    cp "$TON_SOURCE/README.md" song/README.md
    [[ $(ton -C song mix README.md 2>&1) == *"README.md: is no session, which is a YAML file; sessions/ has \`song\`" ]]
    [[ $(ton -C song mix sessions/sogn.yaml 2>&1) == *"did you mean \`song\`?" ]]
    [[ $(ton -C song mix sogn.yml 2>&1) == *"did you mean \`song\`?" ]]
    [[ $(ton -C song mix sessions 2>&1) == *"is a folder and no session"*"sessions/ has \`song\`" ]]
    [[ $(ton -C song mix one two 2>&1) == *"takes one SESSION, and \`two\` is a second"* ]]
    mkdir -p other/sessions
    [[ $(ton -C other mix ../song 2>&1) == *"\`ton -C ../song mix\`"* ]]
    for wrong in README.md sessions/sogn.yaml sessions "one two"; do
        # shellcheck disable=SC2086 # words
        run ton -C song mix $wrong
        [ "$status" -eq 2 ]
    done
}

@test "a mix never writes over a take" {
    make_production song
    cp song/audio/Kick.wav before.wav
    for out in audio/Kick.wav sessions/../audio/Kick.wav "$WORK/song/audio/Kick.wav"; do
        run ton -C song mix -o "$out"
        [ "$status" -eq 2 ]
        [[ $output == *"is a take"* ]]
    done
    cmp song/audio/Kick.wav before.wav
}

@test "a part of the mix does not take the name of the whole" {
    make_production song
    echo 'tempo: 120 bpm' >>song/sessions/song.yaml
    ton -C song mix
    sha256sum song/out/mixes/song.wav >sums
    ton -C song mix --only drums
    ton -C song mix --without vocals --from 0:01 --to '2|1' --format flac
    sha256sum -c sums
    [ -s "song/out/mixes/song (only drums).wav" ]
    [ -s "song/out/mixes/song (without vocals, from 0-01, to 2-1).flac" ]
    [ "$(find song/out -type f | wc -l)" -eq 3 ]
}

@test "a stretch in bars needs a tempo, and bars that are heard as they are written" {
    make_production song
    echo 'tempo: 120 bpm' >>song/sessions/song.yaml
    ton -C song mix --from '2|1' -o "$WORK/two.wav"
    sed -i '/^tempo:/d' song/sessions/song.yaml
    run ton -C song mix --from '2|1' -o "$WORK/x.wav"
    echo "# $output" >&3
    [ "$status" -eq 2 ]
    [[ $output == *"\`2|1\` counts bars, which mean nothing here"* ]]
    [ ! -e x.wav ]
}

@test "what a solo silences is told by mix, master and deliver, by whole paths" {
    make_production song
    cat >song/sessions/song.yaml <<'YAML'
tonmeister: 1
rate: 48 kHz
tracks:
  Kick: {clips: [{take: Kick.wav, at: 0:00}], to: Drums}
  Snare: {clips: [{take: Kick.wav, at: 0:00}], to: Drums, sends: {Room: 0 dB}}
  Vox: {clips: [{take: Lead Vox.wav, at: 0:00}]}
buses:
  Drums: {}
  Room: {}
YAML
    run ton -C song mix
    [[ $output != *solo* ]]
    sed -i 's/Drums: {}/Drums: {solo: yes}/' song/sessions/song.yaml
    for verb in mix master "deliver master"; do
        # shellcheck disable=SC2086 # words
        run ton -C song $verb
        [ "$status" -eq 0 ]
        [[ $output == *'song.yaml:8:'*'`Drums` is soloed: `Vox` is silent'* ]]
    done
    sed -i 's/Drums: {solo: yes}/Drums: {}/; s/Room: {}/Room: {solo: yes}/' song/sessions/song.yaml
    run ton -C song mix
    [[ $output == *'`Room` is soloed: `Kick` and `Vox` are silent'* ]]
    ton -C song mix --json >m.json 2>/dev/null
    [ "$(json m.json 'len(d["mixes"])')" -eq 1 ]
}

@test "a silent mix says so, whatever made it silent" {
    make_production song
    run ton -C song mix --without drums --without vocals
    [ "$status" -eq 0 ]
    [[ $output == *"silent: what was asked for"* ]]
    sed -i 's/^    gain: 0 dB/    mute: yes/' song/sessions/song.yaml
    run ton -C song mix
    [[ $output == *"silent: no track reaches it"* ]]
    run ton -C song deliver
    [[ $output == *"silent: no track reaches it"* ]]
}

@test "many resampled takes are one warning" {
    mkdir in
    for i in 1 2 3 4 5; do make_take "in/Tom $i.wav" 1 100 1 44100; done
    ton new song >/dev/null
    ton -C song import "$WORK/in" >/dev/null
    sed -i 's/^rate:.*/rate: 48 kHz/' song/sessions/song.yaml
    run ton -C song mix --verbose
    [ "$(grep -c resampled <<<"$output")" -eq 1 ]
    [[ $output == *"5 takes are resampled to 48 kHz"* ]]
}

@test "a part of a mix says which side-chains hear nothing in it" {
    make_production song
    cat >song/sessions/song.yaml <<'YAML'
tonmeister: 1
tracks:
  Kick:
    role: drums.kick
    clips: [{take: Kick.wav}]
  Bass:
    role: bass
    clips: [{take: Lead Vox.wav}]
    chain: [gate: {sidechain: Kick, threshold: -60 dB}]
    to: Low
buses:
  Low: {chain: [compressor: {sidechain: Kick}, gate: {sidechain: Bass}]}
YAML
    run -0 ton -C song mix --only bass --quiet
    [[ $output == *"song.yaml:9:13: warning: the side-chain of \`Bass\` is silent here: what it listens to, \`Kick\`, is left out; \`solo: on\` at \`Bass\`"* ]]
    [[ $output == *"song.yaml:12:17: warning: the side-chain of \`Low\`"* ]]
    [ "$(grep -c "side-chain of" <<<"$output")" = 2 ]
    for part in "" "--only drums" "--only drums --only bass" "--without drums"; do
        # shellcheck disable=SC2086 # words
        run -0 ton -C song mix $part --quiet
        [[ $output != *"side-chain of"* ]]
    done
}

@test "every instruction set gives the same file, and one that is none is refused" {
    make_production song
    for set in generic avx2 avx512; do
        TON_CPU=$set ton -C song mix song -o "$WORK/$set.wav"
        cmp "$set.wav" generic.wav
    done
    TON_CPU=sse9 run ton -C song mix song -o "$WORK/none.wav"
    echo "# $output" >&3
    [ "$status" -eq 2 ]
    [[ $output == *"\`sse9\` is no instruction set; there are generic, avx2 and avx512"* ]]
}

@test "a start loads no codec: libav comes when a file needs it" {
    needs_libav
    make_production song
    LD_DEBUG=files "$TON" -C song mix -o "$WORK/a.wav" 2>plain >/dev/null
    refute grep libavformat plain
    LD_DEBUG=files "$TON" -C song mix -o "$WORK/a.mp3" 2>coded >/dev/null
    grep -q libavformat coded
    echo "# mix to WAV: $(grep -c 'generating link map' plain) libraries, to MP3: $(grep -c 'generating link map' coded)" >&3
}

@test "a profile names every strip and processor, the dearest first, and adds up to all" {
    make_production song
    sed -i '0,/gain: 0 dB/s//chain: [{compressor: {threshold: -20 dB}}, {gain: {gain: 1 dB}}]\n    gain: 0 dB/' song/sessions/song.yaml
    ton -C song mix song -o "$WORK/x.wav" --profile >table.txt
    python3 - <<'PY'
import json, os, re, resource, subprocess
lines = [l for l in open("table.txt").read().split("\n")[2:] if l.endswith(" %")]
seconds = [float(l.split()[-3]) for l in lines]
shares = [float(l.split()[-2]) for l in lines]
assert lines[-1].startswith("Total ") and lines[-2].startswith("The rest "), lines
assert abs(sum(seconds[:-1]) - seconds[-1]) < 0.0006 * len(lines), seconds
assert shares[-1] == 100 and abs(sum(shares[:-1]) - 100) < 0.06 * len(lines), shares
strips = [(float(m[1]), i) for i, l in enumerate(lines) if (m := re.match(r"\S.*?, ([0-9.]+) %  ", l))]
assert len(strips) >= 3 and strips == sorted(strips, key=lambda s: -s[0]), strips
for (_, first), (_, end) in zip(strips, strips[1:] + [(0, len(lines) - 2)]):
    assert seconds[first:end] == sorted(seconds[first:end], reverse=True), lines[first:end]
used = lambda: (lambda r: r.ru_utime + r.ru_stime)(resource.getrusage(resource.RUSAGE_CHILDREN))
before = used()
said = subprocess.run([os.environ["TON"], "-C", "song", "mix", "song", "-o", "../x.wav", "--profile", "--json"], stdout=subprocess.PIPE)
mix = json.loads(said.stdout)["mixes"][0]
rows, sums = mix["profile"], mix["profile_seconds"]
assert {"compressor", "gain", "reading", "measuring", "output"} <= {r["work"] for r in rows}, rows
assert all(r["seconds"] >= 0 and r["frames"] > 0 for r in rows), rows
assert abs(sum(r["seconds"] for r in rows) + sums["rest"] - sums["total"]) < 1e-6 * len(rows), sums
assert abs(sum(sums.values()) - 2 * sums["total"]) < 1e-5 and sums["processors"] > sums["mixing"] >= 0, sums
assert 0.3 * (used() - before) < sums["total"] < used() - before, sums
print(f"# {len(rows)} rows, {sums['total']:.3f} s of {used() - before:.3f}")
PY
}
