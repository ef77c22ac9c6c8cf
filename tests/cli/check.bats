#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-3.0-or-later
# The line check on a sound server: a stage whose faults are known, and what is found on it.
load common.bash
load jack.bash

@test "every fault on a stage is found, and no clean line is blamed" {
    ton new p >/dev/null && cd p
    "$TON_STAGE" faulty stage.wav 30 ${TON_DATA:+"$TON_DATA"} >truth.jsonl
    list_inputs
    start_server 2 2 48000 1024
    start_client stage --play stage.wav
    wait_port stage:out_23
    run ton check --length 20s --json
    [ "$status" -eq 1 ]
    python3 - "$output" <<'PY'
import json, re, sys
truth = [json.loads(line) for line in open("truth.jsonl")]
wrong = 0
for line, true in zip(json.loads(sys.argv[1])["lines"], truth, strict=True):
    blamed = {r["kind"] for r in line["remarks"] if r["verdict"] in ("attention", "fault")}
    kinds = {r["kind"] for r in line["remarks"]}
    expected = {true["fault"]} - {"", "quiet"}
    ok = blamed == expected and (true["fault"] != "quiet" or line["verdict"] == "open")
    wrong += not ok
    print(f"{line['name']:8} {true['fault'] or 'clean':10} {line['verdict']:10} {sorted(blamed)} {'' if ok else 'WRONG'}")
    assert line["name"] == true["name"] and all(r["found"] for r in line["remarks"])
assert not wrong, wrong
said = {line["name"]: " ".join(r["found"] for r in line["remarks"]) for line in json.loads(sys.argv[1])["lines"]}
off = {
    line["name"]: line["noise"]["rms_dbfs"] - true["noise_db"]
    for line, true in zip(json.loads(sys.argv[1])["lines"], truth, strict=True)
    if true["fault"] in ("", "noise", "polarity", "dc", "quiet") and line["noise"]["rms_dbfs"] is not None
}
worst = max(off, key=lambda name: abs(off[name]))
print(f"noise of {len(off)} lines: {worst} is {off[worst]:+.2f} dB off at worst (1)")
assert len(off) >= 10 and abs(off[worst]) < 1
ppm = float(re.search(r"([0-9.]+) ppm", said["Remote"])[1])
late = float(re.search(r"\(([0-9.]+) samples\) after", said["Room R"])[1])
print(f"the clock is {ppm} ppm off (30); Room R comes {late} samples after Room L (240 more than it does)")
assert abs(ppm - 30) < 0.1 and 230 < late < 262
PY
    # What stays in the production.
    grep -q "<h1>p: line check</h1>" reports/line-check.html
    grep -q "OH R: fault: reversed" reports/line-check.txt
    python3 - <<'PY'
import sqlite3
rows = sqlite3.connect("production.db").execute("SELECT verdict, count(*) FROM checked_lines GROUP BY verdict").fetchall()
print(rows)
assert sum(n for _, n in rows) == 23 and dict(rows)["fault"] == 8
PY
    # As text, and of one pair alone.
    run ton check "OH L" "OH R" --length 5s
    echo "$output"
    refute grep -q "in polarity with" <<<"$output"
    grep -q "^2 lines: " <<<"$output"
    [ "${lines[-1]}" = "Report: reports/line-check.html" ]
    # The page still has all of them, these two anew.
    tr '>' '\n' <reports/line-check.html | grep -c "^20[0-9-]* [0-9:]*</td" | tee /dev/stderr | grep -qx 21
    grep -q "2 of 23 checked now; 21 as they were when they were checked last[.]<" reports/line-check.html
    grep -q "^1 OH L (stage:out_1): [a-z]*$" reports/line-check.txt
    grep -q "^8 Keys (stage:out_8): fault (20[0-9-]* [0-9:]*)$" reports/line-check.txt
    grep -q "^Keys: fault: " reports/line-check.txt
    # One that left the list or has another port is not as it was.
    sed -i '/^  Kick:/d; s/stage:out_4/stage:out_3/' production.yaml
    ton check Snare --length 5s >/dev/null || true
    refute grep -q "Kick" reports/line-check.txt reports/line-check.html
    grep -q "^3 Hat (stage:out_3): open (not checked yet)$" reports/line-check.txt
    # Nothing that was measured is lost to what was there before: a row that does not read, a database that does not.
    python3 -c 'import sqlite3; db = sqlite3.connect("production.db"); db.execute("UPDATE checked_lines SET figures = substr(figures, 1, 9) WHERE name = \"Keys\""); db.commit()'
    ton check Snare --length 5s >/dev/null || [ $? -eq 1 ]
    grep -q "^7 Keys (stage:out_8): open (not checked yet)$" reports/line-check.txt
    refute grep -q "^Keys: " reports/line-check.txt
    rm reports/line-check.* production.db*
    echo "no database" >production.db
    run ton check Snare --length 5s
    echo "$output"
    [ "$status" -gt 1 ]
    grep -q "production.db" <<<"${lines[-1]}"
    grep -q "^8 Snare (stage:out_9): [a-z]*$" reports/line-check.txt
    grep -q "^<p[^>]*>1 line: " <(sed 's/<p/\n&/g' reports/line-check.html)
}

