#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-3.0-or-later
# Nothing is lost: programs that are killed, disks that are full or stand still, servers that die or hang, while the real program
# records through a real server. Each test prints its figure.
load common.bash
load jack.bash
load recording.bash

# start_players TRACKS: a client whose every sample says its channel and its frame, and `arms` for them.
start_players() {
    start_client source --play "counter:$1"
    wait_port "source:out_$1"
    arms=()
    for i in $(seq "$1"); do
        arms+=(--arm "T$i=source:out_$i")
    done
}

# begin ARGUMENT…: ton record in the background, in no case for ever. Its process is RECORDER.
begin() {
    run_along timeout --foreground 100 "${with[@]}" "$TON" record --json "${arms[@]}" "$@" </dev/null >events.jsonl 2>err.txt &
    RECORDER=$!
}

# stands_still AFTER FOR: the disk of the next `begin`, once; seconds.
stands_still() {
    with=(env "LD_PRELOAD=$TON_STALL" "STALL_AFTER=$1" "STALL_FOR=$2" "STALL_SAYS=$PWD/stalled")
}
with=()

user=()
[ "$(id -u)" = 0 ] || user=(--user --map-current-user --keep-caps)
need_small_disk() {
    unshare "${user[@]}" --mount --propagation private true 2>/dev/null || skip "no small disk can be mounted here"
}

# on_small_disk SIZE FOLDER COMMAND…: while FOLDER is on a disk of that size. What is there in the end stays in it.
on_small_disk() {
    # shellcheck disable=SC2016 # the inner shell's
    unshare "${user[@]}" --mount --propagation private sh -c '
        size=$1 folder=$2
        shift 2
        mkdir small && mount -t tmpfs -o "size=$size" tmpfs small && cp -a "$folder/." small && mount --bind small "$folder" || exit 99
        "$@"
        status=$?
        df "$folder"
        umount "$folder" && cp -a small/. "$folder" || exit 99
        exit $status' on_small_disk "$@"
}

# last KEY: of the last status.
last() {
    grep '"event":"status"' events.jsonl | tail -n 1 >last.json
    json last.json "d['$1']"
}

# are_played TAKE…: every sample of the takes is what was played, the tracks in order and all in step, and what is silent is as long
# as the marks in them say; behind what the disk lost the count goes on as if it were there. Prints the frames of each.
are_played() {
    "$TON_COUNTED" "$@" >counted.jsonl || return 1
    python3 - <<'PY'
import json, os, sqlite3, sys
first, frames = set(), []
for track, line in enumerate(open("counted.jsonl")):
    take = json.loads(line)
    channel = take["channels"][0]
    marks = sqlite3.connect("production.db").execute("SELECT at, marks.frames, kind FROM marks, takes WHERE takes.id = marks.take AND file = ? AND kind != 'note'", (os.path.basename(take["file"]),)).fetchall()
    lost = sum(min(frames, max(0, take["frames"] - at)) for at, frames, kind in marks)
    frames.append(str(take["frames"]))
    first.add((channel["first"] - channel["at_first"]) % 2**17)
    if channel["id"] != track or channel["strangers"] or channel["silent"] != lost or (channel["breaks"] and "xrun" not in {mark[2] for mark in marks}):
        sys.exit(f"not what was played: {take}, {lost} frames were lost")
if len(first) != 1:
    sys.exit(f"the tracks do not begin together: {first}")
print(", ".join(frames))
PY
}

figure() {
    echo "# $*" >&3
}

@test "killed at any moment: a second at most is missing, all before is what was played, and --recover completes it" {
    start_server 2 2 48000 256
    start_players 16
    run "$TON_SOURCE/tests/cli/record-kills" "${TON_KILLS:-4}" 16 "$CLIENT_source"
    echo "$output"
    [ "$status" -ne 77 ] || skip "$(tail -n 1 <<<"$output")"
    [ "$status" -eq 0 ]
    figure "$(tail -n 1 <<<"$output")"
}

