#!/bin/sh
# cargo runs this in the place of each test program. The program's own output and exit status go to files that
# cargo-hone reads afterwards, so that each test is known by its program and its name.
case $1 in
    # rustdoc prints the outcome of documentation tests itself, or has the program print it: leave its output alone.
    */rustdoctest*) exec "$@" ;;
esac
log=$HONE_TEST_LOG/$$
{
    pwd
    printf '%s\n' "$1"
} >"$log.program"
"$@" >"$log.out" 2>"$log.err"
status=$?
printf '%s\n' "$status" >"$log.status"
exit "$status"
