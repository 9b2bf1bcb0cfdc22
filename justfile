set ignore-comments
set positional-arguments

# List what can be done here
default:
    @just --list --unsorted

# Show both exporters at work on a populated Nautobot: just demo [--nautobot 1.6|3.2]
demo *args: _servers
    # not optimised: what the demo shows does not need the minutes that takes
    cargo build --locked --bin app-exporter --bin rq-exporter --bin demo
    @exec cargo run --quiet --locked --bin demo -- "$@"

# Run the tests: just test [cargo test's arguments, such as -p rq-model]
test *args: (_servers "PgBouncer" "Python") _environments
    cargo test --locked "$@"

# Measure both exporters beside bare SQL and programs of PyPI: just bench [app-exporter|rq-exporter|celery|prometheus-multiproc]
bench *args: _servers
    cargo build --release --locked --bin app-exporter --bin rq-exporter --bin bench
    @exec cargo run --quiet --release --locked --bin bench -- "$@"

# Check everything that a machine can check: format, lints, documentation, architecture
lint:
    cargo fmt --all --check
    cargo clippy --workspace --all-targets --locked -- -D warnings
    RUSTDOCFLAGS="-D warnings" cargo doc --workspace --no-deps --locked
    cargo test --locked --test architecture

# Write the generated documentation anew: the families in docs/metrics.md and the collectors in the README
docs:
    cargo build --quiet --locked --bin app-exporter --bin rq-exporter
    cargo run --quiet --locked --bin docs

# Format the code
fmt:
    cargo fmt --all

# Make the Python environments of real RQ, Celery and others, where this machine can; CI may skip them only without Python
_environments:
    @cargo run --quiet --locked --bin environments -- ${CI:+--required}

# Install what the tests and the demo run on their own, where it is missing: PostgreSQL, Redis, and others if that can be done
_servers *others:
    #!/bin/sh
    set -eu

    postgres_found() {
        command -v postgres && return
        for program in /usr/lib/postgresql/*/bin/postgres /usr/pgsql-*/bin/postgres /usr/libexec/postgresql*/postgres; do
            [ -x "$program" ] && return
        done
        return 1
    }

    # Debian has it where only root looks for programs.
    pgbouncer_found() {
        command -v pgbouncer || [ -x /usr/sbin/pgbouncer ]
    }

    # Debian's Python makes no environments without another package.
    python_found() {
        python3 -c "import venv, ensurepip" 2>/dev/null
    }

    needed=
    postgres_found >/dev/null || needed="PostgreSQL"
    command -v redis-server >/dev/null || needed="${needed:+$needed }Redis"
    missing=$needed
    for other in "$@"; do
        case $other in
        PgBouncer) pgbouncer_found >/dev/null || missing="${missing:+$missing }PgBouncer" ;;
        Python) python_found || missing="${missing:+$missing }Python" ;;
        esac
    done
    [ "$missing" ] || exit 0

    as_root() {
        if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi
    }

    # The command that installs, then what it calls the four packages.
    with() {
        command=$1 postgres=$2 redis=$3 pgbouncer=$4 python=$5
        set --
        for server in $missing; do
            case $server in
            PostgreSQL) set -- "$@" "$postgres" ;;
            Redis) set -- "$@" "$redis" ;;
            PgBouncer) set -- "$@" "$pgbouncer" ;;
            Python) set -- "$@" "$python" ;;
            esac
        done
        if [ "$(id -u)" != 0 ] && ! command -v sudo >/dev/null; then
            if [ ! "$needed" ]; then
                echo "not installed: $*; tests do without" >&2
                exit 0
            fi
            echo "tests and the demo start throw-away servers; please install $missing as root: $command $*" >&2
            exit 1
        fi
        echo "installing $missing, of which tests and the demo start throw-away servers: $*"
        if [ "$needed" ]; then
            install "$@"
        else
            install "$@" || echo "not installed: $*; tests do without" >&2
        fi
    }

    install() {
        case $command in
        apt-get*) debian "$@" ;;
        *) as_root $command "$@" ;;
        esac
    }

    # Debian would also make a database cluster and start services, now and at each boot: nobody asked for those.
    debian() {
        trap undo EXIT
        trap 'exit 130' INT TERM
        cluster=postgresql-common/createcluster.conf
        if [ ! -e "/etc/$cluster" ]; then
            our_cluster=yes
            as_root mkdir -p /etc/postgresql-common
            echo "create_main_cluster = false" | as_root tee "/etc/$cluster" >/dev/null
        fi
        policy=/usr/sbin/policy-rc.d
        if [ ! -e "$policy" ]; then
            our_policy=yes
            printf '#!/bin/sh\nexit 101\n' | as_root tee "$policy" >/dev/null
            as_root chmod +x "$policy"
        fi
        update="as_root apt-get update -q"
        get="as_root env DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends -o Dpkg::Options::=--force-confold"
        ls /var/lib/apt/lists/*_Packages* >/dev/null 2>&1 || $update
        # lists that are there may be older than what the mirror still has
        $get "$@" || { $update && $get "$@"; } || return 1
        if [ -d /run/systemd/system ]; then as_root systemctl disable --quiet --now "$@" || true; fi
    }

    # Leaves the machine's policies as Debian has them, installed or not.
    undo() {
        if [ "${our_policy-}" ]; then as_root rm -f "$policy"; fi
        if [ "${our_cluster-}" ]; then
            if [ -e "/usr/share/$cluster" ]; then
                as_root cp "/usr/share/$cluster" "/etc/$cluster"
            else
                as_root rm -f "/etc/$cluster"
            fi
        fi
    }

    if command -v apt-get >/dev/null; then
        with "apt-get install -y" postgresql redis-server pgbouncer python3-venv
    elif command -v dnf >/dev/null; then
        with "dnf install -y" postgresql-server redis pgbouncer python3
    elif command -v apk >/dev/null; then
        with "apk add" postgresql redis pgbouncer python3
    elif command -v pacman >/dev/null; then
        with "pacman -S --needed --noconfirm" postgresql redis pgbouncer python
    else
        echo "tests and the demo start throw-away servers; please install $missing" >&2
        exit 1
    fi
