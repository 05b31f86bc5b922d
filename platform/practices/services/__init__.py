"""All writes of stories: one function a use case, one transaction each."""

from practices.services.contacting import (
    AlreadyBegun,
    contact_match,
    dismiss_match,
    twin_match,
)
from practices.services.endorsing import (
    endorse_story,
    follow_speakers,
    note_reuses,
    recount_endorsements,
    withdraw_endorsement,
)
from practices.services.importing import import_stories
from practices.services.moderating import hide_story, restore_story
from practices.services.parts import (
    KEPT_FOR,
    Basis,
    begin_story,
    discard_typed,
    forget_typed,
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
from practices.services.revising import approve_revision, refuse_revision, withdraw_revision
from practices.services.upkeep import ask_after_stories, confirm_story, outdate_story
from practices.services.validating import decline_validation, validate_story
from practices.services.writing import (
    change_story,
    draft_story,
    send_story,
    submit_story,
    withdraw_story,
)

__all__ = [
    "KEPT_FOR",
    "AlreadyBegun",
    "Basis",
    "approve_revision",
    "archive_story",
    "ask_after_stories",
    "begin_story",
    "change_story",
    "confirm_story",
    "contact_match",
    "decline_validation",
    "discard_typed",
    "dismiss_match",
    "draft_story",
    "endorse_story",
    "follow_speakers",
    "forget_typed",
    "hand_in",
    "hide_story",
    "import_stories",
    "keep_typed",
    "note_reuses",
    "outdate_story",
    "publish_story",
    "recount_endorsements",
    "refuse_revision",
    "reject_story",
    "remove_story",
    "request_changes",
    "restore_story",
    "send_story",
    "submit_story",
    "twin_match",
    "validate_story",
    "withdraw_endorsement",
    "withdraw_revision",
    "withdraw_story",
    "write_part",
]
