package io.github.uploadreceipts.samples.benchmarks;

/**
 * One way to receive or send uploads.
 *
 * @param form {@code raw}, {@code multipart}, {@code tus:<bytes per PATCH>:<path>:<port that creates>},
 *     {@code post:<path>} for a request without a body, or {@code get:<path>} for a download
 */
record Contestant(String name, int port, String form) {}
