"""Every route of our own, in one list."""

from starlette.routing import Route, WebSocketRoute

from components.routes.drafts import keep_draft
from components.routes.enter import confirm, enter, enter_script, join, leave
from components.routes.files import take_away
from components.routes.health import health
from components.routes.live import live

ROUTES = (
    Route("/join/{code}", join, methods=["GET"]),
    Route("/enter.js", enter_script, methods=["GET"]),
    Route("/enter/{token}", confirm, methods=["GET"]),
    Route("/enter", enter, methods=["POST"]),
    Route("/leave", leave, methods=["POST"]),
    Route("/draft", keep_draft, methods=["POST"]),
    Route("/files/{name}", take_away, methods=["GET"]),
    Route("/healthz", health, methods=["GET"]),
    WebSocketRoute("/live", live),
)
