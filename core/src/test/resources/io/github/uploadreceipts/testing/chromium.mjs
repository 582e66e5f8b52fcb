// Starts Chromium for the scripts of the tests.

import { chromium } from 'playwright-core';

/** Longer than anything takes, on a machine that does much else. */
const PATIENCE_MS = 120_000;

const options = (executablePath) => ({
  executablePath,
  headless: true,
  timeout: PATIENCE_MS,
  args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
    '--disable-component-update', '--disable-sync'],
});

export const launch = (executablePath) => chromium.launch(options(executablePath));

/** Makes a page or a context wait as long as it may take. */
export function patient(waiting) {
  waiting.setDefaultTimeout(PATIENCE_MS);
  return waiting;
}

/** Opens a browser with a profile of its own, and returns its context and its page. */
export async function open({ chromium: executablePath, profile }, more) {
  const context = patient(await chromium.launchPersistentContext(profile, { ...options(executablePath), ...more }));
  return { context, page: context.pages()[0] ?? await context.newPage() };
}
