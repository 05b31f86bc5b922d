"""The back office (*amministrazione*): people, bodies, the audit trail, and the queues at work."""
