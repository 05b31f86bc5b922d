"""Members: access, profiles, affiliations, roles."""
