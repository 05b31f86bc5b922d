"""All writes of members, by what they are about."""
