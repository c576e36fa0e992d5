"""The ThorVision server's wire: HTTP, WebSocket events, SRT ports, per-frame metadata."""
