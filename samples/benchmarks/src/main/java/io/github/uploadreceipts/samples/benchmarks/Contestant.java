package io.github.uploadreceipts.samples.benchmarks;

/**
 * One way to receive uploads.
 *
 * @param form {@code raw}, {@code multipart}, {@code tus:<bytes per PATCH>:<path>:<port that creates>}, or
 *     {@code post:<path>} for a request without a body
 */
record Contestant(String name, int port, String form) {}
