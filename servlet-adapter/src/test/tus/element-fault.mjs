// Uploads with the element in Chromium while the network, proxies and the host fail, and prints what became of it: one
// line of JSON for every scenario.
//
// usage: node element-fault.mjs SETTINGS  (JSON: host, port, nginx, control, pages, chromium, directory, screenshots)

import { MIB, cut, drawn, front, input, network, newPage, open, order, page, pause, playAll, receipts, settings, times, until, uploadExchanges } from './element.mjs';

const ASLEEP_MILLIS = 25_000; // longer than the idle time-out of a host

await playAll({
  networkCut, asleep, hostRestarted, reloaded, throughNginx, proxyResets, gatewayErrors, unauthorized, forbidden, gone,
  forgotten, retryLater, refusedForGood, twoTabs, hostLost, noType, formElsewhere,
});

/**
 * Chooses a file on a network so slow that it is on its way for long, also on a slow machine, and waits until some of it
 * has been sent. Returns the session that can end this.
 */
async function begin(file) {
  const session = await network({ uploadThroughput: MIB / 4 });
  await input().setInputFiles(file.path);
  await page.waitForFunction(() => document.querySelector('upload-receipts').files.some(({ state, sent }) => state === 'uploading' && sent > 300_000));
  return session;
}

/** Sends the order, and returns what the application has seen beside what was sent. */
async function ordered(...files) {
  await receipts(files.length);
  const exchanges = uploadExchanges();
  return { sent: files.map(({ seen }) => seen), order: await order(), exchanges };
}

async function networkCut() {
  await open('plain.html');
  const file = await drawn('cut.bin', 6 * MIB);
  await begin(file);
  await cut();
  await page.waitForFunction(() => /No connection/.test(document.querySelector('upload-receipts').shadowRoot.textContent));
  const before = uploadExchanges().length;
  await pause(2_000);
  const duringCut = uploadExchanges().length - before;
  await network({});
  return { duringCut, ...await ordered(file) };
}

/** The page stops, and the network with it, for longer than the host waits. */
async function asleep() {
  await open('plain.html');
  const file = await drawn('asleep.bin', 6 * MIB);
  await begin(file);
  await cut();
  const session = await network({ offline: true });
  await session.send('Page.setWebLifecycleState', { state: 'frozen' });
  await pause(ASLEEP_MILLIS);
  await session.send('Page.setWebLifecycleState', { state: 'active' });
  await network({});
  return ordered(file);
}

/**
 * The host is killed in the middle of an upload, and started again a while later. It keeps what it has acknowledged: the
 * bytes that came before a connection broke.
 */
async function hostRestarted() {
  front.fault = ({ method, headers }) => (method === 'PATCH' && headers['upload-offset'] === '0' ? { cutAfter: MIB / 2 } : undefined);
  await open('plain.html');
  const file = await drawn('restarted.bin', 12 * MIB);
  await begin(file);
  await until(() => uploadExchanges().some(({ method, offset, sent }) => method === 'PATCH' && offset > 0 && sent > MIB / 4));
  const killed = await fetch(`${settings.control}/kill`, { method: 'POST' });
  await killed.text();
  await network({});
  await pause(1_500);
  const started = await fetch(`${settings.control}/start`, { method: 'POST' });
  front.host = Number(await started.text());
  return ordered(file);
}

/** The page is reloaded in the middle: one file is stored, and one is on its way. */
async function reloaded() {
  await open('plain.html');
  const stored = await drawn('stored.bin', 10);
  await input().setInputFiles(stored.path);
  await receipts(1);
  const file = await drawn('reloaded.bin', 6 * MIB);
  await begin(file);
  page.once('dialog', (dialog) => dialog.accept());
  await page.reload();
  await page.waitForFunction(() => document.querySelector('upload-receipts').files?.length === 2);
  const restored = await page.evaluate(() => document.querySelector('upload-receipts').files.map(({ name, state, receipt }) => [name, state, Boolean(receipt)]));
  await network({});
  if (restored[1][1] === 'missing') await input().setInputFiles(file.path);
  return { restored, ...await ordered(stored, file) };
}

/** Nginx has its default limit of 1 MB for a request. */
async function throughNginx() {
  await open('plain.html', settings.nginx);
  const file = await drawn('large.bin', 200 * 1000 * 1000);
  await input().setInputFiles(file.path);
  await receipts(1);
  return ordered(file);
}

/** A proxy resets every request after 3 MiB. */
async function proxyResets() {
  front.fault = (request) => (request.method === 'PATCH' ? { cutAfter: 3 * MIB } : undefined);
  await open('plain.html');
  const file = await drawn('reset.bin', 16 * MIB);
  await input().setInputFiles(file.path);
  return ordered(file);
}

async function gatewayErrors() {
  front.fault = times(2, 'PATCH', { status: 502 });
  await open('plain.html');
  const file = await drawn('gateway.bin', 4 * MIB);
  await input().setInputFiles(file.path);
  return ordered(file);
}

