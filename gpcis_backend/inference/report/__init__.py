"""From results files to tables, plots, contact sheets and a page that shows them."""
