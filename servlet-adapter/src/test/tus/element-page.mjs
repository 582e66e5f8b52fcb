// Uses the element in Chromium on pages with a strict policy, and prints what the pages showed: one line of JSON for every
// scenario.
//
// usage: node element-page.mjs SETTINGS  (JSON: host, pages, chromium, directory, screenshots)

import { readFile } from 'node:fs/promises';
import { MIB, browser, context, cut, drawn, front, input, network, open, order, page, playAll, receipts, settings, shot, url } from './element.mjs';

const axe = await readFile('node_modules/axe-core/axe.min.js', 'utf8');

await playAll({ states, sixtyFiles, thousandFiles, droppedFolder, unwantedFolder, pasted, looks, noScript });

/** Returns what axe finds wrong with the page, and the rules that it could not decide. */
async function check(state) {
  await page.evaluate(axe);
  const { violations, incomplete } = await page.evaluate(() => window.axe.run(document, { resultTypes: ['violations', 'incomplete'] }));
  await shot(`state-${state}`);
  const brief = ({ id, nodes }) => `${state}: ${id} ${nodes.map(({ target, failureSummary }) => `${target.flat()} ${failureSummary}`).join('; ')}`;
  return { violations: violations.map(brief), incomplete: incomplete.map(({ id }) => id) };
}

async function states() {
  const found = [];
  const look = async (state) => found.push(...(await check(state)).violations);
  await open('refused.html');
  await look('empty');
  const photos = [await drawn('a.png', 16 * MIB), await drawn('b.png', 10)];
  const text = await drawn('text.txt', 10);
  await input().setInputFiles([text.path]);
  await look('refused');
  await network({ uploadThroughput: 256 * 1024 });
  await input().setInputFiles(photos.map(({ path }) => path));
  await page.waitForFunction(() => document.querySelector('upload-receipts').files.some(({ state, sent }) => state === 'uploading' && sent));
  await look('uploading');
  await cut();
  await page.waitForFunction(() => /No connection/.test(document.querySelector('upload-receipts').shadowRoot.textContent));
  await look('offline');
  await network({});
  await receipts(2);
  await look('done');

  front.fault = (request) => (request.method === 'POST' && request.url === '/uploads' ? { status: 415 } : undefined);
  await open('plain.html');
  await input().setInputFiles(photos.map(({ path }) => path));
  await page.waitForFunction(() => document.querySelector('upload-receipts').files.every(({ state }) => state === 'failed'));
  await look('failed');
  return { found };
}

async function sixtyFiles() {
  const files = [];
  for (let i = 0; i < 60; i++) files.push(await drawn(`${i}.bin`, 1000 + ((i * 37) % 60), 'sixty'));
  await open('plain.html');
  await input().setInputFiles(files.map(({ path }) => path));
  const got = await receipts(60);
  const seen = await order();
  return { receipts: got, sent: files.map(({ seen: each }) => each), order: seen };
}

/** Adds a thousand small files, and looks whether the page still answers, and how long it takes. */
async function thousandFiles() {
  await open('plain.html');
  await page.evaluate(() => {
    window.longest = 0;
    let last = performance.now();
    setInterval(() => {
      window.longest = Math.max(window.longest, performance.now() - last - 50);
      last = performance.now();
    }, 50);
    document.querySelector('upload-receipts').addFiles(Array.from({ length: 1000 }, (_, i) => new File([`${i}`], `${i}.txt`, { type: 'text/plain' })));
  });
  const begun = Date.now();
  const got = await receipts(1000);
  const millis = Date.now() - begun;
  const longest = await page.evaluate(() => window.longest);
  await page.locator('#send').click();
  await page.waitForURL('**/orders');
  const seen = JSON.parse(await page.locator('body').textContent());
  return { count: got.length, uploadMillis: millis, longest, names: seen.files.map(({ name }) => name) };
}

