#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-3.0-or-later
load common.bash

@test "a part of what is owed is not taken for the whole" {
    make_production song
    echo '  a cappella: {only: [vocals]}' >>song/production.yaml
    run ton -C song deliver master
    [ "$status" -eq 0 ]
    [[ $output == *"1 of 1 file made."*"Of the $N_FILES files of other deliverables 0 are up to date; "* ]]
    [ "$(find song/.cache/mixes -name "*.wav" | wc -l)" -eq 1 ] # nothing is rendered for the others
    run ton -C song deliver "a cappella" master
    [[ $output == *"Of the $((N_FILES - 1)) files of other deliverables 0 are up to date"* ]]
    run ton -C song deliver
    [[ $output != *"other deliverables"* ]]
    run ton -C song deliver master
    [[ $output == *"Nothing changed: the file stands as it is."*"The $N_FILES files of other deliverables are up to date."* ]]
    rm song/out/a\ cappella/*
    ton -C song deliver master --json >d.json
    [ "$(json d.json 'd["others"]')" = "{'files': $N_FILES, 'up_to_date': $((N_FILES - 1))}" ]
    sed -i "0,/gain: .* dB/s//gain: -6 dB/" song/sessions/song.yaml # of the kick
    run ton -C song deliver download
    [[ $output == *"Of the 2 files of other deliverables 0 are up to date"* ]]
    run ton -C song master
    [[ $output != *"other deliverables"* ]]
}

@test "a delivery meets its loudness, holds its ceiling and says so in JSON" {
    make_production song
    ton -C song deliver --json >d.json
    [ "$(json d.json 'len(d["deliverables"])')" -eq "$N_FILES" ]
    [ "$(json d.json 'all(abs(f["integrated_lufs"] + 14) <= 0.1 for f in d["deliverables"])')" = True ]
    [ "$(json d.json 'all(f["true_peak_dbtp"] <= -1.0 for f in d["deliverables"])')" = True ]
    [ "$(json d.json 'd["deliverables"][0]["verdict"]')" = pass ]
    [ "$(json d.json 'd["deliverables"][0]["rebuilt"]')" = True ]
}

@test "a second delivery builds nothing, and one moved fader builds what it changes" {
    make_production song
    ton -C song deliver
    find song/out -name "*.wav" -newer song/production.yaml -exec stat -c %y {} + >before
    run ton -C song deliver
    [ "$status" -eq 0 ]
    [[ $output == *"Nothing changed"* ]]
    find song/out -name "*.wav" -newer song/production.yaml -exec stat -c %y {} + >after
    cmp before after
    sed -i '0,/gain: 0 dB/s//gain: -3 dB/' song/sessions/song.yaml
    ton -C song deliver --json >d.json
    [ "$(json d.json 'all(f["rebuilt"] for f in d["deliverables"])')" = True ]
}

@test "what takes longest is made first" {
    needs_libav
    make_production song
    ton -C song deliver --threads 1 >/dev/null
    mapfile -t made < <(find song/out \( -name "*.opus" -o -name "*.mp3" -o -name "*.flac" -o -name "*.wav" \) -printf "%T@ %f\n" | sort -n | sed "s/.*\.//")
    echo "# ${made[*]}" >&3
    [ "${made[*]}" = "opus mp3 flac wav" ]
}

@test "a deleted file is made again with the same bytes, also without the cache" {
    make_production song
    ton -C song deliver
    file=$(ls song/out/master/*.wav)
    sha256sum "$file" >sums
    rm -r "$file" song/.cache
    ton -C song deliver --json >d.json
    sha256sum -c sums
    [ "$(json d.json 'sum(f["rebuilt"] for f in d["deliverables"])')" -eq 1 ]
}

@test "a missed spec gives exit status 1 and the amount" {
    make_production song
    cat >>song/production.yaml <<'YAML'
  wrong: {spec: ebu-r128, loudness: -16 LUFS}
YAML
    run ton -C song deliver wrong
    [ "$status" -eq 1 ]
    [[ $output == *"too high"* ]]
    [[ $output == *"fail"* ]]
    [[ $output == *"Give the deliverable \`loudness: -23 LUFS\`."* ]]
}

@test "a remedy is one that helps: of channels, of sectors, of loud passages, of RMS" {
    needs_libav
    make_production song
    cat >>song/production.yaml <<'YAML'
  one: {spec: podcast, loudness: -19 LUFS, format: mp3 64k mono}
  two: {spec: podcast-mono, format: mp3 128k}
  disc: {spec: cd, format: wav 16-bit 48 kHz}
  advert: {spec: ebu-r128-s1, loudness: -14 LUFS}
  book: {spec: acx, loudness: -9 LUFS}
  phone: {spec: spotify, format: wav 16-bit 32 kHz}
  stream: {spec: ebu-r128-s2}
YAML
    run ton -C song deliver one two disc advert book phone stream
    [ "$status" -eq 1 ]
    after() { # FILE WORDS: the line under this failure
        grep -F -A 1 "$1" <<<"$output" | grep -F -A 1 "$2" | tail -1
    }
    [[ $(after "(one)" "integrated loudness") == *"\`spec: podcast-mono\`"* ]]
    [[ $(after "(one)" "1 channel") == *"\`spec: podcast-mono\`"* ]]
    [[ $output == *"bit rate 64 kbps is 64 kbps too low"* ]]
    [[ $(after "(two)" "2 channels") == *"\`spec: podcast\`"* ]]
    [[ $(after "(disc)" "sector remainder") == *"\`format: wav 16-bit 44.1 kHz\`"* ]]
    [[ $(after "(advert)" "short term maximum") == *"\`loudness: -23 LUFS\`"* ]]
    [[ $(after "(book)" "rms") == *"Leave out \`loudness\`"* ]]
    [[ $(after "(phone)" "rate 32 kHz") == *"\`format: wav 24-bit\`"* ]]
    refute grep "(stream).*: integrated loudness" <<<"$output" # -18 LUFS, the middle of the range
}

@test "what is too quiet to be mastered is told to be turned up" {
    make_production song
    sed -i 's/gain: 0 dB/gain: -50 dB/' song/sessions/song.yaml
    run ton -C song deliver master
    [ "$status" -eq 1 ]
    [[ $output == *"no master gets more than 40 dB of gain; turn the mix up"* ]]
    [[ $output != *"raise the ceiling"* ]]
    sed -i 's/gain: -50 dB/gain: -90 dB/' song/sessions/song.yaml
    run ton -C song deliver master
    [ "$status" -eq 1 ]
    [[ $output == *"it is silent, quieter than -70 LUFS or too short to have a loudness"* ]]
}

@test "files of an earlier naming are told once, and left where they are" {
    make_production song
    ton -C song deliver
    sed -i 's/^version:.*//' song/production.yaml
    echo 'version: 7' >>song/production.yaml
    run ton -C song deliver master
    [[ $output != *"no longer owed"* ]] # the others were not asked for
    run ton -C song deliver
    [[ $output == *"warning: $N_FILES files that are no longer owed are still there, the first of them out/master/"* ]]
    [ "$(find song/out -name '* v1.*' | wc -l)" -eq "$N_FILES" ]
    run ton -C song deliver
    [[ $output != *"no longer owed"* ]]
    echo 'version: 8' >>song/production.yaml
    sed -i '/^version: 7/d' song/production.yaml
    rm song/out/*/*" v7."*
    run ton -C song deliver
    [[ $output != *"no longer owed"* ]]
}

@test "versions leave out and keep what they say, and stems add up to the mix" {
    make_production song
    cat >>song/production.yaml <<'YAML'
  instrumental: {without: [vocals]}
  a cappella: {only: [vocals]}
  stems: {each: [drums, vocals], format: wav float 48 kHz}
  raw mix: {mastered: no, format: wav float 48 kHz}
YAML
    ton -C song deliver instrumental "a cappella" stems "raw mix"
    python3 - song/out <<'PY'
import pathlib, struct, sys
def samples(path):
    data = path.read_bytes()
    at = data.index(b"data")
    n = struct.unpack("<I", data[at + 4:at + 8])[0]
    return struct.unpack(f"<{n // 4}f", data[at + 8:at + 8 + n])
out = pathlib.Path(sys.argv[1])
stems = [samples(p) for p in sorted((out / "stems").glob("*.wav"))]
mix = samples(next((out / "raw mix").glob("*.wav")))
assert len(stems) == 2
worst = max(abs(a + b - m) for a, b, m in zip(*stems, mix))
assert worst < 10 ** (-120 / 20), worst
PY
}

@test "mastered stems and versions go through the chain, unmastered ones do not" {
    make_production song
    cat >>song/production.yaml <<'YAML'
  glued: {each: [drums, vocals], mastered: yes, format: wav float}
  voice: {only: [vocals], mastered: yes, format: wav float}
  raw: {without: [vocals], mastered: no, format: wav float}
YAML
    ton -C song deliver glued voice raw --json >d.json
    [ "$(json d.json 'len({f["gain_db"] for f in d["deliverables"] if f["name"] != "raw"})')" -eq 1 ]
    [ "$(json d.json 'sum(f["gain_db"] is None for f in d["deliverables"])')" -eq 1 ]
}

@test "a loudness or ceiling of what is not mastered is warned of" {
    make_production song
    cat >>song/production.yaml <<'YAML'
  raw: {mastered: no, loudness: -16 LUFS, format: wav float}
  stems: {each: [drums, vocals], ceiling: -2 dBTP, format: wav float}
YAML
    run ton -C song deliver raw stems
    [ "$status" -eq 0 ]
    [[ $output == *"warning: \`loudness\` of \`raw\` does nothing"* ]]
    [[ $output == *"warning: \`ceiling\` of \`stems\` does nothing"* ]]
}

@test "stems that do not add up, silent versions and dither without bits are warned of" {
    make_production song
    cat >song/sessions/song.yaml <<'YAML'
tonmeister: 1
tracks:
  Kick: {role: drums.kick, clips: [{take: Kick.wav}], to: Drums}
  Vox: {role: vocals.lead, clips: [{take: Lead Vox.wav}], sends: {Plate: -6 dB}}
  Keys: {clips: [{take: Kick.wav}]}
  Old: {clips: [{take: Kick.wav}], mute: yes}
buses: {Drums: , Plate: {chain: [reverb]}, Spare: }
YAML
    cat >>song/production.yaml <<'YAML'
  less: {each: [Drums, vocals]}
  more: {each: [Drums, drums.kick, vocals, Keys]}
  ways: {each: [Drums, Keys, Plate]}
  good: {each: [Drums, vocals, Keys]}
  none: {without: [drums, Vox, Keys]}
  both: {only: vocals, without: vocals.lead}
  empty: {only: Spare}
  float: {format: wav float, dither: tpdf}
  bits: {format: [wav float, flac], dither: shaped}
YAML
    run ton -C song deliver -v less more ways good none both empty float bits
    [ "$status" -eq 0 ]
    [[ $output == *'stems of `less` are less than the mix of `song`: `Keys` is in none of them'* ]]
    [[ $output == *'stems of `more` are more than the mix of `song`: `Kick` is in two of them, `Drums` and `drums.kick`'* ]]
    [[ $output == *'stems of `ways` are less'*': `Vox` is in them only in part'* ]]
    [[ $output == *'`none` is silent: `without` leaves nothing'* ]]
    [[ $output == *'`both` is silent: `only` and `without` leave nothing'* ]]
    [[ $output == *'`empty` is silent: `only` leaves nothing'* ]]
    [[ $output == *'`dither` of `float` does nothing'* ]]
    [ "$(grep -c ':3: warning' <<<"$output")" -eq 7 ]
    [[ $output != *'`good`'* && $output != *'`bits`'* ]]
}

@test "two files of one name are refused before anything is rendered" {
    make_production song
    echo 'naming: "{artist}"' >>song/production.yaml
    sed -i 's/^  download:.*/  download: {format: [wav 24-bit, wav 16-bit]}/' song/production.yaml
    run ton -C song deliver
    [ "$status" -eq 2 ]
    [[ $output == *"would be written twice"* ]]
    [ ! -e song/out ]
}