# wait_until_told: that the server hangs, which one it is, and since when.
wait_until_told() {
    for _ in $(seq 400); do
        ! grep -q "jack .$JACK_DEFAULT_SERVER. has stood still since [0-9:]*;" events.jsonl || return 0
        sleep 0.05
    done
    return 1
}

# Four tracks, and it is told that the server hangs.
hang_while_recording() {
    start_server 2 2 48000 256
    start_players 4
    make_song
    begin --length "60 s"
    wait_file audio/t4_01.wav
    sleep 1
    kill -STOP "$SERVER"
    wait_until_told
}

# are_placed N FRAMES: that many clips were written, from the timeline's start and so long.
are_placed() {
    cat sessions/song.yaml
    [ "$(grep -c "take: t[0-9]*_01.wav, at: 0:00" sessions/song.yaml)" -eq "$1" ]
    [ "$(grep -c "\"event\":\"placed\".*\"at\":0,\"frames\":$2[,}]" events.jsonl)" -eq "$1" ]
}

# least WORDS: the smallest of `1, 2, 3`.
least() {
    tr -d ' ' <<<"$1" | tr ',' '\n' | sort -n | head -n 1
}

@test "a disk that is full: it was said before, the recording stops with a sentence, and all that was written is there" {
    need_small_disk
    start_server 2 2 48000 256
    start_players 8
    ton new song >/dev/null
    run on_small_disk 3m song/audio timeout 60 "$TON" -C song record "${arms[@]}" --length "30 s"
    echo "$output"
    [ "$status" -eq 3 ]
    [ "$(grep -c "the disk has .* left" <<<"$output")" -eq 1 ]
    tr '\n' ' ' <<<"$output" | grep -q "ton: audio/t[1-8]_01.wav: cannot write: No space left on device; that was at [0-9:]*, at 0:0[0-9.]* of the timeline"
    [ "$(grep -c "^t[1-8]_01.wav: take 1 of .*, peak " <<<"$output")" -eq 8 ]
    cd song
    run are_played audio/t{1..8}_01.wav
    echo "$output"
    [ "$status" -eq 0 ]
    figure "3 MiB for 8 tracks: they end after $output frames"
    cat sessions/song.yaml
    [ "$(least "$output")" -gt 100000 ]
    [ "$(grep -c "take: t[1-8]_01.wav, at: 0:00, to: $(least "$output") samples}" sessions/song.yaml)" -eq 8 ]
    [ "$(ton record --recover)" = "All takes were finished; there is nothing to recover." ]
}

@test "a disk that is full of the production too: the takes are there, and --recover writes rows and clips when there is room" {
    need_small_disk
    start_server 2 2 48000 256
    start_players 2
    ton new song >/dev/null
    run on_small_disk 1m song timeout 60 "$TON" -C song record "${arms[@]}" --length "30 s"
    echo "$output"
    [ "$status" -eq 3 ]
    grep -q "No space left on device" <<<"$output"
    [ "$(grep -c "^t[12]_01.wav: take 1 of T[12], 0:0[0-9.]*, peak " <<<"$output")" -eq 2 ] # though no row has them
    cd song
    run ton record --recover
    echo "$output"
    [ "$status" -eq 0 ]
    run are_played audio/t{1,2}_01.wav
    echo "$output"
    [ "$status" -eq 0 ]
    figure "1 MiB for all: takes of $output frames"
    cat sessions/song.yaml
    [ "$(grep -c "take: t[12]_01.wav" sessions/song.yaml)" -eq 2 ]
    [ "$(ton record --recover)" = "All takes were finished; there is nothing to recover." ]
}

@test "a disk that stands still for five seconds loses nothing, and how long it may is shown" {
    start_server 2 2 48000 256
    start_players 4
    make_song
    stands_still 1 5
    begin --length "8 s"
    ends 0
    [ "$(cut -d . -f 1 stalled)" -eq 5 ]
    [ "$(are_played audio/t{1..4}_01.wav)" = "384000, 384000, 384000, 384000" ]
    [ "$(last ring_seconds)" = 10.0 ]
    [ "$(last overrun_frames)" = 0 ]
    [ "$(last worst_fill_seconds | cut -d . -f 1)" -ge 4 ]
    figure "at rest for $(cat stalled) s: nothing lost, $(last worst_fill_seconds) of $(last ring_seconds) s waited"
}

