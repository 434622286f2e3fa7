"""SN II, and the stripped SN IIb, Ib, Ic and Ic-BL: templates of 51 supernovae, warped.

The stripped types differ in their lines more than in their light curves (Drout et al. 2011, ApJ
741, 97; Taddia et al. 2018, A&A 609, A136), and some are known by few templates: SN IIb by two
supernovae, Ic-BL by four. So that these do not become fingerprints, the second template of an event
may be of any stripped type and may dominate, and spectra run ahead of the light curve or behind it.
"""

from __future__ import annotations

from dataclasses import replace

from lcfm.sources.plateau import PlateauEnd
from lcfm.sources.templates import TemplateSource

CORE_COLLAPSE_SETS = (
    "sncosmo_pierel2018",
    "sncosmo_snana",
    "sncosmo_sako2011",
    "sncosmo_vincenzi2019",
    "snsedextend",
)
"""Packed files, with several templates of some supernovae."""
STRIPPED = ("SNIb", "SNIc", "SNIc-BL", "SNIIb")

TYPE_II = TemplateSource(
    "SNII", CORE_COLLAPSE_SETS, "bessellr", -16.65, 0.9, -19.3, 0.16,
    rise_stretch=(0.25, 1.3), decline_stretch=(0.65, 1.4), rise_power=(0.1, 0.8),
    slope=(-0.16, 0.2), plateau_decline=(-0.5, 0.6), plateau_end=PlateauEnd(),
)  # fmt: skip
"""SN II, from plateaus (IIP) to linear declines (IIL) without a gap (Anderson et al. 2014: s2 of
1.3 +- 0.9 mag / 100 d in V). Our templates alone have a median of 1.5, and fade by 1.2 mag in r
from 20 to 60 d after peak where half of ZTF's training objects fade by less than 0.8: hence the
mean of `plateau_decline`. Luminosities between those of Li et al. (2011) and Richardson et al.
(2014); rises of about a week and a slow climb to the peak as in Gonzalez-Gaitan et al. (2015),
where the templates, extrapolated in their rise, are slower. Most templates end on the plateau:
events fall from it by `lcfm.sources.plateau`. Stretches, slope and dust were widened until training
objects of ZTF were hardest to tell apart."""

TYPE_IB = TemplateSource(
    "SNIb", CORE_COLLAPSE_SETS, "bessellr", -17.0, 0.7, -19.3, 0.15,
    rise_stretch=(0.8, 1.3), decline_stretch=(0.55, 1.9), slope=(-0.1, 0.55), late_decline=0.012,
    types=STRIPPED, leading=("SNIb",), colour_pace=(0.65, 1.5),
    second_share=(0.3, 1.0),
)  # fmt: skip
"""SN Ib: luminosities between those of Li et al. (2011, MNRAS 412, 1441, uncorrected for host dust)
and of Drout et al. (2011, ApJ 741, 97) and Richardson et al. (2014, AJ 147, 118, corrected, from
brighter samples); dust of Drout et al. halved since the templates are corrected in part only."""

TYPE_IC = replace(TYPE_IB, label="SNIc", leading=("SNIc",), magnitude=-17.1, scatter=0.75)
"""SN Ic: as Ib, slightly brighter (Richardson et al. 2014; Taddia et al. 2018, A&A 609, A136)."""

TYPE_IC_BL = replace(
    TYPE_IB, label="SNIc-BL", leading=("SNIc-BL",),
    magnitude=-18.0, scatter=0.65, brightest=-20.0, dust_scale=0.10,
    rise_stretch=(0.8, 1.35),
)  # fmt: skip
"""SN Ic-BL: broad lines, M_r = -18.6 +- 0.5 in PTF (Taddia et al. 2019, A&A 621, A71), fainter in a
volume. Four supernovae."""

TYPE_IIB = replace(
    TYPE_IB, label="SNIIb", leading=("SNIIb",),
    magnitude=-16.9, scatter=0.75, rise_stretch=(0.75, 1.3),
)  # fmt: skip
"""SN IIb: R = -16.7 (Li et al. 2011) to B = -17.0 +- 0.9 (Richardson et al. 2014). Two supernovae,
which become Ib in spectrum as they age."""