# blows FILE EVERY: half a minute of a pair that hears a blow each EVERY seconds, the left side 4 dB louder.
blows() {
    python3 - "$@" <<'PY'
import array, math, random, sys, wave
every, rate = float(sys.argv[2]), 48000
random.seed(1)
x = array.array("h")
for i in range(30 * rate):
    t = (i / rate + 3) % every
    blow = math.exp(-t / 0.06) * (math.sin(6.2832 * 180 * t) + 0.3 * random.uniform(-1, 1))
    x.extend(int(32767 * (peak * blow + random.gauss(0, 1e-4))) for peak in (0.09, 0.057))
with wave.open(sys.argv[1], "wb") as w:
    w.setparams((2, 2, rate, 0, "NONE", ""))
    w.writeframes(x.tobytes())
PY
}

@test "a row of dead ports has one cause, which is told first" {
    blows stage.wav 0.5
    ton new p >/dev/null && cd p
    printf 'inputs:\n  Kick: "drums:out_1"\n  A: 1\n  B: 2\n  C: 3\n  D: 4\n' >>production.yaml
    start_server 4 2 48000 1024
    start_client drums --play ../stage.wav
    wait_port drums:out_2
    run ton check --length 5s
    echo "$output"
    awk '/All 4 inputs from .A. to .D. .ports 1 to 4. are dead/{ common = NR } /^A, B, C, D .4 lines.: fault/{ each = NR } END { exit !(common && common < each) }' <<<"$output"
    grep -q "<h3 class=.near.>.*2 A.*5 D" reports/line-check.html
}

@test "keys without a source come by wire, and one signal on two sides of nobody knows what is a question" {
    blows mono.wav 0.5
    ton new p >/dev/null && cd p
    start_server 4 2 48000 1024
    start_client drums --play ../mono.wav
    wait_port drums:out_2
    for name in Keys Thing "Keys Mic" "DJ Vox" "Playback Talkback"; do
        printf 'inputs:\n  %s L: {port: "drums:out_1"}\n  %s R: {port: "drums:out_2"}\n' "$name" "$name" >inputs.yaml
        sed -i '/^inputs:/,$d' production.yaml
        cat inputs.yaml >>production.yaml
        ton check --length 5s --json >"$name.json" || true
    done
    [ "$(json Keys.json '[r["verdict"] for r in d["lines"][1]["remarks"] if r["kind"] == "duplicate"]')" = "['ok']" ]
    for name in Thing "Keys Mic" "DJ Vox" "Playback Talkback"; do
        [ "$(json "$name.json" '[r["verdict"] for r in d["lines"][1]["remarks"] if r["kind"] == "duplicate"]')" = "['attention']" ]
        json "$name.json" '[r["remedy"] for r in d["lines"][1]["remarks"] if r["kind"] == "duplicate"]' | grep -q "source: line"
    done
}

@test "one blow turns no gain up, and a pair has one gain for both sides" {
    blows one.wav 10
    blows many.wav 0.5
    ton new p >/dev/null && cd p
    printf 'inputs:\n  OH L: {port: "drums:out_1", source: condenser}\n  OH R: {port: "drums:out_2", source: condenser}\n' >>production.yaml
    start_server 2 2 48000 1024
    for file in one many; do
        start_client drums --play "../$file.wav"
        wait_port drums:out_2
        ton check --length 10s --json >$file.json || true
        json $file.json '[(line["verdict"], line["gain_db"], [r["found"] for r in line["remarks"] if r["kind"] == "level"]) for line in d["lines"]]'
        stop_client drums >/dev/null
    done
    [ "$(json one.json '[line["gain_db"] for line in d["lines"]]')" = "[None, None]" ]
    json one.json 'd["lines"][0]["remarks"][0]["found"]' | grep -q "too little was played to tell its gain"
    json many.json 'len({line["gain_db"] for line in d["lines"]}) == 1 and d["lines"][1]["gain_db"] > 3' | grep -q True
}

