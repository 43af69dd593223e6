"""The commands of `python -m lib.cli`: the same use cases without a browser, and the care of a server and its data."""
