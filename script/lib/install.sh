# Installs what a script needs on Debian or Ubuntu, and only what is missing. Sourced, not run.

say() { printf '%s\n' "$*" >&2; }
die() { say "error: $*"; exit 1; }

as_root() {
  if [ "$(id -u)" = 0 ]; then "$@"
  elif command -v sudo >/dev/null; then sudo "$@"
  else die "need root to run: $*
       Run this script as root, or install sudo, or install the packages yourself."
  fi
}

apt_updated=
apt_install() {
  command -v apt-get >/dev/null || die "missing: $*. This script installs packages on Debian and Ubuntu only; please install them yourself."
  if [ -z "$apt_updated" ]; then as_root apt-get update -qq; apt_updated=1; fi
  say "installing: $*"
  as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@" >/dev/null
}

# need COMMAND PACKAGE...: installs the packages when the command is missing.
need() {
  local command=$1; shift
  command -v "$command" >/dev/null || apt_install "$@"
}

minimum_rust=1.95
rust_is_new_enough() {
  command -v cargo >/dev/null && command -v rustc >/dev/null || return 1
  local have; have=$(rustc --version | cut -d' ' -f2)
  [ "$(printf '%s\n%s\n' "$minimum_rust" "${have%%-*}" | sort -V | head -n 1)" = "$minimum_rust" ]
}

# Rust: what is there if new enough, else rustup where packaged, else the distribution's rustc-web.
need_rust() {
  [ -e /etc/ssl/certs/ca-certificates.crt ] || apt_install ca-certificates
  need cc build-essential
  # shellcheck disable=SC1091
  [ -f "$HOME/.cargo/env" ] && . "$HOME/.cargo/env"
  rust_is_new_enough && return
  if command -v rustup >/dev/null; then
    rustup toolchain install stable --profile minimal --component clippy,rustfmt && rustup default stable
    rust_is_new_enough && return
  fi
  command -v apt-get >/dev/null || die "Rust $minimum_rust or later is needed. Install it with rustup and run this again."
  [ -n "$apt_updated" ] || { as_root apt-get update -qq; apt_updated=1; }
  if apt-cache show rustc-web >/dev/null 2>&1; then
    apt_install rustc-web cargo-web
    rust_is_new_enough && return
  fi
  if apt-cache show rustup >/dev/null 2>&1; then
    apt_install rustup
    rustup default stable
    rust_is_new_enough && return
  fi
  die "Rust $minimum_rust or later is needed and could not be installed here. Install it with rustup and run this again."
}
