"""People (*iscritti*): registration, sign-in, profiles, roles, affiliations (*appartenenze*)."""