@test "without a production every input of the device is checked, and a silent one is a fault" {
    start_server 3 2 48000 1024
    run ton check --length 5s
    echo "$output"
    [ "$status" -eq 1 ]
    [ "$(grep -c "no sound at all" <<<"$output")" = 1 ]
    grep -q "^capture_1, capture_2, capture_3 (3 lines): fault: no sound at all" <<<"$output"
    grep -q "Peak dBFS" <<<"$output"
    grep -q "^3 lines: 0 ok, 0 attention, 3 fault, 0 open" <<<"$output"
    ton check --length 5s --json >c.json || [ $? -eq 1 ]
    [ "$(json c.json 'd["counts"]["fault"], d["counts"]["ok"], "right device" in " ".join(d["remarks"]), d["page"]')" = "(3, 0, True, None)" ]
}

# press KEYS… -- COMMAND…: runs it on a terminal, with Enter after so many seconds; what stood there goes to screen.txt.
press() {
    python3 - "$@" <<'PY'
import os, pty, select, sys, time
at = sys.argv.index("--")
keys = [float(second) for second in sys.argv[1:at]]
pid, fd = pty.fork()
if pid == 0:
    os.execvp(sys.argv[at + 1], sys.argv[at + 1:])
text, begun = b"", time.monotonic()
while True:
    if keys and time.monotonic() - begun > keys[0]:
        keys.pop(0)
        os.write(fd, b"\n")
    if not select.select([fd], [], [], 0.05)[0]:
        continue
    try:
        block = os.read(fd, 65536)
    except OSError:
        break
    text += block
open("screen.txt", "wb").write(text.replace(b"\r\n", b"\n"))
sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
PY
}

@test "Enter waits for the seconds that have begun; pressed twice it leaves them out, and what was not heard is no figure" {
    python3 -c 'import os, pty; pty.fork()[0] or os._exit(0)' 2>/dev/null || skip "no pseudo-terminal here"
    ton new p >/dev/null && cd p
    printf 'inputs:\n  Kick: 1\n  Snare: 2\n' >>production.yaml
    mkdir reports && echo before >reports/line-check.html
    run press 1 2 -- "$TON" check --device null
    tail -n 6 screen.txt
    [ "$status" -eq 0 ]
    grep -q "Kick *1 *open *– *– *– *–" screen.txt
    grep -qi "listened for [0-9.]* s, which is too short" screen.txt
    [ "$(cat reports/line-check.html)" = before ]
    run press 1 -- "$TON" check --device null
    tail -n 6 screen.txt
    [ "$status" -eq 1 ]
    grep -q "s more, for 5 are measured together" screen.txt
    grep -q "2 lines: .* 2 fault" screen.txt
    grep -q "listened for 5 s" reports/line-check.html
    for _ in 1 2 3; do # where this machine had no time for the device, the seconds begin again
        run press 7 8 -- "$TON" check --device null
        grep -q "device lost" screen.txt || break
    done
    tail -n 6 screen.txt
    grep -qi "the last [0-9.]* s do not count" screen.txt
}

@test "a line, a port or a server that is not there is told in a sentence" {
    ton new p >/dev/null && cd p
    printf 'inputs:\n  Kick: {port: 1}\n  Snare: {port: "nobody:out_1"}\n' >>production.yaml
    run ton check Kik --device null
    [ "$status" -eq 2 ]
    grep -q "did you mean .Kick.?" <<<"$output"
    # All names at once, and what there is where none is near.
    printf '  OH L: {port: "system:playback_1"}\n  OH R: 9\n' >>production.yaml
    run ton check OH Vox Snar --device null
    echo "$output"
    [ "$status" -eq 2 ]
    grep -q "no line .OH. among the 4 inputs; there are .OH L. and .OH R.$" <<<"$output"
    grep -q "no line .Vox. among the 4 inputs; there are .Kick., .Snare., .OH L. and .OH R.$" <<<"$output"
    grep -q "no line .Snar. .*did you mean .Snare.?" <<<"$output"
    start_server 2 2 48000 1024
    # All ports at once, and why one is none.
    run ton check
    echo "$output"
    [ "$status" -eq 3 ]
    grep -q ".Snare. is to be connected to .nobody:out_1., .*nor is there .OH L. (.system:playback_1.), .OH R. (.9.)$" <<<"$output"
    run ton check "OH L"
    echo "$output"
    [ "$status" -eq 3 ]
    grep -q "which is an output of server" <<<"$output"
    run ton room --microphone Snae
    echo "$output"
    [ "$status" -eq 2 ]
    grep -q "no line .Snae. in .inputs:. of production.yaml; did you mean .Snare.?" <<<"$output"
    run ton check --device jac
    [ "$status" -eq 2 ]
    grep -q "did you mean .jack.?" <<<"$output"
    stop_server
    run ton check --device jack
    [ "$status" -eq 3 ]
    grep -q "no server" <<<"$output"
}

