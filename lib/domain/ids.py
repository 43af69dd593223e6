"""Identities, as distinct types over the database's UUIDs in text form."""

from typing import NewType

WorkshopId = NewType("WorkshopId", str)
PersonId = NewType("PersonId", str)
ClauseId = NewType("ClauseId", str)
VersionId = NewType("VersionId", str)
ScenarioId = NewType("ScenarioId", str)
RunId = NewType("RunId", str)
ResponseId = NewType("ResponseId", str)
RoundId = NewType("RoundId", str)
ItemId = NewType("ItemId", str)
StepId = NewType("StepId", str)
NoteId = NewType("NoteId", str)
CommentId = NewType("CommentId", str)
SuggestionId = NewType("SuggestionId", str)
