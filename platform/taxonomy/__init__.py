"""The tree of themes and the programmes that pay for twinnings (*temi e programmi*)."""
