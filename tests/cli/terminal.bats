#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-3.0-or-later
# What stands on a terminal, in a pipe, and in a shell that completes.
load common.bash

need_terminal() { # not every sandbox gives one
    python3 -c 'import os, pty; pty.fork()[0] or os._exit(0)' 2>/dev/null || skip "no pseudo-terminal here"
}

on_terminal() { # COLUMNS COMMAND…: runs it on a terminal that wide and prints what stands there
    python3 - "$@" <<'PY'
import fcntl, os, pty, struct, sys, termios
pid, fd = pty.fork()
if pid == 0:
    fcntl.ioctl(1, termios.TIOCSWINSZ, struct.pack("HHHH", 50, int(sys.argv[1]), 0, 0))
    os.execvp(sys.argv[2], sys.argv[2:])
text = b""
try:
    while block := os.read(fd, 65536):
        text += block
except OSError:
    pass
sys.stdout.buffer.write(text.replace(b"\r\n", b"\n"))
sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
PY
}

widest() { # of the lines on standard input, in columns
    python3 -c 'import sys; print(max(len(line.rstrip("\n")) for line in sys.stdin))'
}

@test "tables and sentences keep to the width of a terminal" {
    need_terminal
    make_production song
    ton -C song deliver >/dev/null
    for columns in 120 80 40; do
        for words in "processors" "processors compressor" "deliver --specs" "-C song master" "-C song deliver" \
            "-C song mix --only nobody" "measure song/out/masters/song.wav" "import" "help mix" "new x --template song --json"; do
            # shellcheck disable=SC2086 # words
            on_terminal $columns "$TON" $words >screen || true
            grep -v -e "^ *ton " -e " | " -e "  --" -e "audio/" -e "out/" screen >prose || true
            [ -s screen ]
            echo "ton $words: $(widest <prose) of $columns columns"
            [ ! -s prose ] || [ "$(widest <prose)" -le $columns ]
        done
    done
}

@test "the line that tells how far a delivery is moves while files are made, only forward, to the end" {
    need_terminal
    needs_libav
    make_production song
    sed -i 's/, at: 0:00}/, at: 0:00, repeat: 40}/' song/sessions/song.yaml # long enough for any machine
    sed -i 's/flac 24-bit, mp3 320k/mp3 320k/' song/production.yaml
    on_terminal 80 "$TON" -C song deliver >screen
    python3 - <<'PY'
import re
lines = [part.split("\x1b[K")[0] for part in open("screen", newline="").read().split("\r") if "%" in part.split("\x1b[K")[0]]
percents = [int(re.match(r" *(\d+) %", line)[1]) for line in lines]
making = {p for p, line in zip(percents, lines) if "files made, now" in line}
print(len(lines), "lines,", len(making), "figures while files were made;", max(map(len, lines)), "columns;", *lines[-3:], sep="\n")
assert percents == sorted(percents) and percents[-1] == 100
assert len(making) >= 5 and max(map(len, lines)) < 80
assert any("now download opus" in line or "now download mp3" in line for line in lines)
PY
    rm -r song/out
    ton -C song deliver 2>said >/dev/null
    refute grep -q % said
    ton -q -C song deliver --again 2>said >/dev/null
    refute grep -q % said
}

@test "in a pipe nothing is wrapped, whatever COLUMNS says" {
    make_production song
    COLUMNS=20 ton -C song deliver >wide
    [ "$(grep -c "out/master/.*streaming *pass" wide)" -eq 1 ]
    COLUMNS=20 ton processors compressor >wide
    grep -q "^threshold .*The level from which on it turns down\.$" wide
    COLUMNS=20 ton help mix >wide
    [ "$(widest <wide)" -gt 60 ]
}

@test "a terminal of twenty columns shows every figure whole" {
    need_terminal
    make_take a.wav 3 440 2
    ton measure a.wav >wide
    on_terminal 20 "$TON" measure a.wav >narrow
    for figure in $(tail -n 1 wide); do grep -qw -e "$figure" narrow; done
}

