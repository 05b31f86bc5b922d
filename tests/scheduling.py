"""Which tests run on one worker: those that share something costly; all others where there is room.

pytest-xdist has ``--dist loadgroup`` for this, but 3.8 marks groups in a way that pytest 9.2 does
not read any more: the tests were spread, and nothing said so.
"""

from __future__ import annotations

from xdist.scheduler import LoadScopeScheduling

# One site and one browser for all of them; what they see is judged in the end.
TOGETHER = ("tests/journeys/",)


class FoldersTogether(LoadScopeScheduling):  # type: ignore[misc]
    """Keeps the tests of some folders on one worker; the largest group is begun first."""

    def _split_scope(self, nodeid: str) -> str:
        return next((folder for folder in TOGETHER if nodeid.startswith(folder)), nodeid)
