// Uses the element as a form field, by keyboard and by mouse, and prints what the pages showed: one line of JSON for every
// scenario.
//
// usage: node element-basics.mjs SETTINGS  (JSON: host, pages, chromium, directory, screenshots)

import { MIB, drawn, front, input, network, open, page, pause, playAll, receipts, said, until } from './element.mjs';

const files = () => page.evaluate(() => document.querySelector('upload-receipts').files.map(({ file, ...known }) => known));
const names = async () => (await files()).map(({ name }) => name);
const set = (properties) => page.evaluate((values) => { Object.assign(document.querySelector('upload-receipts'), values); }, properties);
const button = (name) => page.getByRole('button', { name });

/** Returns the accessible name of what has the focus, also inside of the element. */
const focused = () => page.evaluate(() => {
  const { shadowRoot } = document.querySelector('upload-receipts');
  const element = shadowRoot.activeElement ?? document.activeElement;
  return element.ariaLabel ?? element.className ?? element.localName;
});

async function choose(...sizes) {
  const chosen = [];
  for (const [index, size] of sizes.entries()) chosen.push(await drawn(`${index + 1}.txt`, size));
  await input().setInputFiles(chosen.map(({ path }) => path));
  return chosen.map(({ path }) => path);
}

async function chosen(...sizes) {
  await open('plain.html');
  const paths = await choose(...sizes);
  await receipts(sizes.length);
  return paths;
}

/** Presses a key, and lets the page do what follows from it. */
async function press(...keys) {
  for (const key of keys) await page.keyboard.press(key);
}

/** Returns what the application was sent. */
async function sent() {
  await page.waitForURL('**/orders');
  const { files: ordered, fileParts } = JSON.parse(await page.locator('body').textContent());
  return { names: ordered.map(({ name }) => name), fileParts };
}

async function tree() {
  await chosen(10, 2000, 3_000_000);
  await page.locator('upload-receipts .status', { hasText: 'All 3' }).waitFor(); // drawn a little later
  return { tree: await page.locator('upload-receipts').ariaSnapshot() };
}

/** Chooses, moves, removes and sends, without a mouse. */
async function keyboard() {
  await open('plain.html');
  const paths = [await drawn('1.txt', 10), await drawn('2.txt', 20), await drawn('3.txt', 30), await drawn('4.txt', 40)].map(({ path }) => path);
  page.on('filechooser', (chooser) => chooser.setFiles(paths));
  await pause(100); // for the browser to let the page have the chooser
  const walked = [];
  await press('Tab', 'Tab');
  walked.push(await focused());
  await press('Space');
  await receipts(4);
  await page.waitForFunction(() => document.querySelector('upload-receipts').files.every(({ state }) => state === 'done'));
  for (let i = 0; i < 4; i++) {
    await press('Tab');
    walked.push(await focused());
  }
  await press('Enter'); // moves 2.txt up
  const afterUp = [await names(), await focused()];
  await press('Tab', 'Tab', 'Enter'); // removes it
  const afterRemoval = [await names(), await focused()];
  await press('Tab', 'Tab', 'Tab', 'Tab', 'Tab', 'Tab', 'Space'); // removes the last one
  const afterLast = [await names(), await focused()];
  for (let i = 0; i < 7; i++) await press('Tab');
  const last = await page.evaluate(() => document.activeElement.id);
  await press('Enter');
  return { walked, afterUp, afterRemoval, afterLast, last, sent: await sent() };
}

async function keys() {
  await chosen(1, 2, 3);
  await button('Move 3.txt down').focus();
  const orders = [];
  for (const key of ['Alt+ArrowUp', 'Alt+ArrowUp', 'Alt+ArrowUp', 'Alt+ArrowDown', 'ArrowDown']) {
    await press(key);
    orders.push((await names()).join(' '));
  }
  return { orders, focus: await focused(), said: (await said('polite')).slice(-5), submitted: await submitted() };
}

const submitted = () => page.evaluate(() => (
  new FormData(document.querySelector('form')).getAll('receipt').join() === document.querySelector('upload-receipts').value.join()));

async function mouse() {
  await chosen(1, 2, 3);
  const grips = page.locator('.grip');
  const from = await grips.nth(0).boundingBox();
  const to = await grips.nth(2).boundingBox();
  await page.mouse.move(from.x + 8, from.y + 8);
  await page.mouse.down();
  await page.mouse.move(to.x + 8, to.y + 8, { steps: 8 });
  await page.mouse.up();
  return { names: await names(), said: (await said('polite')).slice(-1), submitted: await submitted() };
}

/** Takes half a minute, so that not every quarter is ten seconds after the last one that was told. */
async function announcements() {
  await open('plain.html');
  await network({ uploadThroughput: 128 * 1024 });
  await choose(4 * MIB, 100);
  await receipts(2);
  await page.waitForFunction(() => window.said.polite.some((text) => text.includes('All 2')));
  return { polite: await said('polite'), assertive: await said('assertive') };
}

