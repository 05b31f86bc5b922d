"""Good-practice stories (*buone pratiche*): what a body offers and what it seeks."""
