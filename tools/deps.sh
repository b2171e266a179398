#!/bin/sh
# deps.sh - installs what is missing to build (and test) on Debian 12; quick when nothing is.
#
#   sh tools/deps.sh build     compilers and libraries
#   sh tools/deps.sh all       also what the tests use: sanitizers, real clients, npm packages
#
# Needs root or sudo only when a package is missing. Node 20 is expected to be there.
set -eu
cd "$(dirname "$0")/.."

build="gcc g++ make pkg-config binutils libuv1-dev libsimdjson-dev
libsqlite3-dev libsodium-dev libssl-dev libcurl4-openssl-dev libcjson-dev libpcre2-dev
libpq-dev tzdata"
tests="libcmocka-dev libhttp-parser-dev clang libclang-rt-14-dev clang-format dpkg-dev curl strace
faketime json-schema-test-suite libfuse3-dev fuse3 postgresql pgbouncer python3 python3-aiosmtpd
awscli python3-boto3 celery python3-celery python3-kombu python3-pycurl python3-psycopg2
chromium fonts-noto-cjk"

case "${1:-all}" in
build) want=$build ;;
all) want="$build $tests" ;;
*) echo "deps.sh: build or all, not '$1'" >&2; exit 2 ;;
esac

missing=
for p in $want; do
	case "$(dpkg-query -W -f='${db:Status-Status}' "$p" 2>/dev/null || true)" in
	installed) ;;
	*) missing="$missing $p" ;;
	esac
done

if [ -n "$missing" ]; then
	root=
	if [ "$(id -u)" != 0 ]; then
		command -v sudo >/dev/null || {
			echo "deps.sh: missing:$missing (run as root, or install sudo)" >&2
			exit 1
		}
		root=sudo
	fi
	# sudo drops the environment, so it is set behind it.
	echo "installing:$missing"
	log=$(mktemp)
	trap 'rm -f "$log"' EXIT
	quiet() { "$@" >"$log" 2>&1 || { cat "$log" >&2; return 1; }; }
	update() { quiet $root apt-get update -q; }
	update || { sleep 5; update; }
	install() {
		quiet $root env DEBIAN_FRONTEND=noninteractive \
			apt-get install -qy --no-install-recommends $missing
	}
	install || { update && install; }
fi

command -v node >/dev/null || { echo "deps.sh: node (20 or newer) is missing" >&2; exit 1; }
[ "${1:-all}" = all ] || exit 0
# By content: a checkout touches the file, and must not need the network for that.
lock=test/package-lock.json kept=test/node_modules/.ringi-lock.json
if [ -f $lock ] && ! cmp -s $lock $kept; then
	npm_ci() { npm ci --prefix test --no-audit --no-fund --loglevel=error; }
	npm_ci || npm_ci
	cp $lock $kept
fi
