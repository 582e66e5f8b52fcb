// Uploads with Uppy in Chromium as a person would, and prints what the page showed: one line of JSON for every scenario.
//
// usage: node uppy.mjs SETTINGS SCENARIO...  (JSON: page, endpoint, chromium, directory, screenshots)

import { createHash, randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { chromium } from 'playwright-core';

const MIB = 1024 * 1024;
const scenarios = { upload, pauseAndResume, reloadAndResume };
const [settingsText, ...chosen] = process.argv.slice(2);
const settings = JSON.parse(settingsText);
const url = `${settings.page}?endpoint=${encodeURIComponent(settings.endpoint)}`;

const browser = await chromium.launch({
  executablePath: settings.chromium,
  headless: true,
  args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
    '--disable-component-update', '--disable-sync'],
});
const context = await browser.newContext({ viewport: { width: 900, height: 700 } });
context.setDefaultTimeout(60_000);
const page = await context.newPage();
let complaints = [];
page.on('pageerror', (error) => complaints.push(String(error)));
page.on('console', (message) => { if (message.type() === 'error') complaints.push(`${message.text()} ${message.location().url}`); });

try {
  for (const scenario of chosen) {
    complaints = [];
    await open();
    const seen = await scenarios[scenario]();
    await page.screenshot({ path: join(settings.screenshots, `${scenario}.png`), fullPage: true });
    console.log(JSON.stringify({ scenario, ...seen, exchanges: await page.evaluate(() => window.exchanges), complaints }));
  }
} finally {
  await browser.close();
}

async function open() {
  await page.goto(url);
  await page.locator('.uppy-Dashboard-input').first().waitFor({ state: 'attached' });
}

async function choose(file) {
  await page.locator('.uppy-Dashboard-input').first().setInputFiles(file.path);
  await page.locator('.uppy-Dashboard-Item').first().waitFor();
}

async function drawn(name, size) {
  const bytes = randomBytes(size);
  const path = join(settings.directory, name);
  await writeFile(path, bytes);
  return { path, seen: { name, type: 'image/png', size, sha256: createHash('sha256').update(bytes).digest('hex') } };
}

async function receipt() {
  return { receipt: await page.locator('#receipts li').first().textContent() };
}

/** Limits the rate, so that there is time to press a button. */
async function slowly(bytesPerSecond) {
  const session = await context.newCDPSession(page);
  await session.send('Network.enable');
  await session.send('Network.emulateNetworkConditions',
    { offline: false, latency: 0, downloadThroughput: -1, uploadThroughput: bytesPerSecond });
}

async function startAndWaitForProgress() {
  await slowly(2 * MIB);
  await page.locator('.uppy-StatusBar-actionBtn--upload').click();
  await page.waitForFunction(() => window.uppy.getState().totalProgress > 20);
}

async function upload() {
  const file = await drawn('写真 "dawn" 👩‍👩‍👧.png', 3 * MIB + 1);
  await choose(file);
  await page.locator('.uppy-StatusBar-actionBtn--upload').click();
  return { ...file.seen, ...await receipt() };
}

async function pauseAndResume() {
  const file = await drawn('paused.png', 6 * MIB + 1);
  await choose(file);
  await startAndWaitForProgress();
  await page.locator('.uppy-StatusBar-actionCircleBtn[title="Pause"]').click();
  await page.waitForFunction(() => window.uppy.getFiles().every((each) => each.isPaused));
  await slowly(-1);
  await page.locator('.uppy-StatusBar-actionCircleBtn[title="Resume"]').click();
  return { ...file.seen, ...await receipt() };
}

/** Reloads the page during an upload. When the same file is chosen again, the upload resumes. */
async function reloadAndResume() {
  const file = await drawn('reloaded.png', 6 * MIB + 1);
  await choose(file);
  await startAndWaitForProgress();
  await slowly(-1);
  await open();
  await choose(file);
  await page.locator('.uppy-StatusBar-actionBtn--upload').click();
  return { ...file.seen, ...await receipt() };
}
