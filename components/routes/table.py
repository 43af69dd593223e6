"""Every route of our own, in one list."""

from starlette.routing import Route, WebSocketRoute

from components.routes.document import document
from components.routes.drafts import keep_draft
from components.routes.enter import confirm, enter, enter_script, leave
from components.routes.files import take_away
from components.routes.health import health
from components.routes.join import join, join_page, join_script
from components.routes.live import live
from components.routes.shared_editor import shared_editor
from components.routes.standing import standing
from components.routes.try_now import stop_trying, try_now

ROUTES = (
    Route("/join/{code}", join_page, methods=["GET"]),
    Route("/join.js", join_script, methods=["GET"]),
    Route("/join", join, methods=["POST"]),
    Route("/enter.js", enter_script, methods=["GET"]),
    Route("/enter/{token}", confirm, methods=["GET"]),
    Route("/enter", enter, methods=["POST"]),
    Route("/leave", leave, methods=["POST"]),
    Route("/draft", keep_draft, methods=["POST"]),
    Route("/files/{name}", take_away, methods=["GET"]),
    Route("/healthz", health, methods=["GET"]),
    WebSocketRoute("/live", live),
    Route("/shared_editor/{name}", shared_editor, methods=["GET"]),
    WebSocketRoute("/document", document),
    Route("/standing", standing, methods=["POST"]),
    Route("/try-now", try_now, methods=["POST"]),
    Route("/try-now/stop", stop_trying, methods=["POST"]),
)
