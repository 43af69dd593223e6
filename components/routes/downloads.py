"""Files to take away. The handlers of exports go into `ROUTES`; each checks its caller by cookie itself."""

from starlette.routing import Route

ROUTES: tuple[Route, ...] = ()
