"""`thorsched reload`: the file taken as it is, by whoever runs by it."""
