"""What holds for every test."""

import signal

# A shell that starts the tests in the background lets them ignore ^C, and all that they start would as well.
signal.signal(signal.SIGINT, signal.default_int_handler)
