"""What is in the file's place: seen, waited for until it rests, and then handed on."""
