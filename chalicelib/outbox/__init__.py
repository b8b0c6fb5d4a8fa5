"""The activity stream turned into pushes and mail."""
