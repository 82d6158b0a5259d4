#!/bin/sh
# usage: progress.sh WHAT COMMAND...
# Runs a command that may be silent for minutes on a fresh machine. One that
# takes longer than a second is named, and every ten seconds says that it goes on.
what=$1
shift
(
	pause() { sleep "$1" >/dev/null 2>&1; } # it outlives us for a while, and must not hold our output open
	pause 1
	echo "$what (minutes on a fresh machine)"
	took=1
	while pause $((10 - took % 10)); do
		took=$((took + 10 - took % 10))
		echo "$what: $took s"
	done
) </dev/null &
ticker=$!
stop() { kill "$ticker" 2>/dev/null; }
trap 'stop; exit 130' INT
trap 'stop; exit 143' TERM
trap 'stop; exit 129' HUP
"$@"
code=$?
stop
exit $code
