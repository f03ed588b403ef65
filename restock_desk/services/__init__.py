"""The headless application: one public function per intent of a user. No SQL, HTTP, Jinja or Qt in here."""
