"""What must hold for the code itself, whatever it does."""
