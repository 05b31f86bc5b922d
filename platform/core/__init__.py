"""The ground floor: what every feature stands on and what knows no feature.

Italian word: *fondamenta*. Database, transactions, facts and their outbox, references, actors,
text, mail, forms and the contracts by which features tell the engines about themselves.
"""
