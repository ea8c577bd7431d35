cargo hone ci summary --sweep "$RUNNER_TEMP/hone-sweep.json"
