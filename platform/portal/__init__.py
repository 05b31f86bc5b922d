"""The entrance (*portale*): puts the application together, home page, menus, errors, commands."""