/** The first ticket is refused, as an expired one is. */
async function unauthorized() {
  front.fault = times(1, 'POST', { status: 401 });
  await open('ticket.html');
  const file = await drawn('unauthorized.bin', 10);
  await input().setInputFiles(file.path);
  return { ...await ordered(file), tickets: front.tickets };
}

/** No ticket is accepted, until the person tries again. */
async function forbidden() {
  front.fault = times(2, 'POST', { status: 403 });
  await open('ticket.html');
  const file = await drawn('forbidden.bin', 10);
  await input().setInputFiles(file.path);
  await failed();
  const refusals = uploadExchanges();
  const { tickets } = front;
  await page.getByRole('button', { name: 'Try forbidden.bin again' }).click();
  return { refusals, tickets, ...await ordered(file) };
}

/** Waits until the file has failed, and a while longer, in which nothing may be sent. */
async function failed() {
  await page.waitForFunction(() => document.querySelector('upload-receipts').files[0].state === 'failed');
  await pause(1_500);
}

async function gone() {
  front.fault = times(1, 'PATCH', { status: 410 });
  await open('ticket.html');
  const file = await drawn('gone.bin', 10);
  await input().setInputFiles(file.path);
  return ordered(file);
}

/** The host has forgotten an upload that a page wants to resume. */
async function forgotten() {
  await open('plain.html');
  const file = await drawn('forgotten.bin', 6 * MIB);
  await begin(file);
  page.once('dialog', (dialog) => dialog.accept());
  await page.goto('about:blank');
  front.fault = times(1, 'HEAD', { status: 404 });
  await open('plain.html');
  await network({});
  await input().setInputFiles(file.path);
  return ordered(file);
}

async function retryLater() {
  front.fault = times(1, 'POST', { status: 503, headers: { 'Retry-After': '3' } });
  await open('plain.html');
  const file = await drawn('later.bin', 10);
  await input().setInputFiles(file.path);
  return ordered(file);
}

/** What the host refuses for good is not sent again. */
async function refusedForGood() {
  front.fault = times(1, 'POST', { status: 415 });
  await open('plain.html');
  const file = await drawn('refused.bin', 10);
  await input().setInputFiles(file.path);
  await failed();
  const isValid = () => page.evaluate(() => document.querySelector('form').checkValidity());
  const before = await isValid();
  await page.getByRole('button', { name: 'Remove refused.bin' }).click();
  return { before, after: await isValid(), exchanges: uploadExchanges() };
}

/** A second tab is given the same file while the first one sends it. */
async function twoTabs() {
  await open('plain.html');
  const file = await drawn('-twice.bin', 6 * MIB); // no lock may have a name that begins so
  const session = await begin(file);
  const first = page;
  await newPage();
  await open('plain.html');
  await input().setInputFiles(file.path);
  const ofSecond = await receipts(1);
  await session.send('Network.emulateNetworkConditions', { offline: false, latency: 0, downloadThroughput: -1, uploadThroughput: -1 });
  await first.waitForFunction(() => document.querySelector('upload-receipts').value.length === 1);
  const ofFirst = await first.evaluate(() => document.querySelector('upload-receipts').value);
  return { receipts: [...ofFirst, ...ofSecond], exchanges: uploadExchanges() };
}

/** The host that keeps the upload does not come back. After ten minutes the person tries again. */
async function hostLost() {
  let lost;
  front.fault = ({ method, url }) => {
    if (method === 'PATCH') lost ??= url;
    return url === lost ? { status: 503 } : undefined;
  };
  await page.clock.install();
  await open('plain.html');
  const file = await drawn('lost.bin', 10);
  await input().setInputFiles(file.path);
  while (await page.evaluate(() => document.querySelector('upload-receipts').files[0].state !== 'failed')) {
    await pause(200);
    await page.clock.fastForward(61_000);
  }
  await page.getByRole('button', { name: 'Try lost.bin again' }).click();
  return ordered(file);
}

/** The page takes images. The browser knows the type of one file only. */
async function noType() {
  await open('refused.html');
  await page.evaluate(() => document.querySelector('upload-receipts')
    .addFiles([new File(['x'], 'photo.raw'), new File(['y'], 'notes.txt', { type: 'text/plain' })]));
  await receipts(1);
  return { names: await page.evaluate(() => document.querySelector('upload-receipts').files.map(({ name }) => name)) };
}

async function formElsewhere() {
  await open('plain.html');
  await page.evaluate(() => {
    const element = document.querySelector('upload-receipts');
    document.querySelector('form').id = 'order';
    document.body.append(element);
    element.setAttribute('form', 'order');
  });
  const file = await drawn('elsewhere.bin', MIB);
  await input().setInputFiles(file.path);
  return ordered(file);
}
