#!/bin/sh
# Makes the token that browsers must show to see the dashboard, in secrets/ beside this file, and prints
# it. One that is there already is printed again.
#
#   make-token.sh [FOLDER]    FOLDER: instead of secrets/
set -eu
here=$(cd "$(dirname "$0")" && pwd)
out=${1:-$here/secrets}
mkdir -p "$out"
# The role runs under another id in its container, which sees the file; the folder keeps everyone else out.
chmod 700 "$out"
if [ ! -e "$out/dashboard-token" ]; then
  openssl rand -hex 24 >"$out/dashboard-token.new"
  chmod 644 "$out/dashboard-token.new"
  mv "$out/dashboard-token.new" "$out/dashboard-token"
fi
cat "$out/dashboard-token"
