"""lcfm: foundation models for light curves."""
__version__ = "0.1.0"
