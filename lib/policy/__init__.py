"""The policy's text: parse, change, match, compare, and render as system prompt. Pure functions, no I/O."""