async function required() {
  await open('plain.html');
  await set({ required: true });
  await page.locator('#send').click();
  const { valueMissing, message } = await page.evaluate(() => {
    const { validity, validationMessage } = document.querySelector('upload-receipts');
    return { valueMissing: validity.valueMissing, message: validationMessage };
  });
  return { valueMissing, message, focus: await focused(), stayed: page.url().includes('/pages/') };
}

/** Chooses a small file, which arrives, and a large one, which takes longer than any scenario on a slow machine. */
async function chooseLarge() {
  await network({ uploadThroughput: 32 * 1024 });
  const paths = await choose(10, MIB);
  await receipts(1);
  return paths;
}

/** Waits until some of the large file has arrived. */
const isUnderWay = () => until(() => front.exchanges.some(({ sent }) => sent > 10_000));

/** Sends the form while a file is on its way. */
async function sendEarly(pending) {
  await open('plain.html');
  await set({ pending });
  await chooseLarge();
  await page.locator('#send').click();
  await pause(200);
  return page.url().includes('/pages/');
}

async function hold() {
  const held = await sendEarly('hold');
  const status = await page.locator('.status').textContent();
  await network({});
  return { held, status, sent: await sent() };
}

/** A file fails while the form is held: the form stays, until the person has removed it. */
async function holdRefused() {
  const held = await sendEarly('hold');
  front.fault = (request) => (request.method === 'PATCH' || request.method === 'HEAD' ? { status: 400 } : undefined);
  await page.evaluate(() => { document.querySelector('upload-receipts').disabled = true; });
  await page.evaluate(() => { document.querySelector('upload-receipts').disabled = false; });
  await page.waitForFunction(() => document.querySelector('upload-receipts').files[1].state === 'failed');
  await pause(200);
  const stayed = page.url().includes('/pages/');
  const message = await page.evaluate(() => document.querySelector('upload-receipts').validationMessage);
  await button('Remove 2.txt').click();
  await page.locator('#send').click();
  return { held, stayed, message, sent: await sent() };
}

async function block() {
  const blocked = await sendEarly('block');
  await network({});
  await receipts(2);
  await page.waitForFunction(() => document.querySelector('upload-receipts').validity.valid);
  const stayed = page.url().includes('/pages/');
  await page.locator('#send').click();
  return { blocked, stayed, sent: await sent() };
}

async function ignore() {
  await sendEarly('ignore');
  return { sent: await sent() };
}

/** A form whose data was read may be on its way: then receipts must stay valid. Here it was not read. */
async function reset() {
  await open('plain.html');
  await choose(1, 2);
  await page.waitForFunction(() => document.querySelector('upload-receipts').value.length === 2);
  const urls = front.exchanges.filter(({ method }) => method === 'PATCH').map(({ path }) => path);
  await page.evaluate(() => document.querySelector('form').reset());
  const terminated = () => front.exchanges.filter(({ method }) => method === 'DELETE').map(({ path }) => path);
  await until(() => terminated().length >= urls.length);
  await page.locator('upload-receipts .status', { hasText: 'No file' }).waitFor(); // drawn a little later
  return { left: await names(), all: urls.sort().join() === terminated().sort().join(), status: await page.locator('.status').textContent() };
}

/** Leaves the page in the middle of an upload, and comes back. Chromium gives the file back, too. */
async function restored() {
  await open('plain.html');
  page.on('dialog', (dialog) => dialog.accept());
  await chooseLarge();
  await isUnderWay();
  await page.goto('about:blank');
  await page.goBack();
  await page.waitForFunction(() => document.querySelector('upload-receipts').files.length === 2);
  const states = (await files()).map(({ state }) => state);
  await network({});
  await receipts(2);
  return { first: states[0], offsets: patches(), names: await names() };
}

const patches = () => front.exchanges.filter(({ method }) => method === 'PATCH').map(({ offset }) => Number(offset));

/** Loads the page again in the middle of an upload: the receipt is there at once, and the file is asked for. */
async function reloaded() {
  await open('plain.html');
  page.on('dialog', (dialog) => dialog.accept());
  const paths = await chooseLarge();
  await isUnderWay();
  await page.reload();
  await receipts(1);
  const states = (await files()).map(({ state }) => state);
  await network({});
  await input().setInputFiles(paths[1]);
  await receipts(2);
  return { states, offsets: patches(), names: await names() };
}

async function light() {
  await chosen(1, 2);
  const read = () => page.evaluate(() => {
    const element = document.querySelector('upload-receipts');
    return [new FormData(element.form).getAll('receipt').join() === element.value.join(), element.querySelectorAll('input[name=receipt]').length];
  });
  const before = await read();
  await set({ light: true });
  const during = await read();
  await set({ light: false });
  return { before, during, after: await read() };
}

async function disabled() {
  await open('plain.html');
  await chooseLarge();
  await isUnderWay();
  await set({ disabled: true });
  await page.waitForFunction(() => document.querySelector('upload-receipts').files[1].state === 'waiting');
  const [, paused] = await files();
  await network({});
  await pause(500);
  const [, still] = await files();
  await set({ disabled: false });
  await receipts(2);
  return { same: paused.sent === still.sent, resumedAt: patches()[2] };
}

