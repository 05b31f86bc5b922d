"""All that writes the index of search (ricerca): one process, one writer, one commit at a time."""
