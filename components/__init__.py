"""Streamlit only: the frame of a page, its parts, and the routes beside the pages."""
