"""What people read: tables, words and pictures, made from results, designs and records.

matplotlib is imported by the figures only, and only when something is drawn.
"""