/** Drops what lies in directories of the disk, as a person does with a mouse. */
async function drop(paths) {
  const session = await context.newCDPSession(page);
  const box = await page.locator('upload-receipts').boundingBox();
  const data = { items: [], files: paths, dragOperationsMask: 1 };
  for (const type of ['dragEnter', 'dragOver', 'drop']) {
    await session.send('Input.dispatchDragEvent', { type, x: box.x + box.width / 2, y: box.y + 60, data });
  }
}

async function droppedFolder() {
  const files = [await drawn('b.txt', 5, 'holidays/day 2'), await drawn('a.txt', 4, 'holidays/day 1'), await drawn('empty.txt', 0, 'holidays')];
  for (let i = 0; i < 120; i++) await drawn(`${i}.txt`, 1, 'holidays/many');
  await drawn('.DS_Store', 7, 'holidays');
  await open('folders.html');
  await drop([`${settings.directory}/holidays`]);
  await receipts(files.length + 120);
  return { order: await order() };
}

async function unwantedFolder() {
  await drawn('a.txt', 4, 'unwanted');
  const file = await drawn('alone.txt', 4);
  await open('plain.html');
  await drop([`${settings.directory}/unwanted`, file.path]);
  await receipts(1);
  return { said: await page.evaluate(() => document.querySelector('upload-receipts').shadowRoot.textContent), order: await order() };
}

/** Pastes a picture that a canvas has drawn. The clipboard of a headless browser has none. */
async function pasted() {
  await open('plain.html');
  const outside = await page.evaluate(async () => {
    const transfer = new DataTransfer();
    transfer.items.add(new File(['picture'], 'image.png', { type: 'image/png' }));
    const paste = (target) => target.dispatchEvent(new ClipboardEvent('paste', { clipboardData: transfer, bubbles: true, composed: true, cancelable: true }));
    paste(document.querySelector('[name=title]'));
    const before = document.querySelector('upload-receipts').files.length;
    paste(document.querySelector('upload-receipts').shadowRoot.querySelector('button'));
    return before;
  });
  await receipts(1);
  return { outside, order: await order() };
}

async function looks() {
  const paths = [(await drawn('a rather long name of a photograph that somebody has taken on holiday.png', 300)).path, (await drawn('b.png', 2 * MIB)).path, (await drawn('c.png', 10)).path];
  const found = [];
  const modes = {
    'narrow-dark': { viewport: { width: 320, height: 640 }, colorScheme: 'dark' },
    'wide-dark': { viewport: { width: 1200, height: 700 }, colorScheme: 'dark' },
    narrow: { viewport: { width: 320, height: 640 } },
    forced: { viewport: { width: 600, height: 700 }, forcedColors: 'active' },
    'forced-dark': { viewport: { width: 600, height: 700 }, forcedColors: 'active', colorScheme: 'dark' },
    rtl: { viewport: { width: 600, height: 700 } },
  };
  front.fault = (request) => (request.method === 'PATCH' && request.headers['content-length'] === '10' ? { status: 400 } : undefined);
  await open('plain.html');
  await network({ uploadThroughput: 64 * 1024 });
  await input().setInputFiles(paths);
  await page.waitForFunction(() => document.querySelector('upload-receipts').files.filter(({ state }) => state !== 'uploading').length === 2);
  for (const [mode, { viewport, ...media }] of Object.entries(modes)) {
    await page.setViewportSize(viewport);
    await page.emulateMedia({ colorScheme: 'light', forcedColors: 'none', ...media });
    await page.evaluate((dir) => { document.dir = dir; }, mode === 'rtl' ? 'rtl' : '');
    const wide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
    found.push(...(await check(mode)).violations);
    if (wide > 0) found.push(`${mode}: scrolls sideways by ${wide}`);
  }
  return { found };
}

/** Without script the page's own input sends its files. */
async function noScript() {
  const plain = await browser.newContext({ javaScriptEnabled: false });
  const bare = await plain.newPage();
  await bare.goto(url('plain.html'));
  await bare.locator('input[type=file]').setInputFiles((await drawn('plain.bin', 10)).path);
  await bare.locator('#send').click();
  await bare.waitForURL('**/orders');
  const seen = JSON.parse(await bare.locator('body').textContent());
  await plain.close();
  return { order: seen };
}
