"""One's own run for everyone to see: that cannot be taken back, so it asks first."""

from components.ask_first import ask_first
from components.frame import Page
from lib.domain.runs import Run
from lib.services import testing

SHARING = (
    "All responses of this run, and those of its scenarios that only you see, are before everyone, with your name. It "
    "cannot be undone."
)


def offer_to_share(page: Page, run: Run, *, where: str = "") -> None:
    """Share a run that only its asker sees. `where` tells one place on a page from another."""
    key = f"{where}share_{run.run_id}"
    if ask_first("Share with everyone", SHARING, yes="Yes, share it", key=key, icon=":material/group:"):
        with page.feedback("Everyone sees these responses now, with your name."):
            testing.share_run(page.store, page.credential, run.run_id)
