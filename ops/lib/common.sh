# shellcheck shell=bash
# What all scripts of this folder share: words for the terminal, and where the repository is. Sourced, never run.

set -euo pipefail

# The repository's folder; every script works from there, wherever it is called from.
repository=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
export repository

# A heading: what happens next.
step() { printf '\n== %s\n' "$*"; }

# A line below a heading.
say() { printf '   %s\n' "$*"; }

# Something that went wrong: to standard error.
complain() { printf '%s\n' "$*" >&2; }

# Ends the script: something is wrong (status 1).
fail() {
    complain "$(basename "$0"): $*"
    exit 1
}

# Ends the script: it cannot work here, or was called wrongly (status 2).
refuse() {
    complain "$(basename "$0"): $*"
    exit 2
}

# Seconds as a person says them: "48 s", "6 min 05 s".
duration() {
    if (($1 < 60)); then
        printf '%d s' "$1"
    else
        printf '%d min %02d s' $(($1 / 60)) $(($1 % 60))
    fi
}

# Runs a command whose output matters only when it fails; then prints its last lines and returns its status.
quietly() {
    local output status=0
    output=$(mktemp)
    "$@" >"$output" 2>&1 </dev/null || status=$?
    if ((status != 0)); then
        complain "failed with status $status: $*"
        tail -n 40 "$output" >&2
    fi
    rm -f "$output"
    return "$status"
}
