"""The verbs: frozen dataclasses whose fields are ports and whose call is the trip."""
