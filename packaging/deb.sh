#!/bin/sh
# deb.sh - makes the Debian package of a built ringi: `make deb`.
#
#   VERSION=0.1.0 B=build sh packaging/deb.sh
#
# Needs dpkg-deb and dpkg-shlibdeps (dpkg-dev), no root. What the binary links against is
# asked of dpkg-shlibdeps, so the list of libraries cannot become stale.
set -eu
umask 022
command -v dpkg-shlibdeps >/dev/null || {
	echo "deb.sh: dpkg-shlibdeps is missing: apt install dpkg-dev, or make deps" >&2
	exit 1
}
version=${VERSION:?}
arch=$(dpkg --print-architecture)
root=$B/deb/ringi_${version}_$arch
package=$root.deb
rm -rf "$B/deb"
mkdir -p "$root/DEBIAN"

put() { install -D -m "$1" "$2" "$root$3"; }
put 755 "$B/ringi" /usr/bin/ringi
strip --strip-unneeded "$root/usr/bin/ringi"
put 644 packaging/ringi.service /lib/systemd/system/ringi.service
put 644 packaging/ringi.conf /etc/ringi/ringi.conf
put 644 packaging/grafana/ringi.json /usr/share/ringi/grafana.json
put 644 packaging/prometheus/alerts.yml /usr/share/ringi/alerts.yml
# The client library for C, where the linker of Debian looks.
make -s --no-print-directory B="$B" DESTDIR="$(realpath "$root")" PREFIX=/usr \
	LIBDIR="/usr/lib/$(dpkg-architecture -qDEB_HOST_MULTIARCH)" install-lib
shared=$(realpath "$(find "$root/usr/lib" -name 'libringi-client.so.*')")
strip --strip-unneeded "$shared"
put 644 docs/clients/c/worker.c /usr/share/doc/ringi/examples/worker.c
for f in README.md README.ja.md SECURITY.md; do put 644 $f /usr/share/doc/ringi/$f; done
for f in docs/operate/*.md; do put 644 "$f" "/usr/share/doc/ringi/operate/${f##*/}"; done
gzip -9nc CHANGELOG.md > "$root/usr/share/doc/ringi/changelog.gz"
cat > "$root/usr/share/doc/ringi/copyright" <<END
Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/
Upstream-Name: ringi

Files: *
Copyright: the ringi authors
License: Apache-2.0
 On Debian systems the full text is in /usr/share/common-licenses/Apache-2.0.
END

# dpkg-shlibdeps wants to stand in a source package; an empty one will do.
mkdir -p "$B/deb/source/debian"
printf 'Source: ringi\n\nPackage: ringi\nArchitecture: any\n' > "$B/deb/source/debian/control"
binary=$(realpath "$root/usr/bin/ringi")
libraries=$(cd "$B/deb/source" && dpkg-shlibdeps -O "$binary" "$shared" 2>/dev/null |
	sed -n 's/^shlibs:Depends=//p')
[ -n "$libraries" ] || { echo "deb.sh: dpkg-shlibdeps told nothing about $binary" >&2; exit 1; }

cat > "$root/DEBIAN/control" <<END
Package: ringi
Version: $version
Architecture: $arch
Maintainer: the ringi authors <maintainers@ringi.invalid>
Section: net
Priority: optional
Depends: $libraries, adduser, tzdata
Suggests: libcurl4-openssl-dev, libcjson-dev
Installed-Size: $(du -sk "$root" | cut -f1)
Description: durable queues with the Amazon SQS API
 One process, one file: standard and FIFO queues, dead-letter queues and topics for AWS SDKs,
 the aws command line, Celery and everything else that speaks SQS. A send is answered after
 it is on disk.
END
echo 'activate-noawait ldconfig' > "$root/DEBIAN/triggers"
echo /etc/ringi/ringi.conf > "$root/DEBIAN/conffiles"

cat > "$root/DEBIAN/postinst" <<'END'
#!/bin/sh
# postinst - makes the user ringi and starts the server, or starts it anew after an upgrade.
set -e
if [ "$1" = configure ]; then
	getent passwd ringi >/dev/null ||
		adduser --system --group --no-create-home --home /var/lib/ringi --quiet ringi
	install -d -o ringi -g ringi -m 700 /var/backups/ringi
	if [ -d /run/systemd/system ]; then
		systemctl daemon-reload
		if [ -z "$2" ]; then systemctl enable --now ringi.service || true
		else systemctl try-restart ringi.service || true
		fi
	fi
fi
END
cat > "$root/DEBIAN/prerm" <<'END'
#!/bin/sh
# prerm - stops the server before its program goes away; an upgrade goes on running until postinst.
set -e
if [ "$1" = remove ] && [ -d /run/systemd/system ]; then
	systemctl disable --now ringi.service || true
fi
END
cat > "$root/DEBIAN/postrm" <<'END'
#!/bin/sh
# postrm - the data folder stays, also on purge: messages are removed by people only.
set -e
if [ -d /run/systemd/system ]; then systemctl daemon-reload || true; fi
if [ "$1" = purge ] && [ -d /var/lib/ringi ]; then
	echo "ringi: /var/lib/ringi was left in place; remove it by hand when it is not needed any more"
fi
END
chmod 755 "$root/DEBIAN/postinst" "$root/DEBIAN/prerm" "$root/DEBIAN/postrm"
(cd "$root" && find . -type f ! -path './DEBIAN/*' -printf '%P\0' | sort -z | xargs -0 md5sum) \
	> "$root/DEBIAN/md5sums"
dpkg-deb --root-owner-group --build "$root" "$package" >/dev/null
echo "$package"