@test "names with control characters do not reach the terminal as such" {
    name=$'a\nb\e[31m.wav'
    make_take "$name" 1 440
    run ton measure "$name"
    [ "$status" -eq 0 ]
    [[ $output == *'a\nb\x1b[31m.wav'* ]]
    [[ $output != *$'\e'* ]]
    run ton measure $'no\nsuch\e[31m.wav'
    [ "$status" -eq 2 ]
    [ "$(wc -l <<<"$output")" -eq 1 ]
    ton measure --json "$name" >m.json
    [ "$(json m.json 'd["files"][0]["path"] == "a\nb\x1b[31m.wav"')" = True ]
}

@test "numbers have a point in every language" {
    make_take a.wav 1 440
    LC_ALL=C ton measure a.wav >plain
    for language in de_DE.UTF-8 C.UTF-8 xx; do
        LC_ALL=$language LANG=$language ton measure a.wav >other
        cmp plain other
    done
}

@test "bash completes verbs, options, sessions, deliverables, processors and specs" {
    make_production song
    echo '  a cappella: {only: [vocals]}' >>song/production.yaml
    cp song/sessions/song.yaml song/sessions/last-stop.yaml
    ton help --completion bash >completion
    complete_line() { # WORDS…: the last is completed
        bash -c 'compopt() { :; }; . ./completion; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _ton
            printf "%s\n" "${COMPREPLY[@]}"' bash "$@"
    }
    [ "$(complete_line ton meas)" = measure ]
    [ "$(complete_line ton mix --with)" = --without ]
    [ "$(complete_line ton -C song mix "" | sort | tr '\n' ' ')" = "last-stop song " ]
    [ "$(complete_line ton --directory = song mix la)" = last-stop ]
    [ "$(complete_line ton -C song deliver a)" = 'a\ cappella' ]
    [[ $(complete_line ton -C song deliver "" | tr '\n' ' ') == "master download "*"a\\ cappella "* ]]
    [ "$(complete_line ton processors comp)" = compressor ]
    [ "$(complete_line ton help spot)" = spotify ]
    [ "$(complete_line ton deliver "")" = "" ]
    cd song
    [ "$(complete_line ton mix la 2>/dev/null)" = "" ] # no completion file here
    cp ../completion .
    [ "$(complete_line ton mix la)" = last-stop ]
}

@test "the completions of zsh and fish are what these shells can read" {
    ton help --completion zsh >_ton
    ton help --completion fish >ton.fish
    ! command -v zsh >/dev/null || zsh -n _ton
    command -v fish >/dev/null || skip "no fish here"
    make_production song
    [ "$(fish -c 'source ton.fish; complete -C "ton -C song deliver mas"')" = master ]
}

@test "help explains processors and specs, and knows the nearest word" {
    ton processors compressor >a
    ton help compressor >b
    cmp a b
    grep -q "compressor: {sidechain: Kick}" a
    ton help ebu-r128 >a
    grep -q "spec: ebu-r128" a
    grep -q "^integrated loudness  -23 LUFS ±0.2 LU  required  EBU R 128, .*  20[0-9][0-9]-[01][0-9]$" a
    grep -q "^- Live programmes" a
    mkdir specs
    sed 's/^name: .*/name: radio/' "$TON_SOURCE/specs/ebu-r128.yaml" >specs/radio.yaml
    [[ $(ton help radio) == "radio: EBU R 128"* ]]
    run ton help compresor
    [ "$status" -eq 2 ]
    [[ $output == *'`ton help compressor`'* ]]
    run ton help spotfy
    [[ $output == *'`ton help spotify`'* ]]
    run ton help xylophone
    [ "$status" -eq 2 ]
}

@test "lengths, figures and the word for nothing are the same everywhere" {
    make_production song
    run ton -C song mix
    [[ $output == *", 0:06.0, -"*" LUFS, -"*" dBTP" ]]
    run ton measure song/out/mixes/song.wav
    [[ $output == *" 0:06.0 "* ]]
    run ton -C song master
    [[ $output =~ \ 0:06\.[0-9]\  ]]
    ton -C song mix --without drums --without vocals -o "$WORK/none.wav" 2>/dev/null >said
    grep -q "0:06.0, – LUFS, – dBTP" said
    [ "$(for verb in mix master deliver; do ton help $verb | tr -s ' \n' ' ' | grep -o -- '--threads.*The result is the same.'; done | sort -u | wc -l)" -eq 1 ]
}

@test "a file whose name begins with a dash is told how to be named" {
    make_take ./-dash.wav 1 440
    run ton measure -dash.wav
    [ "$status" -eq 2 ]
    [[ $output == *'write `./-dash.wav`'* ]]
    ton measure ./-dash.wav
    ton measure -- -dash.wav
}
