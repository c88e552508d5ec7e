#!/bin/sh
# Runs a command unless its last run is still going on. Prints nothing if the command succeeds, so that cron sends no
# mail. If the command fails, prints its output and the meaning of its exit status.
#
# Needs: flock (Debian: util-linux). The user must own the directory of the lock file.
# Run:   without_overlap.sh LOCK COMMAND [ARGUMENT]…
#        without_overlap.sh /var/lib/cbr/dr.lock cbr dr replicate --name-prefix prod_ …
#
# Exit status: that of the command; 75 if the last run is still going on; 73 if the lock file cannot be opened.
set -u
[ $# -ge 2 ] || { echo "usage: $0 LOCK COMMAND [ARGUMENT]..." >&2; exit 2; }
lock=$1
shift

# The command inherits the lock. So the lock is held until the command ends, even if this script is killed.
true 9>>"$lock" || exit 73 # "exec" itself would end a shell with another status
exec 9>>"$lock"
if ! flock -n 9; then
  echo "not started: the last run is still going on ($lock is locked): $*" >&2
  exit 75
fi

output=$("$@" 2>&1)
status=$?
[ "$status" != 0 ] || exit 0

# The exit statuses of the command cbr and of the recipes.
case $status in
  1) meaning="failed" ;;
  2) meaning="wrong usage: nothing was ordered" ;;
  3) meaning="the service would reject the order: nothing was ordered" ;;
  4) meaning="the service may or may not have accepted an order: run the command again as its output says" ;;
  5) meaning="not compliant, or there is no backup to copy" ;;
  6) meaning="accepted, and still running" ;;
  *) meaning="see the output" ;;
esac
printf '%s\n\nThe command ended with status %s (%s):\n  %s\n' "$output" "$status" "$meaning" "$*"
exit "$status"
