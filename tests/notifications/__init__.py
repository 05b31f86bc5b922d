"""Notifications: the mail queue, real mail servers, the demo's mailbox."""
