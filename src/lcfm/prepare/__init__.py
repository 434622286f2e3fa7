"""From LightCurves to batches of tokens: preprocessing, splits, padding, samplers."""
