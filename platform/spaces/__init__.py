"""Private places (*spazi riservati*) and who may enter them, by reference."""
