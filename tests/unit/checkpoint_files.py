"""A checkpoint's files that a test may find damaged."""

TORN = {
    "empty": b"",
    "torn": b'v1\n{"batchWatermarkMs":0}\n{"bpm":{"0":',
    "of another version": b"v2\n{}\n{}",
    "no text": b"\xff\xfe",
    "without sources": b"v1\n{}",
}
