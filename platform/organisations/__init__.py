"""The register of administrations and other bodies (*enti*)."""
