"""Threads and posts (*discussioni* e *messaggi*) on anything that registers as a subject."""
