# SPDX-License-Identifier: GPL-3.0-or-later
# A JACK server of the test's own, beside any that runs, and clients that play and record what is known. Load after common.bash.
# JACK 2 has room for eight servers a user, and one that did not end in order keeps its place until a server of the same name
# comes. So tests have four names in all (tests/jack_rig.h has them too), and take turns.

teardown() {
    stop_clients
    stop_server
    cd / && rm -rf "$WORK"
}

# Becomes a program that ends with the test's shell, however that ends: always with `&`.
run_along() {
    [ -z "${LOCK:-}" ] || exec {LOCK}>&-
    exec setpriv --pdeathsig TERM "$@" 3>&-
}

# One of the names, for as long as this test runs.
take_name() {
    for number in $(seq 80); do
        number=$((number % 4 + 1))
        exec {LOCK}>"/tmp/ton-test-$(id -u)-$number.lock"
        JACK_DEFAULT_SERVER=ton-test-$number
        ! flock --nonblock "$LOCK" || return 0
        exec {LOCK}>&-
        sleep 0.3
    done
    skip "other tests have all the names of JACK servers"
}

# start_server INPUTS OUTPUTS RATE FRAMES [JACKD-OPTION…]: a dummy device under a name of its own, for every ton of this test. Has
# real-time priority where it may. After stop_server a second one has the same name.
start_server() {
    local inputs=$1 outputs=$2 rate=$3 frames=$4
    shift 4
    [ "${TON_HAVE_JACK:-1}" = 1 ] || skip "built without JACK"
    command -v jackd >/dev/null || skip "no jackd here"
    [ -n "${LOCK:-}" ] || take_name
    export JACK_DEFAULT_SERVER JACK_NO_START_SERVER=1
    for _ in $(seq 5); do
        run_along jackd -n "$JACK_DEFAULT_SERVER" -p 512 "$@" -d dummy -C "$inputs" -P "$outputs" -r "$rate" -p "$frames" >jackd.log 2>&1 &
        SERVER=$!
        ! wait_server || return 0
        stop_server
        sleep 0.5 # one of before may still be ending
    done
    skip "jackd does not run here: $(tail -n 1 jackd.log)"
}

# Until it answers, or is no more.
wait_server() {
    for _ in $(seq 100); do
        kill -0 "$SERVER" 2>/dev/null || return 1
        ton devices --json >devices.json
        [ "$(json devices.json 'd["devices"][0]["backend"]')" != jack ] || return 0
        sleep 0.1
    done
    return 1
}

# stop_server [SIGNAL]
stop_server() {
    [ -z "${SERVER:-}" ] || kill "-${1:-TERM}" "$SERVER" 2>/dev/null || true
    [ -z "${SERVER:-}" ] || wait "$SERVER" 2>/dev/null || true
    SERVER=
    [ -z "${JACK_DEFAULT_SERVER:-}" ] || rm -f "/dev/shm/jack_sem.$(id -u)_${JACK_DEFAULT_SERVER}_"* # what clients left
}

# start_client NAME OPTION…: the tests' own client (tests/jack/client.c tells the options) in the background; what it prints at its
# end goes to NAME.json. It waits until what it connects to is there, so nothing here has to sleep.
CLIENTS=
start_client() {
    local name=$1
    shift
    run_along "$TON_JACK_CLIENT" --server "$JACK_DEFAULT_SERVER" --name "$name" "$@" >"$name.json" 2>"$name.log" &
    eval "CLIENT_$name=$!"
    CLIENTS="$CLIENTS $name"
}

# wait_client NAME: until it has done what it was asked; its status.
wait_client() {
    local id="CLIENT_$1"
    wait "${!id}" || {
        cat "$1.log"
        return 1
    }
}

# stop_client NAME: it ends what it does, writes its files and its JSON.
stop_client() {
    local id="CLIENT_$1"
    kill "${!id}" 2>/dev/null || true
    wait_client "$1"
}

stop_clients() {
    [ -z "${SERVER:-}" ] || kill -CONT "$SERVER" 2>/dev/null || true # one that a test made hang answers no goodbye
    for name in $CLIENTS; do
        stop_client "$name" >/dev/null 2>&1 || true
    done
    CLIENTS=
}

# wait_port NAME: until the server has it.
wait_port() {
    for _ in $(seq 100); do
        ton devices --ports 2>/dev/null | grep -q "^$1 " && return 0
        sleep 0.05
    done
    return 1
}

# list_inputs: the lines of a stage (truth.jsonl) into production.yaml, in order.
list_inputs() {
    python3 - >>production.yaml <<'PY'
import json
print("inputs:")
for number, line in enumerate(map(json.loads, open("truth.jsonl")), 1):
    print(f"  {line['name']}: {{port: 'stage:out_{number}', source: {line['source']}}}")
PY
}

# wait_file FILE, wait_event KIND, wait_lines TEXT N: until it is there; N lines of events.jsonl.
wait_file() {
    for _ in $(seq 200); do
        [ ! -s "$1" ] || return 0
        sleep 0.05
    done
    return 1
}

wait_lines() {
    local n
    for _ in $(seq 400); do
        n=$(grep -c "$1" events.jsonl 2>/dev/null || true)
        [ "${n:-0}" -lt "$2" ] || return 0
        sleep 0.05
    done
    grep -v status events.jsonl
    return 1
}

wait_event() {
    wait_lines "\"event\":\"$1\"" 1
}

# steadily COMMAND…: again, five times at most, where the server lost frames because this machine had no time for it (tests/soak
# holds against a witness whether it was our own fault). What is to be made again must not be in the way: takes get the next
# number, files are replaced.
steadily() {
    for _ in 1 2 3 4 5; do
        "$@" >steady.txt 2>&1 || { cat steady.txt && return 1; }
        grep -Eq "frames were lost|device lost" steady.txt || return 0
    done
    cat steady.txt
    skip "this machine is too busy: five times the server lost frames"
}

# skip_where_lost: after what failed.
skip_where_lost() {
    ! grep -q '"event":"xrun"' events.jsonl || skip "this machine is too busy: a period was lost just then"
    return 1
}
