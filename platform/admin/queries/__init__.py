"""All reads of the back office, by what they are about. Actors are administrators, always."""

PAGE = 30
