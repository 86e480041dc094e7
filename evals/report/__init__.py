"""A report in four forms: `report.json`, and made from it one HTML file, Markdown and JUnit."""
