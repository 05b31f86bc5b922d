"""Keeping an installation whole: backups, restoring them, and comparing all that must agree."""
