"""What the platform is built from: a bill of materials, and a look for known vulnerabilities."""
