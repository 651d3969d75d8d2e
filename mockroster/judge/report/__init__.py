"""A verdict for people and for CI: as text, as JUnit XML and as a page. They are made from the JSON document."""