@test "no length is a wrong one, also of the system check and of a room" {
    for command in "check" "check --system" "room"; do
        run ton $command --device null --length 0s
        echo "$output"
        [ "$status" -eq 2 ]
        grep -q "length. is 0 s, it must be between" <<<"$output"
    done
}

@test "a length that is no whole number of steps says how long it listens, and minutes are minutes" {
    ton new p >/dev/null && cd p
    printf 'inputs:\n  Kick: 1\n' >>production.yaml
    run ton check --device null --length 1s
    echo "$output"
    grep -q "^ton: --length: .*steps of 5 s, so it listens for 5 s$" <<<"$output"
    run ton check --device null --length 5s
    echo "$output"
    grep -q "^1 line: " <<<"$output"
    refute grep -q "steps of" <<<"$output"
    ton help check | tr -s '\n ' ' ' | grep -q "Listen so long, in steps of 5 s"
    for command in check "check --system"; do
        run ton $command --device null --length 5m
        echo "$output"
        [ "$status" -eq 2 ]
        grep -q "did you mean .5 min.?" <<<"$output"
    done
}

@test "the input list prints as a patch sheet, and without a list it is said how to write one" {
    run ton check --sheet patch.pdf
    echo "$output"
    [ "$status" -eq 2 ]
    grep -q "stands in a production.s production.yaml, and this folder is none" <<<"$output"
    for word in inputs patch; do
        run ton help "$word"
        echo "$output"
        [ "$status" -eq 2 ]
        grep -q "ton help check. is about it" <<<"$output"
    done
    ton help check | tr -s '\n ' ' ' | grep -q "Kick In: {port: 1, source: dynamic}"
    ton new p >/dev/null && cd p
    run ton check --sheet patch.pdf
    [ "$status" -eq 2 ]
    grep -q "^ton: production.yaml: " <<<"$output"
    grep -q "inputs:" <<<"$output"
    printf 'inputs:\n  Kick: {port: 1, source: condenser +48V, polarity: inverted}\n' >>production.yaml
    # A name that means something else gets no PDF.
    cp production.yaml before.yaml
    for name in x.png sheet production.yaml; do
        run ton check --sheet "$name"
        echo "$output"
        [ "$status" -eq 2 ]
        grep -q "$name.*end it in .pdf" <<<"$output"
    done
    cmp production.yaml before.yaml
    [ ! -e x.png ] && [ ! -e sheet ]
    run ton check --sheet patch.pdf --letter
    [ "$status" -eq 3 ] && grep -q -i pango <<<"$output" && skip "$output"
    [ "$status" -eq 0 ]
    [ "$output" = "Patch sheet: patch.pdf, 1 line" ]
    [ "$(head -c 5 patch.pdf)" = "%PDF-" ]
    ! command -v pdftotext >/dev/null || pdftotext patch.pdf - | grep -q "Kick Ø"
    [ "$(cd .. && ton -C p check --sheet patch.pdf)" = "Patch sheet: p/patch.pdf, 1 line" ]
    # An older sheet is replaced; what only looks like one stays, and nothing goes among the takes.
    sed -i 's/Kick:/Snare:/' production.yaml
    cp patch.pdf old.pdf
    ton check --sheet patch.pdf --letter
    refute cmp patch.pdf old.pdf
    printf '%%PDF-1.4\na contract\n' >contract.pdf
    cp contract.pdf was.pdf
    run ton check --sheet contract.pdf
    echo "$output"
    [ "$status" -eq 2 ]
    grep -q "contract.pdf.*is no patch sheet, or one .*before.*move it away, or name another" <<<"$output"
    cmp contract.pdf was.pdf
    mkdir -p audio/day
    for name in audio/patch.pdf "$PWD/audio/day/patch.pdf"; do
        run ton check --sheet "$name"
        echo "$output"
        [ "$status" -eq 2 ]
        grep -q "where the takes are" <<<"$output"
        [ ! -e "$name" ]
    done
}
