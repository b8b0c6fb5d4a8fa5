"""What leaves TaskFlow: mail, pushes, queue messages, and the templates they are rendered from."""
