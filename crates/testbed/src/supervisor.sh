# Owns one throw-away server, in whose directory it runs: obeys the lines on its standard input and, when that
# closes because the owner is gone, however it died, stops the server and removes the directory.
# Arguments: how to prepare the directory, the signal that stops the server, the server's command line.
prepare=$1 signal=$2
shift 2
directory=$PWD
server=
trap '' HUP INT PIPE

running() { [ -n "$server" ] && kill -0 "$server" 2>/dev/null; }

# PostgreSQL's backends leave its process group: they are known by their parent.
children() {
    if [ -r /proc/self/stat ]; then
        cat /proc/[0-9]*/stat 2>/dev/null | while read -r pid _ _ parent _; do
            if [ "$parent" = "$server" ]; then echo "$pid"; fi
        done
    else
        pgrep -P "$server"
    fi
}

# The server first: once it is halted it has no further children.
pause() {
    kill -s STOP "$server" && for pid in $(children); do kill -s STOP "$pid"; done
}

resume() {
    for pid in $(children) "$server"; do kill -s CONT "$pid"; done
}

# Its children are known for as long as it is there.
crash() {
    running || return
    pause
    for pid in $(children) "$server"; do kill -s KILL "$pid"; done
    wait "$server"
}

stop() {
    running || return
    resume
    for attempt in "$signal" QUIT KILL; do
        kill -s "$attempt" "$server"
        tries=100
        while running && [ "$tries" -gt 0 ]; do
            sleep 0.05
            tries=$((tries - 1))
        done
        running || break
    done
}

answer() { if running; then echo "running $server"; else echo stopped; fi; }

if eval "$prepare"; then answer; else echo unprepared; fi
while read -r command; do
    case $command in
    start) "$@" </dev/null >&2 & server=$! ;;
    stop) stop ;;
    pause) pause ;;
    resume) resume ;;
    kill) crash ;;
    esac
    answer
done
stop
cd / && rm -rf -- "$directory"
