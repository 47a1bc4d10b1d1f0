"""From (design, truth) to a `Program`: names resolved to numbers, everything lowered to tables."""
