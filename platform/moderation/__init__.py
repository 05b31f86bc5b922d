"""What waits for a moderator (*moderazione*), by reference: the list of held things."""
