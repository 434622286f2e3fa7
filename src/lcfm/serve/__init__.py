"""Serving: load a model, embed, predict."""
