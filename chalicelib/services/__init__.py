"""The rules: what TaskFlow allows, in the words of its users."""