async function single() {
  await chosen(1);
  await set({ maxFiles: 1 });
  const other = await drawn('other.txt', 5);
  await input().setInputFiles(other.path);
  await page.waitForFunction(() => document.querySelector('upload-receipts').files[0].name === 'other.txt');
  await receipts(1);
  return { names: await names(), label: await page.locator('.pill').textContent() };
}

async function refusals() {
  await open('plain.html');
  await set({ accept: '.txt,image/*', maxFiles: 2 });
  const all = [await drawn('a.exe', 1), await drawn('b.txt', 0), await drawn('c.TXT', 1), await drawn('d.png', 1), await drawn('e.txt', 1)];
  await input().setInputFiles(all.map(({ path }) => path));
  await receipts(2);
  return { names: await names(), shown: await page.locator('.refused li').allTextContents(), assertive: await said('assertive') };
}

async function german() {
  await chosen(1500, 2);
  await page.evaluate(() => { document.documentElement.lang = 'de-AT'; });
  await set({ messages: { done: 'ist da' } });
  return { status: await page.locator('.status').textContent(), row: await page.locator('.meta').first().textContent(),
    remove: await page.locator('.remove').first().getAttribute('aria-label') };
}

/** Properties that are set before the module is there count, too. */
async function early() {
  await page.route('**/upload-receipts.js', async (route) => { await pause(500); await route.continue(); });
  const opened = open('plain.html');
  await page.waitForFunction(() => document.querySelector('upload-receipts'));
  await set({ maxFiles: 7, required: true });
  await opened;
  return page.evaluate(() => {
    const element = document.querySelector('upload-receipts');
    return { attribute: element.getAttribute('max-files'), required: element.hasAttribute('required'), valid: element.validity.valid };
  });
}

/** The application checks two files, and refuses one of them. The form is held for both. */
async function verdicts() {
  let asked = 0;
  const refused = { 'Upload-Status': 'refused', 'Upload-Message': encodeURIComponent('Die Datei enthält einen Virus.') };
  front.fault = ({ method, url, headers }) => {
    if (method === 'POST' && url === '/uploads') {
      const [digit] = Buffer.from(headers['upload-metadata'].match(/filename ([^,]+)/)[1], 'base64').toString();
      return { status: 201, headers: { Location: `/uploads/u${digit}`, 'Upload-Receipt': `r${digit}`, 'Upload-Status': 'processing' } };
    }
    if (method === 'GET' && url.endsWith('/events')) return { status: 404 };
    if (method !== 'HEAD') return undefined;
    return { status: 200, headers: ++asked < 3 ? { 'Upload-Status': 'processing' } : url.endsWith('u1') ? refused : {} };
  };
  await open('plain.html');
  await choose(10, 20);
  await page.waitForFunction(() => document.querySelector('upload-receipts').files.every(({ state }) => state === 'processing'));
  const note = await page.locator('.processing .note').first().textContent();
  await page.locator('#send').click();
  await page.waitForFunction(() => document.querySelector('upload-receipts').files.some(({ state }) => state === 'failed'));
  await page.waitForFunction(() => document.querySelector('upload-receipts').files.some(({ state }) => state === 'done'));
  await pause(200);
  const [first, second] = await files();
  return { note, stayed: page.url().includes('/pages/'), words: first.error, receipts: [first.receipt ?? '', second.receipt],
    assertive: await said('assertive'), retry: await page.locator('.retry').first().isVisible() };
}

/** The token against cross-site request forgery: of the page, of a cookie, of an attribute. */
async function csrf() {
  const seen = new Set();
  front.fault = ({ method, headers }) => {
    if (method === 'POST') seen.add(['x-csrf-token', 'x-xsrf-token', 'x-own'].filter((name) => headers[name]).map((name) => `${name}: ${headers[name]}`).join());
  };
  await open('plain.html');
  await page.evaluate(() => {
    document.head.append(Object.assign(document.createElement('meta'), { name: 'csrf-token', content: 'the page' }));
    document.cookie = 'XSRF-TOKEN=the%20cookie';
  });
  await choose(1);
  await receipts(1);
  await set({ csrfCookie: 'XSRF-TOKEN' });
  await choose(2);
  await receipts(2);
  await set({ csrfCookie: null, csrfToken: 'the attribute', csrfHeader: 'X-Own' });
  await choose(3);
  await receipts(3);
  return { seen: [...seen] };
}

/** Imports the module where there is no document. */
async function onServer() {
  const source = await (await fetch(`http://127.0.0.1:${front.port}/uploads/upload-receipts.js`)).text();
  const { UploadReceipts } = await import(`data:text/javascript,${encodeURIComponent(source)}`);
  await open('plain.html');
  return { type: typeof UploadReceipts };
}

await playAll({ tree, keyboard, keys, mouse, announcements, required, hold, holdRefused, block, ignore, reset, restored, reloaded, light,
  disabled, single, refusals, german, early, verdicts, csrf, onServer });