@test "what no ring could hold is silence of its length in every track, marked and told" {
    start_server 2 2 48000 256
    start_players 4
    make_song
    stands_still 1 3
    begin --ring "1 s" --length "6 s"
    ends 0
    [ "$(are_played audio/t{1..4}_01.wav)" = "288000, 288000, 288000, 288000" ]
    local lost
    lost=$(rows "SELECT DISTINCT frames FROM (SELECT sum(frames) AS frames FROM marks WHERE kind = 'lost' GROUP BY take)") # the same in all
    figure "at rest for $(cat stalled) s with a ring of $(last ring_seconds) s: $lost frames are silence"
    [ "$(last overrun_frames)" = "$lost" ]
    [ "$(rows "SELECT count(DISTINCT take) FROM marks WHERE kind = 'lost'")" = 4 ]
    [ "$lost" -gt 80000 ]
    [ "$(grep -c "the disk stood still for too long" events.jsonl)" = "$(rows "SELECT count(*) FROM marks WHERE kind = 'lost'")" ]
    are_placed 4 288000
}

@test "the server is killed: takes are whole up to there, and a sentence says which server it was and when" {
    start_server 2 2 48000 256
    start_players 4
    make_song
    begin --length "60 s"
    wait_file audio/t4_01.wav
    sleep 1.5
    local before after
    before=$(date +%T)
    stop_server KILL
    ends 3
    after=$(date +%T)
    run are_played audio/t{1..4}_01.wav
    echo "$output"
    [ "$status" -eq 0 ]
    [ "$(tr ',' '\n' <<<"$output" | tr -d ' ' | sort -u | wc -l)" -eq 1 ]
    [ "$(least "$output")" -gt 60000 ]
    local said
    said=$(sed -n "s/.*server .$JACK_DEFAULT_SERVER. ended at \([0-9:]*\) .*/\1/p" err.txt)
    [[ ! $said < $before && ! $said > $after ]]
    [ "$(rows 'SELECT count(*) FROM takes WHERE frames > 60000 AND placed')" = 4 ]
    are_placed 4 "$(least "$output")"
    [ "$(ton record --recover)" = "All takes were finished; there is nothing to recover." ]
    figure "$(least "$output") frames of each track; $(cat err.txt)"
}

@test "a server that hangs is told; when it goes on, what was lost is silence" {
    hang_while_recording
    run are_played audio/t{1..4}_01.wav # as they are
    echo "$output"
    [ "$status" -eq 0 ]
    [ "$(least "$output")" -gt 40000 ]
    figure "$(least "$output") frames are in the files when it is told"
    kill -CONT "$SERVER"
    wait_event xrun
    sleep 1
    kill -TERM "$RECORDER"
    ends 0
    grep -q "the device goes on after" events.jsonl
    run are_played audio/t{1..4}_01.wav
    echo "$output"
    [ "$status" -eq 0 ]
    figure "$output frames in the end, $(rows "SELECT max(frames) FROM marks") of them one silence"
    # One; more only where this machine has no time for the server.
    [ "$(rows "SELECT max(frames) > 80000 AND count(*) < 40 FROM marks")" = 1 ]
    are_placed 4 "$(least "$output")"
}

@test "a server that hangs for good keeps nobody: takes are closed and placed, and who comes is told that it does not answer" {
    hang_while_recording
    kill -TERM "$RECORDER"
    ends 0
    run are_played audio/t{1..4}_01.wav
    echo "$output"
    [ "$status" -eq 0 ]
    figure "$output frames"
    are_placed 4 "$(least "$output")"
    run timeout 60 "$TON" record --arm V=1 --device jack --length "1 s"
    echo "$output"
    [ "$status" -eq 3 ]
    grep -q "server .$JACK_DEFAULT_SERVER. does not answer" <<<"$output"
    run timeout 60 "$TON" devices
    [ "$status" -eq 0 ]
    grep -q "does not answer" <<<"$output"
}
