# Whatever gives all artifacts other names: with another one of these nothing in an older cache would be used.
digest() { cksum | cut -d ' ' -f 1; }
build=$(
  {
    rustc -vV || true
    for toolchain in ${HONE_TOOLCHAINS-}; do
      RUSTUP_AUTO_INSTALL=0 rustc "+$toolchain" -vV 2> /dev/null || true
    done
    env | grep -E '^(RUSTFLAGS|CARGO_ENCODED_RUSTFLAGS|CARGO_INCREMENTAL|CARGO_(BUILD|PROFILE|TARGET)_.*)=' | LC_ALL=C sort
    cat rust-toolchain* .cargo/config .cargo/config.toml 2> /dev/null || true
    awk '/^\[/ { inside = /^\[profile[.\]]/ } inside' Cargo.toml || true
  } | digest
)
{
  echo "leg=m$(printf '%s' "${HONE_MATRIX-}" | digest)"
  echo "build=$build"
  echo "home=${CARGO_HOME:-$HOME/.cargo}"
} >> "$GITHUB_OUTPUT"
# Beside a cached target directory, a compiler cache that starts empty on each runner only costs.
if [ -e .cargo/hone/sccache ]; then
  echo "HONE_NO_CACHE=1" >> "$GITHUB_ENV"
fi
