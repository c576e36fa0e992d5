"""`thorsched history`: the revisions of a file that ran, and one put back."""
