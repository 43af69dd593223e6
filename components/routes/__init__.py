"""HTTP beside the pages: what a Streamlit script cannot do, such as setting a cookie."""
