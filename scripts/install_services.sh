#!/usr/bin/env bash
# Installs the services that tests/services starts, where they are missing: a PostgreSQL server.
set -euo pipefail

has_postgres() { command -v initdb >/dev/null || compgen -G '/usr/lib/postgresql/*/bin/initdb' >/dev/null; }

install_postgres() {
    [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null || return 1
    apt-get update && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends postgresql
}

has_postgres || install_postgres || {
    echo "no PostgreSQL server here, and none can be installed (that takes root, apt-get and a network):" \
        "install Debian's package \`postgresql\`; tests over it fail without one" >&2
    exit 1
}
