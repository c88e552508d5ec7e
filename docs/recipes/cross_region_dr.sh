#!/bin/sh
# Disaster recovery for a project, with the command cbr: copies the newest backup of each resource to another region
# if it is not there yet, then reports how old the copies are, and prints an alert if something is wrong.
#
# Needs: the command cbr; a replication vault in the other region; credentials and CBR_REGION in the environment, or
#        in a profile.
# Run:   VAULT_PREFIX=prod_ DESTINATION_REGION=cn-east-3 DESTINATION_VAULT=prod_copies sh cross_region_dr.sh
# Try:   VAULT_PREFIX=single DESTINATION_VAULT=replicas cbr sandbox sh cross_region_dr.sh
#
# Exit status: that of "cbr dr replicate" if this command fails, else that of "cbr dr copies": 0 every resource has a
# copy that is recent enough; 1 a call or a copy failed; 2 a setting is wrong; 4 a copy may have been ordered; 5 a
# resource has no recent copy, or there is no vault with this prefix; 6 copies are still running. After 4 and 6, run
# the script again: it follows copies in progress, and does not order them again.
set -u

prefix=${VAULT_PREFIX:-}       # beginning of the names of the vaults
region=${DESTINATION_REGION:-} # region of the copies
vault=${DESTINATION_VAULT:-}   # name or id of the replication vault there
rpo=${RPO:-26h}                # how old the newest copy may be
timeout=${TIMEOUT:-6h}         # how long to wait for the copies
interval=${INTERVAL:-5}        # seconds between the first polls
if [ -z "$prefix" ] || [ -z "$region" ] || [ -z "$vault" ]; then
  echo "$0: set VAULT_PREFIX, DESTINATION_REGION and DESTINATION_VAULT" >&2
  exit 2
fi

cbr dr replicate --name-prefix "$prefix" --destination-region "$region" --destination-vault "$vault" \
  --timeout "$timeout" --interval "$interval"
copying=$?
echo
cbr dr copies --name-prefix "$prefix" --destination-region "$region" --destination-vault "$vault" --rpo "$rpo"
checking=$?

case $copying in
  0) ;;
  1) echo "ALERT: a copy to $region failed, or none could be ordered" >&2 ;;
  4) echo "ALERT: a copy to $region may have been ordered, or not: run this again" >&2 ;;
  5) echo "ALERT: no vault whose name begins with '$prefix' has a backup" >&2 ;;
  6) echo "note: copies to $region are still running after $timeout" >&2 ;;
  *) echo "ALERT: cbr dr replicate ended with status $copying" >&2 ;;
esac
case $checking in
  0) ;;
  5) echo "ALERT: a resource has no copy in $region that is at most $rpo old" >&2 ;;
  *) echo "ALERT: the copies in $region could not be checked" >&2 ;;
esac
[ "$copying" = 0 ] || exit "$copying"
exit "$checking"