@test "a delivery never writes over a take, whatever links and names lead to it" {
    make_production song
    (cd song/audio && sha256sum ./*) >before
    mkdir -p song/out
    ln -s ../audio song/out/master
    echo 'naming: Kick' >>song/production.yaml
    run ton -C song deliver master
    [ "$status" -eq 2 ]
    [[ $output == *'production.yaml:'*'`out/master/Kick.wav` is a take'* ]]
    (cd song/audio && sha256sum ./*) | cmp - before
    # An output that a session has as its take, and a hard link to one.
    rm song/out/master && mkdir song/out/master
    ln song/audio/Kick.wav song/out/master/Kick.wav
    run ton -C song deliver master
    [ "$status" -eq 2 ]
    # A link of that name is replaced, the take behind it stays; a link to a folder elsewhere holds.
    rm -r song/out && mkdir -p elsewhere/master && ln -s ../elsewhere song/out
    ln -s "$WORK/song/audio/Kick.wav" elsewhere/master/Kick.wav
    ton -C song deliver master
    [ ! -L elsewhere/master/Kick.wav ]
    (cd song/audio && sha256sum ./*) | cmp - before
}

@test "an unknown deliverable or spec gets the nearest" {
    make_production song
    run ton -C song deliver mastr
    [ "$status" -eq 2 ]
    [[ $output == *'`master`'* ]]
    sed -i 's/spec: streaming/spec: streamin/' song/production.yaml
    run ton -C song deliver
    [ "$status" -eq 2 ]
    [[ $output == *'`streaming`'* ]]
}

@test "the manifest has the hash of every file and every source" {
    make_production song
    ton -C song deliver
    python3 - song "$N_FILES" <<'PY'
import hashlib, json, pathlib, sys
root = pathlib.Path(sys.argv[1])
manifest = json.loads((root / "out/manifest.json").read_text())
for entry in manifest["files"] + manifest["sources"]:
    assert hashlib.sha256((root / entry["path"]).read_bytes()).hexdigest() == entry["sha256"], entry
assert len(manifest["files"]) == int(sys.argv[2])
assert {s["path"] for s in manifest["sources"]} >= {"production.yaml", "sessions/song.yaml", "audio/Kick.wav"}
assert all(len(f["key"]) == 32 for f in manifest["files"])
PY
}

@test "the manifest says on what kind of machine each file was made" {
    make_production song
    ton -C song deliver
    libc=$(getconf GNU_LIBC_VERSION 2>/dev/null || echo "another libc")
    fma="no FMA"
    if [ "$(uname -m)" = aarch64 ] || grep -qw fma /proc/cpuinfo; then fma=FMA; fi
    said=$(grep '"machine"' song/out/manifest.json)
    echo "# ${said%%$'\n'*}" >&3
    [ "$(grep -c "$libc, $fma" <<<"$said")" -eq "$N_FILES" ]
    ton -C song deliver
    [ "$(grep '"machine"' song/out/manifest.json)" = "$said" ]
}

@test "the report stands alone" {
    make_production song
    ton -C song deliver
    grep -q "<svg" song/out/report.html
    refute grep -Eiq "https?:|@import|url\(|<script|<link|<iframe" song/out/report.html
}

@test "the report leads to every delivered file and to nothing outside" {
    make_production song
    sed -i 's/^naming:.*//; $a naming: "100% #1? {title}: {deliverable}"' song/production.yaml
    ton -C song deliver
    python3 - song/out "$N_FILES" <<'PY'
import html.parser, pathlib, sys, urllib.parse
out, n_files = pathlib.Path(sys.argv[1]), int(sys.argv[2])
ids, anchors, files, players, loading = set(), [], set(), [], []
class Page(html.parser.HTMLParser):
    def handle_starttag(self, tag, pairs):
        has = dict(pairs)
        ids.add(has.get("id"))
        if tag == "audio":
            players.append(has["src"])
            loading.append(has["preload"])
        for key in ("href", "src", "srcset", "data", "action", "poster"):
            if (has.get(key) or "").startswith("#"):
                anchors.append(has[key][1:])
            elif key in has:
                url = urllib.parse.urlsplit(has[key])
                assert not url.scheme and not url.netloc and not url.query and not url.fragment, has[key]
                files.add(out / urllib.parse.unquote(url.path))
Page().feed((out / "report.html").read_text())
assert set(anchors) <= ids, anchors
delivered = {f for f in out.rglob("*") if f.is_file() and f.name != "report.html"}
assert files == delivered, files ^ delivered
assert len(players) == n_files and set(loading) == {"none"}, (players, loading)
PY
}

@test "a failed check stands in the report with what to do about it" {
    make_production song
    echo '  air: {spec: ebu-r128, loudness: -20 LUFS, format: wav 24-bit 48 kHz}' >air
    sed -i '/^deliverables:/r air' song/production.yaml
    run ton -C song deliver
    [ "$status" -eq 1 ]
    grep -q "Failed checks" song/out/report.html
    grep -q "EBU R 128 asks for -23 LUFS.*Give the deliverable <code>loudness: -23 LUFS</code>" song/out/report.html
    sed -i 's/loudness: -20 LUFS/loudness: -23 LUFS/' song/production.yaml
    ton -C song deliver
    refute grep -q "Failed checks" song/out/report.html
}

@test "drawings are kept, and made again when another spec draws other lines" {
    make_production song
    ton -C song deliver
    find song/.cache -name "*.svg" | sort >before
    ton -C song deliver
    find song/.cache -name "*.svg" | sort | cmp - before
    sed -i 's/{format: \[flac/{spec: spotify, mastered: no, format: [flac/' song/production.yaml
    run ton -C song deliver
    [ "$(grep -c "ceiling -2.0 dBTP" song/out/report.html)" -eq 0 ]
    sed -i 's/spec: spotify/spec: amazon-music/' song/production.yaml
    run ton -C song deliver
    grep -q "ceiling -2.0 dBTP" song/out/report.html
}

@test "ton master writes one master a session" {
    make_production song
    run ton -C song master
    [ "$status" -eq 0 ]
    [ -s song/out/masters/song.wav ]
    ton measure --json song/out/masters/song.wav >m.json
    [ "$(json m.json 'abs(d["files"][0]["integrated_lufs"] + 14) <= 0.1')" = True ]
}

@test "a word of one session does not stop the album, a word of none does" {
    ton new album --template album >/dev/null
    sed -i 's/^sessions:.*/sessions: [one, two]/; s/^  download:.*/  a cappella: {only: [vocals]}/; /^  cd:/d' album/production.yaml
    make_take "Lead Vox.wav" 5 440
    make_take "Kick.wav" 5 60
    ton -C album import "$WORK/Lead Vox.wav" --session one
    ton -C album import "$WORK/Kick.wav" --session two
    ton -C album deliver --json >d.json
    [ "$(json d.json '[f["session"] for f in d["deliverables"] if f["name"] == "a cappella"]')" = "['one']" ]
    sed -i 's/only: \[vocals\]/only: [vocls]/' album/production.yaml
    run ton -C album deliver
    [ "$status" -eq 2 ]
    [[ $output == *'production.yaml:'*'`vocls`'* ]]
}

@test "a file of integers that clips fails without a spec, a float file does not" {
    make_production song
    sed -i '0,/gain: 0 dB/s//gain: +12 dB/' song/sessions/song.yaml
    cat >>song/production.yaml <<'YAML'
  fixed: {mastered: no, format: wav 16-bit}
  free: {mastered: no, format: wav float}
YAML
    run ton -C song deliver fixed
    [ "$status" -eq 1 ]
    [[ $output == *"clipped"* ]]
    ton -C song deliver free
}

@test "a fader that is moved back finds its mixes" {
    make_production song
    ton -C song deliver
    sums() { (cd song && find out -name "*.wav" -exec sha256sum {} + | sort); }
    sums >before
    sed -i '0,/gain: 0 dB/s//gain: -3 dB/' song/sessions/song.yaml
    ton -C song deliver
    refute cmp -s before <(sums)
    find song/.cache -name "*.wav" -printf "%p %T@\n" | sort >kept
    sed -i '0,/gain: -3 dB/s//gain: 0 dB/' song/sessions/song.yaml
    ton -C song deliver
    cmp before <(sums)
    find song/.cache -name "*.wav" -printf "%p %T@\n" | sort | cmp - kept
}

@test "two deliveries of one production do not meet" {
    make_production song
    exec 9<song
    flock -x 9
    run ton -C song deliver 9<&-
    [ "$status" -eq 3 ]
    [[ $output == *"another"* ]]
    [ ! -e song/out/manifest.json ]
    exec 9<&-
    ton -C song deliver
}

@test "a cached file that was cut short is rendered again" {
    make_production song
    ton -C song deliver master
    file=$(ls song/out/master/*.wav)
    sha256sum "$file" >sums
    for cached in song/.cache/*/*.wav; do truncate -s 5000 "$cached"; done
    rm -r song/out
    ton -C song deliver master
    sha256sum -c sums
}

@test "a target that cannot be reached fails without a spec, the second time too" {
    make_production song
    echo '  loud: {loudness: -2 LUFS, ceiling: -9 dBTP, format: wav 24-bit}' >>song/production.yaml
    for time in first second; do
        run ton -C song deliver loud
        [ "$status" -eq 1 ]
        [[ $output == *"misses the target"* ]]
    done
}

@test "the tempo counts where the mastering chain keeps time in notes" {
    make_production song
    sed -i 's/^    - limiter/    - delay: {time: 1\/4, mix: 50 %}\n    - limiter/' song/production.yaml
    sed -i 's/^rate:/tempo: 120 bpm\nrate:/' song/sessions/song.yaml
    ton -C song deliver master
    sha256sum song/out/master/*.wav >sums
    sed -i 's/^tempo: 120/tempo: 60/' song/sessions/song.yaml
    ton -C song deliver master
    refute sha256sum -c sums
}

@test "a part of a delivery leaves the report of the whole alone" {
    make_production song
    ton -C song deliver
    cp song/out/report.html before.html
    ton -C song deliver master --again
    cmp song/out/report.html before.html
}

@test "a production without an artist and a session without a title deliver all the same" {
    make_production song
    sed -i '/^artist:/d' song/production.yaml
    sed -i '/^title:/d' song/sessions/song.yaml
    ton -C song deliver master --again
    ton -C song deliver
    [ -s "song/out/master/song (master) v1.wav" ]
    sed -i '/^title:/d' song/production.yaml
    ton -C song deliver
    grep -q "<h1>Untitled</h1>" song/out/report.html
}

# Flips a byte in the middle of each file, its time of change kept.
flip() {
    python3 - "$@" <<'PY'
import os, sys
for name in sys.argv[1:]:
    state = os.stat(name)
    with open(name, "r+b") as f:
        f.seek(state.st_size // 2)
        byte = f.read(1)[0]
        f.seek(state.st_size // 2)
        f.write(bytes([byte ^ 0x55]))
    os.utime(name, ns=(state.st_atime_ns, state.st_mtime_ns))
PY
}

@test "a damaged cache is never heard" {
    make_production song
    ton -C song deliver
    find song/out -name "*.wav" -exec sha256sum {} + >sums
    flip song/.cache/*/*.wav song/.cache/*/*.sum song/.cache/hashes
    rm song/out/*/*.wav
    ton -C song deliver
    sha256sum -c sums
}

@test "a damaged drawing of the cache is drawn again" {
    make_production song
    ton -C song deliver
    cp song/out/report.html whole.html
    for drawing in song/.cache/drawings/*.svg; do truncate -s 900 "$drawing"; done
    ton -C song deliver
    cmp song/out/report.html whole.html
}

@test "a manifest that somebody changed is not believed" {
    make_production song
    ton -C song deliver
    cp song/out/manifest.json whole.json
    sed -i 's/"integrated_lufs": -/"integrated_lufs": -1/; s/"frames": /"frames": 9/' song/out/manifest.json
    refute cmp -s song/out/manifest.json whole.json
    run ton -C song deliver
    [ "$status" -eq 0 ]
    [[ $output == *"changed after it was written"* ]]
    cmp song/out/manifest.json whole.json
}

@test "a byte that changed in a delivered file is noticed, and so is one in a take" {
    make_production song
    ton -C song deliver master
    file=$(ls song/out/master/*.wav)
    sha256sum "$file" >sums
    flip "$file"
    run ton -C song deliver master
    [ "$status" -eq 0 ]
    [[ $output == *"not the file that was delivered"* ]]
    sha256sum -c sums
    ton -C song deliver master --verify --json >d.json
    [ "$(json d.json 'd["deliverables"][0]["rebuilt"]')" = False ]
    flip song/audio/Kick.wav
    ton -C song deliver master --json >d.json
    [ "$(json d.json 'd["deliverables"][0]["rebuilt"]')" = True ]
}

@test "an unchanged delivery reads no take" {
    command -v strace >/dev/null || skip "no strace"
    make_production song
    ton -C song deliver
    sleep 0.1
    ton -C song deliver # what was written just before is hashed once more
    strace -f -e trace=read,pread64 -o trace "$TON" -C song deliver || skip "strace is not allowed here"
    bytes=$(awk -F'= ' '/read/ { n += $NF } END { print n }' trace)
    echo "$bytes bytes read"
    [ "$bytes" -lt 1000000 ] # the takes alone have 1.7 MB
}

@test "a cover that is no picture is told before any work, also through another folder" {
    make_production song
    echo "cover: cover.jpg" >>song/production.yaml
    echo "no picture" >song/cover.jpg
    run ton -C song deliver
    [ "$status" -eq 2 ]
    [[ $output == *"cover.jpg"*"no JPEG or PNG"* ]]
    [ ! -e song/out ]
    [ ! -e song/.cache ]
}

@test "a missing artist is warned of, one of a recording is enough" {
    make_production song
    run ton -C song deliver master
    [[ $output == *"Unknown Artist"* ]]
    sed -i '/^artist:/d' song/production.yaml
    run ton -C song deliver master
    [[ $output == *"has no artist"* ]]
    printf 'recordings:\n  song: {artist: The Sleepers}\n' >>song/production.yaml
    run ton -C song deliver master
    [[ $output != *artist* ]]
}

@test "the report claims no spec where none was asked for" {
    make_production song
    sed -i 's/{spec: [a-z-]*, /{/' song/production.yaml
    ton -C song deliver
    refute grep -q "every spec met" song/out/report.html
    grep -q "files made" song/out/report.html
}

@test "an audiobook and a mono podcast pass" {
    needs_libav
    make_production song
    cat >>song/production.yaml <<'YAML'
  book: {spec: acx}
  episode: {spec: podcast-mono}
YAML
    sed -i 's/at: 0:00}/at: 0:01}/' song/sessions/song.yaml # room before the first word
    ton -C song deliver book episode --json >d.json
    [ "$(json d.json '[f["verdict"] for f in d["deliverables"]]')" = "['pass', 'pass']" ]
    [ "$(json d.json '[f["channels"] for f in d["deliverables"]]')" = "[1, 1]" ]
    [ "$(json d.json 'abs(d["deliverables"][0]["rms_dbfs"] + 20.5) < 0.1')" = True ]
    [ "$(json d.json 'd["deliverables"][0]["format"]')" = "mp3 192k 44.1 kHz mono" ]
}

@test "a moved fader leaves the files that do not hear it untouched, reverb or not" {
    make_production song
    cat >song/sessions/song.yaml <<'YAML'
tonmeister: 1
tracks:
  Kick: {role: drums.kick, clips: [{take: Kick.wav}], sends: {Hall: -6 dB}}
  Vox: {role: vocals.lead, clips: [{take: Lead Vox.wav}], gain: 0 dB, sends: {Hall: -6 dB}}
buses: {Hall: {chain: [reverb]}}
YAML
    cat >>song/production.yaml <<'YAML'
  stems: {each: [drums, vocals], format: wav 24-bit}
YAML
    ton -C song deliver stems
    find song/out -path "*drums*" -printf "%i %T@ %s\n" >before
    for gain in -0.5 -1 -2 -3 1; do
        sed -i "s/gain: .* dB, sends/gain: $gain dB, sends/" song/sessions/song.yaml
        ton -C song deliver stems --json >d.json
        [ "$(json d.json '[f["rebuilt"] for f in d["deliverables"]]')" = "[False, True]" ]
    done
    find song/out -path "*drums*" -printf "%i %T@ %s\n" | cmp before -
}

@test "a song that rings on for long behind its limiter is mastered to its loudness like another" {
    mkdir -p long/sessions long/audio
    make_take long/audio/Long.wav 65 200 2
    cat >long/sessions/long.yaml <<'YAML'
tonmeister: 1
rate: 48 kHz
tracks:
  Long: {clips: [{take: Long.wav}]}
YAML
    cat >long/production.yaml <<'YAML'
tonmeister: 1
title: Long
artist: Somebody
sessions: [long]
master: {loudness: -16 LUFS, chain: [limiter, reverb: {decay: 6 s}]}
deliverables:
  master: {format: wav 24-bit}
YAML
    ton -C long deliver --json >d.json
    [ "$(json d.json 'abs(d["deliverables"][0]["integrated_lufs"] + 16) <= 0.03')" = True ]
}

@test "an album of two tempos has one gain, whichever of its files is made again" {
    mkdir -p duo/sessions duo/audio
    make_take duo/audio/A.wav 8 200 2
    for song in slow:67 fast:120; do
        cat >"duo/sessions/${song%:*}.yaml" <<YAML
tonmeister: 1
rate: 48 kHz
tempo: ${song#*:} bpm
tracks:
  A: {clips: [{take: A.wav, at: 1|1}]}
YAML
    done
    cat >duo/production.yaml <<'YAML'
tonmeister: 1
title: Duo
artist: Somebody
sessions: [slow, fast]
master: {loudness: -16 LUFS, chain: [limiter, delay: {time: 1/4}]}
deliverables:
  master: {format: wav 24-bit}
YAML
    ton -C duo deliver >/dev/null
    (cd duo/out/master && sha256sum ./*.wav) >all.sums
    for file in duo/out/master/*.wav; do
        rm "$file"
        ton -C duo deliver >/dev/null
        (cd duo/out/master && sha256sum --quiet -c ../../../all.sums)
    done
    # The tempo of one is heard in the gain of both.
    sed -i 's/tempo: 67/tempo: 90/' duo/sessions/slow.yaml
    run ton -C duo deliver
    [[ $output == *"2 of 2 files made."* ]]
}
