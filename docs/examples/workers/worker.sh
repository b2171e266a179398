#!/bin/sh
# worker.sh QUEUE [--once] - a worker by ringi's API, with curl and jq. / curl と jq だけのワーカー。
set -u
url=${RINGI_URL:-http://127.0.0.1:9324}
queue=${1:?worker.sh QUEUE [--once]}
once=${2:-}
lease_ms=10000
wait_s=5
[ "$once" = --once ] && wait_s=0
stopping=
trap 'stopping=1' TERM
scratch=$(mktemp -d) || exit 1
trap 'rm -rf "$scratch"' EXIT

# post PATH JSON: prints the answer; not 0 when it was refused. The token is on no command line.
post() {
	printf 'header = "Content-Type: application/json"\n' >"$scratch/curl"
	[ -n "${RINGI_TOKEN:-}" ] &&
		printf 'header = "Authorization: Bearer %s"\n' "$RINGI_TOKEN" >>"$scratch/curl"
	printf '%s' "$2" | curl -sS --fail-with-body -m 60 -K "$scratch/curl" --data-binary @- "$url$1"
}

# Yours: the payload is standard input, the result standard output. 65: it will never work.
work() {
	jq -ce 'select(type == "object" and (.n | type) == "number")' >"$scratch/payload" ||
		{ echo 'n must be a whole number' >&2; return 65; }
	[ "$(jq -r '.crash // false' "$scratch/payload")" = false ] ||
		{ echo 'something broke' >&2; return 1; }
	sleep "$(jq -r '.seconds // 0' "$scratch/payload")"
	jq -c '{square: (.n * .n)}' "$scratch/payload"
}

# Makes the lease longer, and ends the work when somebody canceled the job.
beat() {
	more=$(jq -nc --arg l "$2" --argjson ms $lease_ms '{lease: $l, lease_ms: $ms}')
	while sleep 3; do
		[ "$(post "/v1/jobs/$1/heartbeat" "$more" | jq -r .canceled)" = true ] &&
			touch "$scratch/canceled" && kill "$3" && return
	done
}

handle() {
	id=$(printf '%s' "$1" | jq -r .id)
	lease=$(printf '%s' "$1" | jq -r .lease)
	rm -f "$scratch/canceled"
	printf '%s' "$1" | jq -c .payload >"$scratch/in"
	(work) <"$scratch/in" >"$scratch/out" 2>"$scratch/err" &
	worker=$!
	beat "$id" "$lease" "$worker" >/dev/null 2>&1 &
	beating=$!
	while :; do # a signal ends a wait, not the work
		wait "$worker"
		code=$?
		kill -0 "$worker" 2>/dev/null || break
	done
	kill "$beating" 2>/dev/null
	wait "$beating" 2>/dev/null
	if [ "$code" = 0 ]; then
		said=$(jq -nc --arg l "$lease" --slurpfile r "$scratch/out" '{lease: $l, result: $r[0]}')
		post "/v1/jobs/$id/complete" "$said"
	else
		why=EXIT_$code retry=true
		[ "$code" = 65 ] && why=BAD_PAYLOAD retry=false
		[ -e "$scratch/canceled" ] && why=STOPPED retry=false
		said=$(jq -nc --arg l "$lease" --arg c "$why" --argjson r "$retry" \
			--rawfile m "$scratch/err" \
			'{lease: $l, retry: $r, error: {code: $c, message: ($m | rtrimstr("\n"))}}')
		post "/v1/jobs/$id/fail" "$said"
	fi >/dev/null
}

while [ -z "$stopping" ]; do
	ask=$(jq -nc --argjson w $wait_s --argjson ms $lease_ms --arg n "shell-$$" \
		'{wait_s: $w, lease_ms: $ms, worker: $n}')
	answer=$(post "/v1/queues/$queue/claim" "$ask") || { echo "$answer" >&2; sleep 1; continue; }
	job=$(printf '%s' "$answer" | jq -c '.jobs[0] // empty')
	[ -n "$job" ] && handle "$job"
	[ -z "$job" ] && [ "$once" = --once ] && break
done
exit 0
