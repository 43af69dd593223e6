"""Logs as one JSON object a line, for machines to read."""

import json
import logging
import re
import sys
from datetime import UTC, datetime

_TOKEN = re.compile(
    r"(?<![A-Za-z0-9_-])(?=[A-Za-z0-9_-]*[A-Z])(?=[A-Za-z0-9_-]*[0-9_-])[A-Za-z0-9_-]{22}(?![A-Za-z0-9_-])"
)
_KEY = re.compile(r"\b(sk|pk|gsk|xai|key|Bearer|sb_secret|sbp)[-_ ][A-Za-z0-9._-]{12,}")


def redacted(text: str) -> str:
    """A text without anything that looks like a token or a provider's key."""
    return _KEY.sub("[secret]", _TOKEN.sub("[token]", text))


class JsonLines(logging.Formatter):
    """One line of JSON: time, level, logger, event, and the fields that were given."""

    def format(self, record: logging.LogRecord) -> str:
        """The line of a record."""
        line: dict[str, object] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "event": redacted(record.getMessage()),
        }
        line.update(getattr(record, "fields", {}))
        if record.exc_info and record.exc_info[0]:
            # Only where it happened: an exception's text may carry what people wrote.
            line["exception"] = record.exc_info[0].__name__
            trace = record.exc_info[2]
            places = []
            while trace is not None:
                code = trace.tb_frame.f_code
                places.append(f"{code.co_filename.rsplit('/', 2)[-1]}:{trace.tb_lineno}:{code.co_name}")
                trace = trace.tb_next
            line["where"] = places[-12:]
        return json.dumps(line, ensure_ascii=False)


def write_json_lines() -> None:
    """Send everything that Folkmoot logs to standard error as JSON lines. Calling it twice is harmless."""
    logger = logging.getLogger("folkmoot")
    if any(isinstance(handler.formatter, JsonLines) for handler in logger.handlers):
        return
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines())
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    logger.propagate = False
    # Streamlit 1.67 writes the traceback of a failed script with the exception's words, which may be somebody's text.
    streamlits = logging.getLogger("streamlit.error_util")
    streamlits.handlers = [handler]
    streamlits.propagate = False
