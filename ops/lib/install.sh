# shellcheck shell=bash
# Finds what CaseFlow needs, and installs what is missing where that can be done: on Debian and Ubuntu, as root or with
# a sudo that asks no password. Elsewhere it says what to install and ends with status 2. Sourced after common.sh.

# The oldest Swift that builds this package.
readonly swift_wanted_major=6
readonly swift_wanted_minor=2

# Puts a Swift of the wanted version on the PATH, or says where to get one.
need_swift() {
    local candidate version found=""
    for candidate in "$(command -v swift || true)" /opt/swift/usr/bin/swift /usr/bin/swift /usr/local/bin/swift; do
        [[ -n $candidate && -x $candidate ]] || continue
        version=$("$candidate" --version 2>/dev/null </dev/null | sed -n 's/.*Swift version \([0-9]*\.[0-9]*\).*/\1/p' |
            head -n 1)
        [[ -n $version ]] || continue
        if ((${version%%.*} > swift_wanted_major)) ||
            ((${version%%.*} == swift_wanted_major && ${version#*.} >= swift_wanted_minor)); then
            PATH=$(dirname "$candidate"):$PATH
            export PATH
            say "Swift $version: $candidate"
            return 0
        fi
        found="$found $candidate ($version)"
    done
    refuse "Swift $swift_wanted_major.$swift_wanted_minor or later is needed${found:+; found only$found}.
Get it from https://www.swift.org/install/linux/ and unpack it so that 'swift' is on the PATH
(for example below /opt/swift, so that /opt/swift/usr/bin/swift is there), then run this again."
}

# The directory of a complete set of PostgreSQL's server programs; the places are those that caseflowd looks at.
postgres_programs() {
    local directory program
    local -a places=()
    if [[ -n ${CASEFLOW_PG_BIN:-} ]]; then
        places=("$CASEFLOW_PG_BIN")
    else
        if command -v pg_config >/dev/null; then places+=("$(pg_config --bindir)"); fi
        IFS=: read -r -a path <<<"$PATH"
        places+=("${path[@]}" /usr/lib/postgresql/*/bin /usr/pgsql-*/bin)
    fi
    for directory in "${places[@]}"; do
        for program in initdb pg_ctl postgres createdb psql pg_isready; do
            [[ -x $directory/$program ]] || continue 2
        done
        printf '%s\n' "$directory"
        return 0
    done
    return 1
}

# Whether libpq's header and library can be compiled against.
has_libpq() {
    local header
    if command -v pkg-config >/dev/null && pkg-config --exists libpq 2>/dev/null; then return 0; fi
    for header in /usr/include/postgresql/libpq-fe.h /usr/include/libpq-fe.h /usr/local/include/libpq-fe.h; do
        if [[ -f $header ]]; then return 0; fi
    done
    return 1
}

# Whether certificates for https are there: the build fetches Swift packages by git.
has_certificates() {
    [[ -e /etc/ssl/certs/ca-certificates.crt || -e /etc/pki/tls/certs/ca-bundle.crt || -e /etc/ssl/cert.pem ]]
}

# Makes sure of everything that building and running take.
need_everything() {
    local -a missing=() names=()
    need() {
        missing+=("$1")
        names+=("$2")
    }
    command -v git >/dev/null || need git git
    has_certificates || need ca-certificates "root certificates (ca-certificates)"
    command -v gzip >/dev/null || need gzip gzip
    has_libpq || need libpq-dev "libpq with its header"
    postgres_programs >/dev/null || need postgresql "the PostgreSQL server, version 15 or later"
    if ((${#missing[@]} > 0)); then install_packages "${names[*]/%/,}" "${missing[@]}"; fi
    say "PostgreSQL: $(postgres_programs)"
    need_swift
}

# Installs Debian packages, or says what to install.
install_packages() {
    local what=${1%,}
    shift
    local -a as_root=()
    if ! command -v apt-get >/dev/null; then
        refuse "missing: $what.
This system has no apt-get, so install them yourself; the Debian packages are called: $*
(Fedora: postgresql-server, libpq-devel, git, gzip, ca-certificates). Then run this again."
    fi
    if ((EUID != 0)); then
        if ! command -v sudo >/dev/null || ! sudo -n true 2>/dev/null; then
            refuse "missing: $what.
Installing takes root. Run this yourself, then this script again:
    sudo apt-get update && sudo apt-get install --no-install-recommends $*"
        fi
        as_root=(sudo -n)
    fi
    say "installing: $*"
    local own_settings="" folder=/etc/postgresql-common/createcluster.d status=0
    if [[ " $* " == *" postgresql "* ]]; then
        # CaseFlow makes a cluster of its own: the package need not make one, and none is started at boot.
        own_settings=$folder/caseflow-install.conf
        "${as_root[@]}" mkdir -p "$folder"
        echo "create_main_cluster = false" | "${as_root[@]}" tee "$own_settings" >/dev/null
    fi
    apt_get() {
        quietly "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -y -q -o DPkg::Lock::Timeout=300 \
            -o Dpkg::Options::=--force-confold "$@"
    }
    apt_get update && apt_get install --no-install-recommends "$@" || status=$?
    if [[ -n $own_settings ]]; then "${as_root[@]}" rm -f "$own_settings"; fi
    if ((status != 0)); then fail "the packages could not be installed: $*"; fi
    hash -r
    postgres_programs >/dev/null ||
        refuse "apt has installed $*, but there is still no PostgreSQL server: set CASEFLOW_PG_BIN to its programs."
}
