"""What a browser heard of Streamlit last, in one line a message: for whoever reads why a page broke."""

from collections.abc import Iterable

from google.protobuf.message import DecodeError
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

Frame = tuple[float, bytes]
"""When it came, in seconds, and what it held."""


def told(frames: Iterable[Frame]) -> str:
    """The messages in these frames; what is none of Streamlit's is left out."""
    return "\n".join(f"{at:.3f} {line}" for at, frame in frames if (line := _line(frame)))


def _line(frame: bytes) -> str:
    message = ForwardMsg()
    try:
        message.ParseFromString(frame)
    except DecodeError:
        return ""
    kind = message.WhichOneof("type") or ""
    if kind == "new_session":
        return f"new_session page {message.new_session.page_script_hash[:6]}"
    if kind == "delta":
        delta = message.delta
        what = delta.WhichOneof("type") or ""
        return f"{what} {[*message.metadata.delta_path]} fragment {delta.fragment_id[:6] or 'none'}"
    if kind == "ref_hash":
        return f"said before {[*message.metadata.delta_path]}"
    return f"{kind} {message.script_finished}" if kind == "script_finished" else kind
