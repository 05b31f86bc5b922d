"""All writes of stories: one function a use case, one transaction each."""

from practices.services.endorsing import (
    endorse_story,
    follow_speakers,
    note_reuses,
    recount_endorsements,
    withdraw_endorsement,
)
from practices.services.importing import import_stories
from practices.services.parts import (
    Basis,
    begin_story,
    discard_typed,
    hand_in,
    keep_typed,
    write_part,
)
from practices.services.reviewing import (
    archive_story,
    publish_story,
    reject_story,
    remove_story,
    request_changes,
)
from practices.services.writing import (
    change_story,
    draft_story,
    send_story,
    submit_story,
)

__all__ = [
    "Basis",
    "archive_story",
    "begin_story",
    "change_story",
    "discard_typed",
    "draft_story",
    "endorse_story",
    "follow_speakers",
    "hand_in",
    "import_stories",
    "keep_typed",
    "note_reuses",
    "publish_story",
    "recount_endorsements",
    "reject_story",
    "remove_story",
    "request_changes",
    "send_story",
    "submit_story",
    "withdraw_endorsement",
    "write_part",
]
