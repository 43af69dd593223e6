"""The scripts of the elements with code of their own: each is made of one or more of the files beside this one."""

from pathlib import Path


def script(*names: str) -> str:
    """These files, one below the other: what stands in the first the others can use."""
    return "\n".join((Path(__file__).parent / f"{name}.js").read_text("utf-8") for name in names)
