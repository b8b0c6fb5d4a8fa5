"""HTTP: one file a resource, the machinery in routing, parsing, rendering and problems."""
