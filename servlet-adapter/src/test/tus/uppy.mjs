// Uploads with Uppy in Chromium as a person would, and prints what the page showed: one line of JSON for every scenario.
//
// usage: node uppy.mjs SETTINGS  (JSON: page, endpoint, nginx, chromium, directory, screenshots, tickets)

import { createHash, randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { launch, patient } from './chromium.mjs';

const MIB = 1024 * 1024;
const scenarios = { upload, pauseAndResume, reloadAndResume, secondOrder, throughNginx };
const settings = JSON.parse(process.argv[2]);

const browser = await launch(settings.chromium);
let context;
let page;
let session;
let complaints;

try {
  for (const scenario of Object.keys(scenarios)) {
    console.log(JSON.stringify({ scenario, ...await play(scenario) }));
  }
} finally {
  await browser.close();
}

/** Plays a scenario as a new visitor: the browser remembers nothing of the others. */
async function play(scenario) {
  complaints = [];
  context = patient(await browser.newContext({ viewport: { width: 900, height: 700 } }));
  page = await context.newPage();
  session = undefined;
  page.on('pageerror', (error) => complaints.push(String(error)));
  page.on('console', (message) => { if (message.type() === 'error') complaints.push(`${message.text()} ${message.location().url}`); });
  try {
    const seen = await scenarios[scenario]();
    await page.screenshot({ path: join(settings.screenshots, `${scenario}.png`), fullPage: true });
    return { ...seen, exchanges: await page.evaluate(() => window.exchanges), complaints };
  } catch (error) {
    return { error: error.stack };
  } finally {
    await context.close();
  }
}

async function open(ticket, endpoint = settings.endpoint) {
  const url = `${settings.page}?endpoint=${encodeURIComponent(endpoint)}`;
  await page.goto(ticket ? `${url}&ticket=${ticket}` : url);
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

/** Limits the rate, so that there is time to press a button, also on a slow machine. */
async function slowly(bytesPerSecond) {
  session ??= await context.newCDPSession(page); // one, because each session has its own limit
  await session.send('Network.enable');
  await session.send('Network.emulateNetworkConditions',
    { offline: false, latency: 0, downloadThroughput: -1, uploadThroughput: bytesPerSecond });
}

async function startAndWaitForProgress() {
  await slowly(MIB / 4);
  await page.locator('.uppy-StatusBar-actionBtn--upload').click();
  await page.waitForFunction(() => window.uppy.getState().totalProgress > 5);
}

async function upload() {
  await open();
  return sent();
}

async function throughNginx() {
  await open(undefined, settings.nginx);
  return sent();
}

async function sent() {
  const file = await drawn('写真 "dawn" 👩‍👩‍👧.png', 3 * MIB + 1);
  await choose(file);
  await page.locator('.uppy-StatusBar-actionBtn--upload').click();
  return { ...file.seen, ...await receipt() };
}

async function pauseAndResume() {
  await open();
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
  await open();
  const file = await drawn('reloaded.png', 6 * MIB + 1);
  await choose(file);
  await startAndWaitForProgress();
  await slowly(-1);
  await open();
  await choose(file);
  await page.locator('.uppy-StatusBar-actionBtn--upload').click();
  return { ...file.seen, ...await receipt() };
}

/** The same file is uploaded for two orders, each under a ticket of its own. */
async function secondOrder() {
  const file = await drawn('ordered.png', MIB + 1);
  const receipts = [];
  for (const ticket of settings.tickets) {
    await open(ticket);
    await choose(file);
    await page.locator('.uppy-StatusBar-actionBtn--upload').click();
    receipts.push((await receipt()).receipt);
  }
  complaints = complaints.filter((text) => !text.includes('status of 404')); // which is what makes Uppy create anew
  return { ...file.seen, first: receipts[0], receipt: receipts[1] };
}
