set ignore-comments
set positional-arguments

# List what can be done here
default:
    @just --list --unsorted

# Show both exporters at work on a populated Nautobot: just demo [--nautobot 1.6|3.2]
demo *args: _servers
    # not optimised: what the demo shows does not need the minutes that takes
    cargo build --locked --bin app-exporter --bin rq-exporter --bin demo
    @exec "${CARGO_TARGET_DIR:-target}/debug/demo" "$@"

# Run the tests: just test [cargo test's arguments, such as -p rq-model]
test *args: _servers
    cargo test --locked "$@"

# Measure both exporters beside bare SQL and beside PyPI's rq-exporter, and hold the figures against their targets
bench: _servers
    cargo build --release --locked --bin app-exporter --bin rq-exporter --bin bench
    @exec "${CARGO_TARGET_DIR:-target}/release/bench"

# Check everything that a machine can check: format, lints, documentation, architecture
lint:
    cargo fmt --all --check
    cargo clippy --workspace --all-targets --locked -- -D warnings
    RUSTDOCFLAGS="-D warnings" cargo doc --workspace --no-deps --locked
    cargo test --locked -p testbed --test architecture

# Write the generated documentation anew: docs/metrics.md, below its marker
docs:
    #!/bin/sh
    set -eu
    cargo build --locked --bin app-exporter --bin rq-exporter
    programs="${CARGO_TARGET_DIR:-target}/debug"
    page=docs/metrics.md
    head=$(sed '/^<!-- generated/q' "$page")
    {
        printf '%s\n' "$head"
        for exporter in app-exporter rq-exporter; do
            printf '\n## %s\n\n' "$exporter"
            "$programs/$exporter" --list-collectors
        done
    } >"$page.new"
    mv "$page.new" "$page"

# Format the code
fmt:
    cargo fmt --all

# Install the servers that the tests and the demo start on their own, where they are missing
_servers:
    #!/bin/sh
    set -eu

    postgres_found() {
        command -v postgres && return
        for program in /usr/lib/postgresql/*/bin/postgres /usr/pgsql-*/bin/postgres /usr/libexec/postgresql*/postgres; do
            [ -x "$program" ] && return
        done
        return 1
    }

    missing=
    postgres_found >/dev/null || missing="PostgreSQL"
    command -v redis-server >/dev/null || missing="${missing:+$missing and }Redis"
    [ "$missing" ] || exit 0

    as_root() {
        if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi
    }

    # The command that installs, then what it calls the two packages.
    with() {
        command=$1
        shift
        [ "${missing#*PostgreSQL}" = "$missing" ] && set -- "$2"
        [ "${missing#*Redis}" = "$missing" ] && set -- "$1"
        echo "installing $missing, of which tests and the demo start throw-away servers: $*"
        $command "$@"
    }

    # Debian would also make a database cluster and start services, now and at each boot: nobody asked for those.
    debian() {
        cluster=postgresql-common/createcluster.conf
        if [ ! -e "/etc/$cluster" ]; then
            ours=yes
            as_root mkdir -p /etc/postgresql-common
            echo "create_main_cluster = false" | as_root tee "/etc/$cluster" >/dev/null
        fi
        policy=/usr/sbin/policy-rc.d
        if [ ! -e "$policy" ]; then
            trap 'as_root rm -f "$policy"' EXIT
            trap 'exit 130' INT TERM
            printf '#!/bin/sh\nexit 101\n' | as_root tee "$policy" >/dev/null
            as_root chmod +x "$policy"
        fi
        update="as_root apt-get update -q"
        install="as_root env DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends -o Dpkg::Options::=--force-confold"
        ls /var/lib/apt/lists/*_Packages* >/dev/null 2>&1 || $update
        # lists that are there may be older than what the mirror still has
        $install "$@" || { $update && $install "$@"; }
        if [ "${ours-}" ] && [ -e "/usr/share/$cluster" ]; then as_root cp "/usr/share/$cluster" "/etc/$cluster"; fi
        if [ -d /run/systemd/system ]; then as_root systemctl disable --quiet --now "$@" || true; fi
    }

    if [ "$(id -u)" != 0 ] && ! command -v sudo >/dev/null && ! command -v brew >/dev/null; then
        echo "please install $missing as root: tests and the demo start throw-away servers of their own" >&2
        exit 1
    elif command -v apt-get >/dev/null; then
        with debian postgresql redis-server
    elif command -v dnf >/dev/null; then
        with "as_root dnf install -y" postgresql-server redis
    elif command -v apk >/dev/null; then
        with "as_root apk add" postgresql redis
    elif command -v pacman >/dev/null; then
        with "as_root pacman -S --needed --noconfirm" postgresql redis
    elif command -v brew >/dev/null; then
        with "brew install" postgresql redis
    else
        echo "please install $missing: tests and the demo start throw-away servers of their own" >&2
        exit 1
    fi
