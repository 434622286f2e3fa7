"""Evaluation: metrics, protocols, baselines, figures and the report."""
