# In a place of its own: nobody's Python is touched (PEP 668), and PATH gets this one command, no second `python3`.
place=$RUNNER_TEMP/cargo-hone
for python in python3 "${RUNNER_TOOL_CACHE-}"/Python/3.1[1-9].*/*/bin/python3; do
  "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2> /dev/null || continue
  "$python" -m venv --clear "$place" && "$place/bin/python" -m pip install --quiet --disable-pip-version-check "$HONE_PACKAGE" && break
done
if [ ! -x "$place/bin/cargo-hone" ] && command -v uv > /dev/null; then
  uv venv --clear --python '>=3.11' "$place" && uv pip install --python "$place/bin/python" "$HONE_PACKAGE" || true
fi
mkdir -p "$place/path"
if ln -sf "$place/bin/cargo-hone" "$place/path/" && "$place/path/cargo-hone" --version; then
  echo "$place/path" >> "$GITHUB_PATH"
  echo "ready=true" >> "$GITHUB_OUTPUT"
else
  echo "::warning title=cargo-hone::$HONE_PACKAGE could not be installed (it needs Python 3.11 with venv, or uv): the job goes on with plain cargo"
fi
