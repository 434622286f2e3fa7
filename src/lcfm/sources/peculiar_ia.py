"""SNIa-91bg and SNIax: faint relatives of normal SNe Ia, from templates."""

from __future__ import annotations

from lcfm.sources.templates import TemplateSource

NINETY_ONE_BG = TemplateSource(
    "SNIa-91bg", ("snpy_91bg",), "bessellb", -17.6, 0.45, -18.6, 0.05,
    rise_stretch=(0.6, 0.95), decline_stretch=(0.75, 1.05), slope=(0.6, 0.25), late_decline=0.025,
)  # fmt: skip
"""91bg-like SN Ia: fast, red, faint (Taubenberger 2017)."""

TYPE_IAX = TemplateSource(
    "SNIax", ("hsiao", "snpy_91bg"), "bessellb", -17.0, 0.8, -18.9, 0.12,
    rise_stretch=(0.8, 1.3), decline_stretch=(1.0, 1.6), slope=(-0.5, 0.5), late_decline=0.02,
    types=("SNIa", "SNIa-91bg"),
)  # fmt: skip
"""SN Iax: spectra between normal and 91bg-like SN Ia, bluer at first, slower in r than 91bg, faint
(Foley et al. 2013; Jha 2017). No spectral series of a SN Iax is freely at hand: a stand-in."""
