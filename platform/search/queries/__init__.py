"""All that reads the index of search (ricerca)."""
