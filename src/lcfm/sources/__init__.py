"""sources: what explodes or varies, one physics per file."""
