"""Retrieval: index and ranking, pure."""
