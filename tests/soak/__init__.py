"""Long tests: kills and floods against a whole site."""
