"""A child for `test_places`: it says that it is ready, and then nothing more."""

import sys

print("ready", flush=True)  # noqa: T201 - this is how it speaks
sys.stdin.read()
