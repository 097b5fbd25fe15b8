"""The ./dev command: one module per noun, standard library only."""
