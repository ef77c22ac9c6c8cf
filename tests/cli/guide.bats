#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-3.0-or-later
# The guide's own commands, in its own order: what a new user types must work.
load common.bash

@test "the commands of doc/guide/first-song.md work as written" {
    needs_libav
    cp -r "$TON_SOURCE/examples/night-train" "$WORK/night-train"
    rm -rf night-train/out night-train/.cache
    mkdir bin
    ln -s "$TON" bin/ton
    PATH=$WORK/bin:$PATH
    python3 - "$TON_SOURCE/doc/guide/first-song.md" >guide.sh <<'PY'
import re, sys
text = open(sys.argv[1], encoding="utf-8").read()
# The song is delivered whole once; what the client wants besides is made of its first twelve bars.
shorter = "sed -i 's/^end: .*/end: 13|1/' sessions/night-train.yaml"
for block in re.findall(r"^```sh\n(.*?)^```", text, re.M | re.S):
    print(shorter if "Choir High" in block else "")
    print(block)
PY
    [ "$(grep -c '^ton' guide.sh)" -ge 8 ]
    unset -f ton
    run bash -eux guide.sh
    echo "$output"
    [ "$status" -eq 0 ]
    # The edits of the guide meet the example: `ton diff` has something to say.
    [[ $output == *"Snare: fader"* ]]
    # The overdub stands beside what was there.
    [[ $output == *"Shaker: track added (1 clip)"* ]]
    [ "$(grep -c '^  [A-Za-z].*:$' my-song/sessions/my-song.yaml)" -eq 4 ]
}

@test "every block of doc/guide/session.md is a session that mixes, or is refused as it says" {
    run "$TON_SOURCE/tests/cli/guide-blocks" session "$TON_SOURCE/doc/guide/session.md"
    echo "$output"
    [ "$status" -eq 0 ]
    [ "${output% blocks}" -ge 10 ]
}

@test "every block of doc/guide/production.md delivers, and makes the files it lists" {
    needs_libav
    run "$TON_SOURCE/tests/cli/guide-blocks" production "$TON_SOURCE/doc/guide/production.md"
    echo "$output"
    [ "$status" -eq 0 ]
    [ "${output% blocks}" -ge 7 ]
}

@test "doc/guide/mixing.md can be followed on the example, and its figures are what comes out" {
    cp -r "$TON_SOURCE/examples/night-train" "$WORK/night-train"
    cd night-train
    rm -rf out .cache
    run "$TON_SOURCE/tests/cli/guide-walk" "$TON_SOURCE/doc/guide/mixing.md"
    echo "$output"
    [ "$status" -eq 0 ]
    [ "${output% blocks}" -ge 30 ]
}

@test "what the documents link to is there, headings too" {
    python3 - "$TON_SOURCE" <<'PY'
import pathlib, re, sys
root = pathlib.Path(sys.argv[1])
pages = [*root.glob("*.md"), *root.glob("doc/**/*.md"), *root.glob("specs/*.md"), *root.glob("examples/*/*.md")]

def places(page):
    text = re.sub(r"^```.*?^```", "", page.read_text(encoding="utf-8"), flags=re.M | re.S)
    return {re.sub(r"[^\w -]", "", h.lower()).replace(" ", "-") for h in re.findall(r"^#+ (.*)", text, re.M)}

links, dead = 0, []
for page in pages:
    text = re.sub(r"^```.*?^```|`[^`\n]*`", "", page.read_text(encoding="utf-8"), flags=re.M | re.S)
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        if re.match(r"[a-z]+:", target):
            continue
        path, _, place = target.partition("#")
        there = (page.parent / path).resolve() if path else page
        links += 1
        if not there.exists() or place and place not in places(there):
            dead.append(f"{page.relative_to(root)}: {target}")
print(links, "links", *dead, sep="\n")
sys.exit(1 if dead or links < 50 else 0)
PY
}
