"""Search (ricerca): one index of everything that can be read, and what it answers.

The package knows no feature: it is given documents and references, and gives back references.
"""
