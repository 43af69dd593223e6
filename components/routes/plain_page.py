"""The pages that are no Streamlit page: what somebody reads before their browser is anybody's."""

from typing import Final

from starlette.responses import HTMLResponse

from components.routes.answers import TOKEN_PAGE

ENTER_SCRIPT: Final = "enter.js"
JOIN_SCRIPT: Final = "join.js"

_PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>Folkmoot</title><style>
:root {{ color-scheme: light dark; }}
body {{ font: 1.05rem/1.5 system-ui, sans-serif; max-width: 34rem; margin: 12vh auto 2rem; padding: 0 1.25rem;
  background: light-dark(#fdfcfa, #14181f); color: light-dark(#1d232c, #eceff4); }}
h1 {{ font-size: 1.5rem; overflow-wrap: anywhere; }}
h2 {{ font-size: 1rem; }}
section {{ border: 1px solid light-dark(#c9c6bf, #3a4150); border-radius: .5rem; padding: 0 1rem; margin: 1rem 0; }}
ul {{ padding-left: 1.25rem; }}
li {{ margin: .25rem 0; }}
label {{ display: block; font-weight: 600; }}
input {{ font: inherit; box-sizing: border-box; width: 100%; min-height: 2.75rem; padding: .25rem .75rem;
  border-radius: .5rem; border: 1px solid light-dark(#767c88, #8b93a3); background: transparent; color: inherit; }}
.brief {{ white-space: pre-wrap; }}
.hint {{ font-size: .9rem; margin: .25rem 0 1rem; }}
button {{ font: inherit; font-weight: 600; min-height: 2.75rem; padding: .5rem 1.25rem; border-radius: .5rem; border: 0;
  background: light-dark(#3f4f7f, #a9b8e8); color: light-dark(#fdfcfa, #14181f); cursor: pointer; }}
button:disabled {{ opacity: .6; }}
button:focus-visible, a:focus-visible, input:focus-visible {{ outline: 3px solid light-dark(#3f4f7f, #a9b8e8);
  outline-offset: 3px; }}
a {{ color: inherit; }}
</style></head><body><main>{body}</main><script src="../{script}"></script></body></html>"""


def plain_page(body: str, script: str, status: int = 200) -> HTMLResponse:
    """A page one level below the root, with this HTML in it; `script` is one of those of ours, by name."""
    return HTMLResponse(_PAGE.format(body=body, script=script), status_code=status, headers=TOKEN_PAGE)
