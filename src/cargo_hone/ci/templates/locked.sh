# Ends the job where Cargo.lock is stale; the builds that follow cannot change it any more.
if ! command -v cargo > /dev/null || ! command -v rustc > /dev/null; then
  echo "::notice title=cargo-hone::no cargo before the first build: it is not held to the lock file"
  exit 0
fi
cargo fetch --locked --target "$(rustc -vV | sed -n 's/^host: //p')"
