# Unpacking the cache gave every file a new access time: a stamp or an age would spare all or take what is used. So what
# other compilers made goes, and then only the size decides.
(
  cd "$RUNNER_TEMP" || exit
  CARGO_TARGET_DIR=$RUNNER_TEMP/cargo-sweep/target cargo install --quiet --locked --version "$HONE_CARGO_SWEEP" --root cargo-sweep cargo-sweep
)
sweep=$RUNNER_TEMP/cargo-sweep/bin/cargo-sweep
"$sweep" sweep --installed
if [ "$(du -sk "$HONE_TARGET" | cut -f 1)" -gt "$HONE_SWEEP_KIB" ]; then
  "$sweep" sweep --maxsize "${HONE_KEEP_MB}MB"
fi
