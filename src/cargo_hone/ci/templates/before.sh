if [ -n "$(ls -A "$HONE_TARGET" 2> /dev/null)" ]; then
  echo "restored=true" >> "$GITHUB_OUTPUT"
fi
