#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-3.0-or-later
# What people, programs and disks do to a recording: every take is kept, and stands where it was played in the end.
load common.bash
load jack.bash
load recording.bash

# begin OPTION…: ton record in the background.
begin() {
    run_along "$TON" record --arm V=source:out_1 "$@" <&0 >events.jsonl 2>err.txt &
    RECORDER=$!
}

# A song, and a source whose every sample tells its place.
begin_with_source() {
    start_server 2 2 48000 1024
    start_client source --play counter:1
    wait_port source:out_1
    make_song
}

# on_terminal CODE: `ton record` on a terminal of its own; then CODE, in which `pid` is its process and `terminal` its other side.
# Fails where it does not end, or the terminal is not as it was.
on_terminal() {
    python3 -c 'import pty; pty.openpty()' 2>/dev/null || skip "no pseudo-terminal here"
    python3 - "$TON" "$1" <<'PY'
import fcntl, os, pty, select, signal, struct, sys, termios, time

terminal, line = pty.openpty()
before = termios.tcgetattr(line)
pid = os.fork()
if pid == 0:
    os.setsid()
    fcntl.ioctl(line, termios.TIOCSCTTY, 0)
    for fd in range(3):
        os.dup2(line, fd)
    os.close(terminal)
    os.execv(sys.argv[1], ["ton", "record", "--arm", "V=source:out_1", "--length", "20 s"])
shown = b""

def see(until, seconds=15):
    """Reads what is shown until that is true."""
    global shown
    end = time.time() + seconds
    while not until():
        if time.time() > end:
            os.kill(pid, signal.SIGKILL)
            sys.exit("it takes too long: " + repr(shown[-300:]))
        if select.select([terminal], [], [], 0.05)[0]:
            shown += os.read(terminal, 65536)

def ended():
    global status
    done, status = os.waitpid(pid, os.WNOHANG)
    return done != 0

see(lambda: b"REC" in shown)
assert termios.tcgetattr(line)[3] & termios.ECHO == 0, "keys are heard one by one"
exec(sys.argv[2])
see(ended)
after = termios.tcgetattr(line)
open("status", "w").write(str(os.waitstatus_to_exitcode(status)))
assert after == before, "the terminal is as it was"
PY
}

@test "a session that is broken while it is recorded: the take is kept, and placed when it is mended" {
    begin_with_source
    begin --length "0.5 s" </dev/null
    wait_file audio/v_01.wav
    cp sessions/song.yaml keep.yaml
    echo 'tracks: [[[' >sessions/song.yaml
    ends 2
    grep -q "record --recover" err.txt
    [ "$(cat sessions/song.yaml)" = 'tracks: [[[' ]
    run ton record --recover
    [ "$status" -eq 1 ]
    cp keep.yaml sessions/song.yaml
    ton record --recover
    grep -q "take: v_01.wav" sessions/song.yaml
    [ "$(rows 'SELECT frames FROM takes')" = 24000 ]
    [ "$(ton record --recover)" = "All takes were finished; there is nothing to recover." ]
}

@test "who quits while the session is broken hears of it, and the status says so" {
    begin_with_source
    stand_by
    echo record >&4
    wait_event records
    echo 'tracks: [[[' >sessions/song.yaml
    echo quit >&4
    exec 4>&-
    ends 1
    grep -q "record --recover" err.txt
}

@test "another program that holds the database does not end a recording" {
    begin_with_source
    stand_by
    run_along "${TON_PYTHON:-python3}" -c 'import sqlite3, time
db = sqlite3.connect("production.db")
db.execute("BEGIN IMMEDIATE")
open("held", "w").write("yes")
time.sleep(60)' &
    local holder=$!
    wait_file held
    echo record >&4
    wait_event warning
    kill "$holder"
    grep -q "the recording goes on" events.jsonl
    echo stop >&4
    wait_event placed
    echo quit >&4
    exec 4>&-
    ends 0
    [ "$(rows 'SELECT file, frames > 0, placed FROM takes')" = "v_01.wav|1|1" ]
}

