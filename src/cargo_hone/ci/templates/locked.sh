# Ends the job where Cargo.lock is stale; the builds that follow cannot change it any more.
cargo fetch --locked --target "$(rustc -vV | sed -n 's/^host: //p')"
