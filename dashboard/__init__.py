"""The Streamlit application: pages over the catalog and the engines."""
