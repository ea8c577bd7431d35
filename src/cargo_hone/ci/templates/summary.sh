{
  echo "### Build cache"
  echo
  echo "| | |"
  echo "|---|---|"
  if [ -z "$HONE_SUMMARY_KEY" ]; then
    echo "| cache | nothing restored |"
  elif [ "$HONE_SUMMARY_HIT" = true ]; then
    echo "| cache | hit |"
  else
    echo "| cache | an older one restored |"
  fi
  echo "| target | $(du -sk "$HONE_TARGET" | cut -f 1) KiB |"
  echo "| cargo-sweep | $HONE_SUMMARY_SWEPT |"
} >> "$GITHUB_STEP_SUMMARY"
