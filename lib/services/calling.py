"""Calling everybody to one thing, and showing one thing to everybody. For those who lead; both can be taken back."""

from lib.domain.ids import ResponseId, RoundId
from lib.domain.people import Credential
from lib.domain.workshop import CallKind
from lib.services.workshops import who
from lib.store.port import Store


def call_everyone(store: Store, credential: Credential, call_id: str, kind: CallKind, target: str) -> None:
    """Ask everybody to a stage, clause, scenario or response. Calling to a stage moves the group there too.

    Raises:
        NotFound: the target is not in the workshop, or not shared with everyone.
    """
    store.call("call_everyone", **who(credential), call=call_id, kind=kind.value, target=target)


def take_back_call(store: Store, credential: Credential, call_id: str) -> None:
    """Ask nobody there any more; another call that came meanwhile stays."""
    store.call("take_back_call", **who(credential), call=call_id)


def spotlight_response(store: Store, credential: Credential, spotlight_id: str, response: ResponseId) -> None:
    """Show one finished, shared response to everybody. Raises NotFound for any other."""
    store.call("set_spotlight", **who(credential), spotlight=spotlight_id, kind="response", target=response)


def spotlight_round(store: Store, credential: Credential, spotlight_id: str, round_id: RoundId) -> None:
    """Show the chart of one revealed round to everybody. Raises NotFound for any other."""
    store.call("set_spotlight", **who(credential), spotlight=spotlight_id, kind="round", target=round_id)


def end_spotlight(store: Store, credential: Credential, spotlight_id: str) -> None:
    """Take the spotlight away; another one that came meanwhile stays."""
    store.call("end_spotlight", **who(credential), spotlight=spotlight_id)
