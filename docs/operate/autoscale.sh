#!/bin/sh
# autoscale.sh - as many workers as a queue wants, on this machine: a loop to copy and change.
#
#   QUEUE=orders WORKER='exec ringi worker orders -- ./handle-order' sh autoscale.sh
#
# Every EVERY seconds the server is asked, and workers are started or sent a TERM, at which
# they finish what they hold. With SCALE nothing is started here: it is a command that gets the
# number as its last argument (kubectl, docker compose, an API of your cloud in a script).
#
# Also: RINGI_URL, RINGI_TOKEN, MIN (0), MAX (4), TARGET_WAIT_S (30).
set -u
URL=${RINGI_URL:-http://127.0.0.1:9324}
MIN=${MIN:-0} MAX=${MAX:-4} EVERY=${EVERY:-5} TARGET_WAIT_S=${TARGET_WAIT_S:-30}
: "${QUEUE:?a queue}"
workers=

# Who starts the workers knows how many there are better than the server, which sees receivers.
wanted() {
	query="min=$MIN&max=$MAX&target_wait_s=$TARGET_WAIT_S"
	[ -n "${SCALE:-}" ] || query="$query&workers=$(echo "$workers" | wc -w | tr -d ' ')"
	curl -sf -m 10 ${RINGI_TOKEN:+-H "Authorization: Bearer $RINGI_TOKEN"} \
		"$URL/v1/queues/$QUEUE/scaling?$query" |
		sed -n 's/.*"workers_wanted":\([0-9]*\).*/\1/p'
}

# Those that are still there.
living() {
	alive=
	for pid in $workers; do
		kill -0 "$pid" 2>/dev/null && alive="$alive $pid"
	done
	workers=$alive
}

scale() {
	if [ -n "${SCALE:-}" ]; then
		$SCALE "$1"
		return
	fi
	living
	now=$(echo "$workers" | wc -w)
	while [ "$now" -lt "$1" ]; do
		sh -c "$WORKER" &
		workers="$workers $!"
		now=$((now + 1))
	done
	stay=
	for pid in $workers; do
		if [ "$now" -gt "$1" ]; then
			kill -TERM "$pid" 2>/dev/null
			now=$((now - 1))
		else
			stay="$stay $pid"
		fi
	done
	workers=$stay
}

trap 'scale 0; wait; exit 0' INT TERM
last=
while :; do
	living
	n=$(wanted)
	# No answer: the workers there are go on.
	if [ -n "$n" ]; then
		[ "$n" = "$last" ] || echo "workers wanted: $n"
		last=$n
		scale "$n"
	fi
	sleep "$EVERY" &
	wait $!
done