@test "killed after it waited for the button: the clip stands where the timeline was heard" {
    begin_with_source
    stand_by --pre-roll "1 s"
    sleep 1.2
    echo record >&4
    wait_event records
    sleep 1.5
    kill -9 "$RECORDER"
    exec 4>&-
    wait "$RECORDER" || true
    # What is played at the start comes back a latency after the button.
    [ "$(rows 'SELECT pre_roll, place < -48000 FROM takes')" = "48000|1" ]
    ton record --recover
    clip_begins_at "$(rows 'SELECT -place FROM takes')"
}

@test "the terminal is as it was after every kind of end, and no key stops a recording by accident" {
    begin_with_source
    on_terminal 'os.write(terminal, b"\x03")'
    [ "$(cat status)" = 0 ]
    on_terminal 'os.kill(pid, signal.SIGSTOP); os.kill(pid, signal.SIGINT); os.kill(pid, signal.SIGTERM); os.kill(pid, signal.SIGCONT)'
    on_terminal 'os.write(terminal, b"\x1a\x1c\x13\x04\x00\xff\x1b[Z"); time.sleep(0.5); os.write(terminal, b"q")'
    [ "$(cat status)" = 0 ]
    on_terminal 'fcntl.ioctl(line, termios.TIOCSWINSZ, struct.pack("HHHH", 1, 1, 0, 0)); time.sleep(0.3); os.kill(pid, signal.SIGHUP)'
    [ "$(cat status)" = 0 ]
}

@test "ends that contradict each other, and takes of no length, are refused" {
    make_song
    local record=(timeout 20 "$TON" record --device null --speed 0 --arm V=1)
    run "${record[@]}" --length 0
    echo "$output"
    [ "$status" -eq 2 ]
    run "${record[@]}" --length "0 s"
    [ "$status" -eq 2 ]
    run "${record[@]}" --loop --from 0:00 --to 0:01 --length "3 s"
    [ "$status" -eq 2 ]
    grep -q -- "--loop" <<<"$output"
    run "${record[@]}" --punch-in 0:01 --punch-out 0:02 --length "3 s"
    [ "$status" -eq 2 ]
    grep -q -- "--punch-out" <<<"$output"
    run "${record[@]}" --passes 2 --to 0:01
    [ "$status" -eq 2 ]
    grep -q -- "--loop" <<<"$output"
    run "${record[@]}" --arm $'a\nb=1' --length "1 s"
    [ "$status" -eq 2 ]
    grep -q "one line" <<<"$output"
    run "${record[@]}" --loop --from 0:00 --to 0:00.01 --passes 2
    [ "$status" -eq 2 ]
    [ -z "$(ls -A audio)" ]
}

@test "who no longer listens ends what plays, and no recording; a closed output is not written into a take" {
    make_song
    timeout 20 "$TON" record --device null --arm V=1 --length "0.3 s" <&- >&- 2>&- || true
    [ "$(rows 'SELECT frames FROM takes')" = 14400 ]
    "$TON_COUNTED" audio/v_01.wav >counted.json
    [ "$(json counted.json 'd["channels"][0]["strangers"]')" = 0 ]
    "$TON" record --device null --json --arm V=1 --length "0.5 s" </dev/null | head -n 1
    [ "$(rows 'SELECT frames FROM takes WHERE number = 2')" = 24000 ]
    # Without an end it would play for ever.
    timeout 20 "$TON" play --device null --json --from 0:00 --to 0:00.3 --loop </dev/null | head -n 1
    [ "${PIPESTATUS[0]}" -ne 124 ]
}

@test "the rest of a line that is too long is no command, and nothing to judge is said" {
    make_song
    {
        echo good
        echo mark
        printf 'mark %0505dquit\n' 0 # 510 bytes, and the end of it behind them
        printf 'mark %0506drecord\n' 0
        echo back
        echo "locate -1"
        echo quit
    } | timeout 20 "$TON" record --device null --standby --json --arm V=1 >events.jsonl
    cat events.jsonl | grep -v status
    grep -q "no take to judge yet" events.jsonl
    [ "$(rows "SELECT count(*) FROM marks WHERE kind = 'note' AND at = 0")" = 3 ]
    [ "$(rows "SELECT count(*) FROM marks WHERE text IS NULL")" = 1 ]
    grep -q "no time" events.jsonl
    refute grep -q '"event":"rolls"' events.jsonl
}
