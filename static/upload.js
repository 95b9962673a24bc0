// Upload: see below.
