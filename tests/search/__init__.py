"""Tests of search: the engine, the indexer, the page."""
