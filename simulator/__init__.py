"""trialstop: how often would this trial design stop early, when, through which rule, at what cost?"""
