"""What if the protocol, or nature, were another: cells of one file with values changed."""
