# SPDX-License-Identifier: GPL-3.0-or-later
# A JACK server of the test's own, beside any that runs, and clients that play and record what is known. Load after common.bash.
# JACK 2 has room for eight servers a user, and one that was killed keeps its place until a server of the same name comes: so the
# last one of a name ends in order.

teardown() {
    stop_clients
    forget_server
    cd / && rm -rf "$WORK"
}

# Becomes a program that ends with the test's shell, however that ends: always with `&`.
run_along() {
    exec setpriv --pdeathsig TERM "$@" 3>&-
}

# start_server INPUTS OUTPUTS RATE FRAMES [JACKD-OPTION…]: a dummy device under a name of its own, for every ton of this test. Has
# real-time priority where it may.
start_server() {
    local inputs=$1 outputs=$2 rate=$3 frames=$4
    shift 4
    [ "${TON_HAVE_JACK:-1}" = 1 ] || skip "built without JACK"
    command -v jackd >/dev/null || skip "no jackd here"
    export JACK_DEFAULT_SERVER="ton-test-$$-$BATS_TEST_NUMBER" JACK_NO_START_SERVER=1
    run_along jackd -n "$JACK_DEFAULT_SERVER" -p 512 "$@" -d dummy -C "$inputs" -P "$outputs" -r "$rate" -p "$frames" >jackd.log 2>&1 &
    SERVER=$!
    for _ in $(seq 100); do
        kill -0 "$SERVER" 2>/dev/null || skip "jackd does not run here: $(tail -n 1 jackd.log)"
        ton devices --json >devices.json
        [ "$(json devices.json 'd["devices"][0]["backend"]')" != jack ] || return 0
        sleep 0.1
    done
    cat jackd.log
    return 1
}

# stop_server [SIGNAL]
stop_server() {
    [ -n "${SERVER:-}" ] || return 0
    kill "-${1:-TERM}" "$SERVER" 2>/dev/null || true
    wait "$SERVER" 2>/dev/null || true
    SERVER=
    [ "${1:-TERM}" = TERM ] || KILLED=1
}

# A server that was killed is followed by one that ends in order; what clients left goes too.
forget_server() {
    stop_server
    [ -n "${JACK_DEFAULT_SERVER:-}" ] || return 0
    if [ -n "${KILLED:-}" ]; then
        run_along jackd -n "$JACK_DEFAULT_SERVER" -d dummy >forget.log 2>&1 &
        SERVER=$!
        for _ in $(seq 50); do
            ton devices 2>/dev/null | grep -q "^jack " && break
            sleep 0.1
        done
        stop_server
    fi
    rm -f /dev/shm/jack_sem.*_"$JACK_DEFAULT_SERVER"_*
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

# wait_file FILE, wait_event KIND (in events.jsonl)
wait_file() {
    for _ in $(seq 200); do
        [ ! -s "$1" ] || return 0
        sleep 0.05
    done
    return 1
}

wait_event() {
    for _ in $(seq 200); do
        grep -q "\"event\": \"$1\"" events.jsonl && return 0
        sleep 0.05
    done
    cat events.jsonl
    return 1
}
