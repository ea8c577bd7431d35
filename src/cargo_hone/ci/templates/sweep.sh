cargo hone sweep --max-size "$HONE_MAX_SIZE" --yes --format json > "$RUNNER_TEMP/hone-sweep.json"
