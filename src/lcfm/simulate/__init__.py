"""simulate: events of many sources, seen by many telescopes."""
