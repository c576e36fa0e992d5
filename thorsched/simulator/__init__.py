"""A ThorVision server to try things on: HTTP, WebSocket, SRT, metadata, scripted faults."""
