"""Hazard families and delays: one per file, each with its closed form and its lowered table."""
