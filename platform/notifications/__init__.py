"""Notices (*avvisi*): which member is told of which fact, by mail, exactly once."""
