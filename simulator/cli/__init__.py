"""The command `trialstop`: one file per command, each a thin layer over what Python can do too."""
