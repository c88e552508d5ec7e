#!/bin/sh
# Deletes old copies by a retention rule, but only after a dry run that plans no more deletions than expected. The
# newest good copy of each resource always stays, and so does every copy whose source is unknown.
#
# Needs: the command cbr; credentials in the environment, or in a profile, which may delete backups in the other
#        region.
# Run:   REPLICA_REGION=cn-east-3 REPLICA_VAULT=prod_copies sh retention.sh        shows what would be deleted
#        REPLICA_REGION=cn-east-3 REPLICA_VAULT=prod_copies sh retention.sh --yes  deletes it
# Try:   REPLICA_REGION=cn-east-3 REPLICA_VAULT=replicas cbr sandbox sh retention.sh
#
# Exit status: 0 deleted, or nothing to delete, or only shown; 1 a call or a deletion failed; 2 a setting is wrong; 3
# more than MOST copies would be deleted, so no copy was deleted. If a deletion failed, run the script again: it plans
# to delete only copies that still exist.
set -u

region=${REPLICA_REGION:-}                      # region of the copies
vault=${REPLICA_VAULT:-}                        # name or id of the vault with the copies
source_region=${SOURCE_REGION:-${CBR_REGION:-}} # region of the source backups; with it, more copies have a known source
last=${KEEP_LAST:-3}                            # number of copies: the newest ones of each resource stay
days=${KEEP_DAYS:-14}                           # number of days: the newest copy of each of these days stays
weeks=${KEEP_WEEKS:-8}                          # number of weeks: the newest copy of each of these weeks stays
most=${MOST:-50}                                # a plan with more deletions than this needs a human
if [ -z "$region" ] || [ -z "$vault" ]; then
  echo "$0: set REPLICA_REGION and REPLICA_VAULT" >&2
  exit 2
fi

# The variables for project and endpoint are those of the source region. The project of the other region is looked up.
unset HUAWEICLOUD_SDK_PROJECT_ID OS_PROJECT_ID OS_TENANT_ID

prune() {
  cbr dr prune --region "$region" --vault "$vault" ${source_region:+--source-region "$source_region"} \
    --keep-last "$last" --keep-days "$days" --keep-weeks "$weeks" "$@"
}

plan=$(prune) || exit
printf '%s\n' "$plan"
# Without a terminal, each copy is a line, and its fifth field is the action.
count=$(printf '%s\n' "$plan" | awk -F '\t' '$5 == "delete"' | wc -l)
echo "copies to delete: $count"
if [ "$count" -gt "$most" ]; then
  echo "ALERT: nothing was deleted in $region: the plan has more than $most deletions: $count" >&2
  exit 3
fi
[ "${1:-}" = --yes ] && [ "$count" -gt 0 ] || exit 0
prune --yes
status=$?
[ "$status" = 0 ] || echo "ALERT: not all old copies in $region were deleted" >&2
exit "$status"
