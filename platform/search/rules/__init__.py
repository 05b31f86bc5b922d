"""Pure rules of search (ricerca): words, queries, ranking and excerpts; no index, no files."""
