package io.github.uploadreceipts.samples.benchmarks;

/**
 * One way to receive uploads.
 *
 * @param form {@code raw}, {@code multipart}, or {@code tus:<bytes per PATCH>:<path>:<port that creates>}
 */
record Contestant(String name, int port, String form) {}
