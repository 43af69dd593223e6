"""Which kind of Supabase address and key a text is, so that the wrong kind is refused by its name at start."""

import base64
import binascii
import json
import re
from typing import Any, Final
from urllib.parse import urlsplit

_TAKE_THE_SECRET_KEY: Final = (
    "Take the secret key (sb_secret_…) from the project's settings under API keys, or unset the Supabase settings to "
    "use the embedded database."
)


def wrong_project_url(url: str) -> str | None:
    """Why this cannot be the address of a Supabase project, or None. The address itself is not repeated."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    if host in {"supabase.com", "app.supabase.com"}:
        return (
            "SUPABASE_URL is the address of the dashboard. Take the project's own, https://….supabase.co, from its "
            "settings under Data API."
        )
    if parts.scheme not in {"http", "https"} or not host or parts.path.strip("/") or parts.query or parts.fragment:
        return "SUPABASE_URL must be the project's address alone, such as https://abcdefgh.supabase.co."
    if parts.username or parts.password:
        return "SUPABASE_URL must not carry a name or password."
    return None


def wrong_key(key: str, url: str | None) -> str | None:
    """Why this cannot be the secret key of the project at `url`, or None. The key itself is not repeated."""
    if is_public_key(key):
        return f"SUPABASE_SECRET_KEY holds a publishable (anon) key, which may do nothing here. {_TAKE_THE_SECRET_KEY}"
    if key.startswith("sbp_"):
        return f"SUPABASE_SECRET_KEY holds an access token of a person's account. {_TAKE_THE_SECRET_KEY}"
    if re.search(r"\s", key) or not key.isascii():
        return f"SUPABASE_SECRET_KEY holds spaces or characters that no key has. {_TAKE_THE_SECRET_KEY}"
    project = _claims(key).get("ref")
    host = urlsplit(url or "").hostname or ""
    if isinstance(project, str) and host.endswith(".supabase.co") and host != f"{project}.supabase.co":
        return f"SUPABASE_SECRET_KEY belongs to another project than SUPABASE_URL. {_TAKE_THE_SECRET_KEY}"
    return None


def is_public_key(key: str) -> bool:
    """Whether a Supabase key is meant for browsers: publishable, or a token of a role other than the server's."""
    claims = _claims(key)
    return key.startswith("sb_publishable_") or (bool(claims) and claims.get("role") != "service_role")


def _claims(key: str) -> dict[str, Any]:
    """What a key of the older kind, a JSON web token, says of itself; nothing for other keys."""
    parts = key.split(".")
    if len(parts) != 3:
        return {}
    try:
        claims = json.loads(base64.urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4)))
    except (binascii.Error, ValueError):
        return {}
    return claims if isinstance(claims, dict) else {}
