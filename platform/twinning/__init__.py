"""Twinnings (*gemellaggi*): a practice that works in one administration moves to another."""
