"""Write a migration from the difference between the models and the migrated schema.

    python tools/new_migration.py "Add attachments"

It migrates an empty database of its own, so that no installation is touched.
"""

import os
import sys
import tempfile

from alembic import command


def main(message: str) -> None:
    """Migrate an empty database to the newest step and compare it with the models."""
    with tempfile.TemporaryDirectory() as folder:
        for name in [name for name in os.environ if name.startswith("GEMELLA_")]:
            del os.environ[name]
        os.environ["GEMELLA_DATA"] = folder
        from portal.factory import create_app
        from portal.setup import alembic_config

        with create_app().app_context():
            command.upgrade(alembic_config(), "head")
            command.revision(alembic_config(), message, autogenerate=True)


if __name__ == "__main__":
    main(sys.argv[1])
