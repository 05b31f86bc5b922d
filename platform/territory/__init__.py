"""Regions, provinces and municipalities (*territori*), with ISTAT and NUTS codes."""
