# The server is started here and keeps what it was given: no later step gets a credential in its environment. cargo
# hears of sccache only if the server answers; else it builds without.
if [ "$HONE_TRUSTED" != true ]; then
  echo "pull requests from forks, and events that may run their code, get no credentials: no remote cache"
  exit 0
fi
for name in ${HONE_SECRETS-}; do
  eval "value=\${HONE_SECRET_$name-}"
  unset "HONE_SECRET_$name"
  if [ -n "$value" ]; then
    export "$name=$value"
  fi
done
mode=READ_ONLY
if [ "$HONE_SAVES" = true ]; then
  mode=READ_WRITE
fi
export "$HONE_MODE_VARIABLE=$mode" SCCACHE_IDLE_TIMEOUT=0
if [ -n "${SCCACHE_GCS_KEY-}" ]; then
  SCCACHE_GCS_KEY_PATH=$RUNNER_TEMP/hone-gcs-key.json
  (umask 077 && printf '%s' "$SCCACHE_GCS_KEY" > "$SCCACHE_GCS_KEY_PATH")
  export SCCACHE_GCS_KEY_PATH
  unset SCCACHE_GCS_KEY
fi
if "$SCCACHE_PATH" --start-server; then
  {
    echo "RUSTC_WRAPPER=$SCCACHE_PATH"
    echo "SCCACHE_IGNORE_SERVER_IO_ERROR=1"
    echo "CARGO_INCREMENTAL=0"
  } >> "$GITHUB_ENV"
else
  echo "::warning title=cargo-hone::sccache does not start with its storage; this job compiles without it"
fi
