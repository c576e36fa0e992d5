"""What is to come, drawn: a timeline to hang beside the rig."""
