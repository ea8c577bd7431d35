# The same decision as `cargo hone ci prune --branch-gone`, with what every hosted runner has: gh and jq.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# All pages of one question; each page is a JSON value of its own.
ask() {
  if ! gh api --paginate "repos/$GITHUB_REPOSITORY$1" >"$work/$2" 2>"$work/said"; then
    echo "::error::GitHub does not answer $1: $(head -n 3 "$work/said" | tr '\n' ' ')"
    exit 1
  fi
}

ask "" repository
ask "/actions/caches?per_page=100" caches
ask "/pulls?state=open&per_page=100" pulls
ask "/branches?per_page=100" branches

# shellcheck disable=SC2016 # $ belongs to jq
jq -r -n \
  --argjson now "$(date +%s)" --argjson older_than_s "$OLDER_THAN_S" --argjson max_bytes "$MAX_BYTES" \
  --slurpfile repository "$work/repository" --slurpfile caches "$work/caches" \
  --slurpfile pulls "$work/pulls" --slurpfile branches "$work/branches" '
  def seconds: (.[0:19] + "Z" | fromdateiso8601);
  # As text, so that what comes after the seconds counts as well.
  def instant: rtrimstr("Z");
  def family: sub("([-_.][0-9]+|[-_.][0-9a-fA-F]{7,}|/[0-9a-fA-F]+)+\\z"; "");
  def set: map({key: tostring, value: true}) | from_entries;
  ("refs/heads/" + $repository[0].default_branch) as $default
  | ([$pulls[][].number] | set) as $open
  | ([$branches[][].name | "refs/heads/" + .] | set) as $alive
  | [$caches[].actions_caches[]] as $all
  | ([$all[] | select(.ref == $default)] | group_by(.key | family)
     | map(max_by([(.created_at | instant), .id]) | .id) | set) as $protected
  | [$all[] | select($protected[.id | tostring] | not)
     | (if (.ref | test("^refs/pull/[0-9]+/")) and ($open[.ref | split("/")[2]] | not)
        then [0, "its pull request is closed"]
        elif (.ref | startswith("refs/heads/")) and ($alive[.ref] | not)
        then [1, "its branch is gone"]
        elif $now - (.last_accessed_at | seconds) > $older_than_s
        then [2, "unused for too long"]
        else [3, "the least recently used, and all are too large"] end) as $why
     | . + {rank: $why[0], why: $why[1]}]
  | sort_by([(.last_accessed_at | instant), .id]) as $free
  | ([$all[].size_in_bytes] | add // 0) - ([$free[] | select(.rank < 3).size_in_bytes] | add // 0)
  | . as $left
  | [foreach ($free[] | select(.rank == 3)) as $cache ({left: $left};
       {left: (.left - $cache.size_in_bytes), over: (.left > $max_bytes), $cache};
       select(.over) | .cache)] as $too_much
  | [$free[] | select(.rank < 3)] + $too_much | sort_by(.rank)[]
  | [.id, .size_in_bytes, .why, (.ref | gsub("[|`]"; " ")), (.key | gsub("[|`]"; " "))] | @tsv
' >"$work/deletions"

count=0
bytes=0
{
  echo "| freed | cache | ref | why |"
  echo "|---|---|---|---|"
} >"$work/table"
while IFS=$'\t' read -r id size why ref key; do
  if [ "$DRY_RUN" = true ]; then
    echo "would delete $key ($ref): $why"
  elif gh api --method DELETE "repos/$GITHUB_REPOSITORY/actions/caches/$id" >/dev/null 2>"$work/said"; then
    echo "deleted $key ($ref): $why"
  elif grep -q "HTTP 404" "$work/said"; then
    echo "had gone already: $key ($ref)"
  elif grep -qi -e "rate limit" -e "HTTP 429" "$work/said"; then
    echo "::error::GitHub's rate limit is used up after $count deletions; the next run goes on from there"
    exit 1
  else
    echo "::error::a cache could not be deleted: $(head -n 3 "$work/said" | tr '\n' ' ')"
    exit 1
  fi
  count=$((count + 1))
  bytes=$((bytes + size))
  echo "| $((size / 1000000)) MB | \`$key\` | \`$ref\` | $why |" >>"$work/table"
done <"$work/deletions"

total=$(jq -s '[.[].actions_caches[].size_in_bytes] | add // 0' "$work/caches")
words=$([ "$DRY_RUN" = true ] && echo "would go" || echo "deleted")
echo "$count caches $words: $((bytes / 1000000)) MB of $((total / 1000000)) MB" | tee "$work/line"
{
  cat "$work/line"
  if [ "$count" -gt 0 ]; then
    echo
    cat "$work/table"
  fi
} >>"$GITHUB_STEP_SUMMARY"
