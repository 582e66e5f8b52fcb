// What the scripts about the element share: a front server with the faults that a scenario asks for, a browser, and files.

import { createHash, randomBytes } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { Agent, createServer, request as send } from 'node:http';
import { dirname, extname, join } from 'node:path';
import { launch, patient } from './chromium.mjs';

export const MIB = 1024 * 1024;
export const settings = JSON.parse(process.argv[2]);

const POLICY = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' blob:; "
  + "form-action 'self'; require-trusted-types-for 'script'";
const TYPES = { '.css': 'text/css', '.html': 'text/html; charset=utf-8', '.js': 'text/javascript', '.mjs': 'text/javascript' };
const agent = new Agent({ keepAlive: true });

/**
 * Serves the pages of the tests under a strict policy, and forwards all else to the host. `fault` is asked for each
 * request that is forwarded: it returns nothing, a response `{ status, headers }`, or `{ cutAfter }`, a number of bytes
 * of the body after which the connection is reset.
 */
export const front = { fault: () => undefined, exchanges: [], tickets: 0, port: 0, host: settings.host };

const server = createServer((request, response) => {
  const path = new URL(request.url, 'http://front').pathname;
  if (path.startsWith('/pages/') || path.startsWith('/lib/')) {
    serve(path, response);
  } else {
    forward(request, response);
  }
});

function serve(path, response) {
  const file = path.startsWith('/lib/') ? join('node_modules', path.slice('/lib/'.length)) : join(settings.pages, path.slice('/pages/'.length));
  response.setHeader('Content-Type', TYPES[extname(file)] ?? 'application/octet-stream');
  if (!path.startsWith('/pages/frameworks/')) response.setHeader('Content-Security-Policy', POLICY); // which frameworks violate
  createReadStream(file).on('error', () => { response.statusCode = 404; response.end(); }).pipe(response);
}

function forward(request, response) {
  const exchange = { method: request.method, path: request.url, status: 0, sent: 0, at: Date.now(), offset: request.headers['upload-offset'] };
  front.exchanges.push(exchange);
  const fault = front.fault(request) ?? {};
  if (fault.status) {
    exchange.status = fault.status;
    request.resume();
    response.writeHead(fault.status, fault.headers ?? {}).end();
    return;
  }
  const onward = send({ host: '127.0.0.1', port: front.host, agent, method: request.method, path: request.url, headers: request.headers });
  const cut = () => { request.socket.resetAndDestroy(); onward.destroy(); };
  onward.on('response', (answer) => {
    exchange.status = answer.statusCode;
    if (request.url === '/ticket') front.tickets++;
    response.writeHead(answer.statusCode, answer.headers);
    answer.on('error', cut).pipe(response);
  });
  onward.on('error', cut);
  request.on('error', () => onward.destroy());
  response.on('close', () => { if (!response.writableFinished) onward.destroy(); });
  request.on('data', (bytes) => {
    exchange.sent += bytes.length;
    if (exchange.sent > fault.cutAfter) {
      onward.write(bytes.subarray(0, bytes.length - (exchange.sent - fault.cutAfter)), () => setTimeout(cut, 50));
      request.removeAllListeners('data').resume();
    } else if (!onward.write(bytes)) {
      request.pause();
      onward.once('drain', () => request.resume());
    }
  });
  request.on('end', () => { if (!(exchange.sent > fault.cutAfter)) onward.end(); });
}

/** Returns a fault that happens so many times to requests of a method. */
export function times(count, method, fault) {
  let left = count;
  return (request) => (request.method === method && request.url.startsWith('/uploads') && left-- > 0 ? fault : undefined);
}

/** Returns the requests about uploads that a page has sent through the front server, in their order. */
export function uploadExchanges() {
  return front.exchanges.filter(({ method, path }) => path.startsWith('/uploads') && !path.includes('upload-receipts') && method !== 'OPTIONS');
}

export let browser;
export let context;
export let page;
let complaints;
let session;

/** Plays scenarios, each as a new visitor, in one browser, and prints one line of JSON for each of them. */
export async function playAll(scenarios) {
  await new Promise((resolve) => server.listen(Number(settings.port ?? 0), '127.0.0.1', resolve));
  front.port = server.address().port;
  browser = await launch(settings.chromium);
  try {
    const asked = settings.scenarios ?? Object.keys(scenarios);
    for (const scenario of asked) {
      const begun = Date.now();
      const seen = await play(scenario, scenarios[scenario]);
      console.log(JSON.stringify({ scenario, millis: Date.now() - begun, ...seen }));
    }
  } finally {
    await browser.close();
    server.close();
    server.closeAllConnections();
    agent.destroy();
  }
}

async function play(scenario, run) {
  complaints = [];
  front.fault = () => undefined;
  front.exchanges = [];
  front.tickets = 0;
  context = patient(await browser.newContext({ viewport: { width: 900, height: 700 }, locale: 'en' }));
  await newPage();
  try {
    const seen = await run();
    await shot(scenario);
    return { ...seen, complaints };
  } catch (error) {
    await shot(`${scenario}-failed`).catch(() => {});
    const state = await page.evaluate(() => document.querySelector('upload-receipts')?.shadowRoot?.textContent).catch(() => '');
    return { error: `${error.stack}\nexchanges: ${JSON.stringify(front.exchanges.slice(-30))}\ncomplaints: ${complaints}\npage: ${state}` };
  } finally {
    await context.close();
  }
}

export async function newPage() {
  page = await context.newPage();
  session = undefined;
  page.on('pageerror', (error) => complaints.push(String(error)));
  page.on('console', (message) => {
    // the browser itself says so of every response that is no success, and of every connection that breaks
    if (message.type() === 'error' && !/Failed to load resource/.test(message.text())) complaints.push(message.text());
  });
  return page;
}

export function shot(name) {
  return page.screenshot({ path: join(settings.screenshots, `element-${name}.png`), fullPage: true });
}

export function url(name, port = front.port) {
  return `http://127.0.0.1:${port}/pages/${name}`;
}

/** Opens a page, and waits for its element. */
export async function open(name, port) {
  await page.goto(url(name, port));
  await page.waitForFunction(() => customElements.get('upload-receipts'));
  await page.evaluate(() => {
    window.said = { polite: [], assertive: [] }; // which is removed from the page after a while
    for (const [region, texts] of Object.entries(window.said)) {
      const place = document.querySelector('upload-receipts')?.shadowRoot.querySelector(`.${region}`);
      const note = ({ addedNodes }) => addedNodes.forEach(({ textContent }) => texts.push(textContent));
      if (place) new MutationObserver((changes) => changes.forEach(note)).observe(place, { childList: true });
    }
  });
}

/** Returns what the element has said to a screen reader. */
export const said = (region) => page.evaluate((name) => window.said[name], region);

/** Writes a file of random bytes, and returns its path and what is to be stored of it. */
export async function drawn(name, size, folder = '') {
  const bytes = randomBytes(size);
  const path = join(settings.directory, folder, name);
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, bytes);
  return { path, seen: { name, size, sha256: createHash('sha256').update(bytes).digest('hex') } };
}

export function input() {
  return page.locator('upload-receipts input[type=file]').first();
}

/** Waits until the element has so many receipts, and returns them. */
export async function receipts(count) {
  await page.waitForFunction((wanted) => document.querySelector('upload-receipts').value.length === wanted, count);
  return page.evaluate(() => new FormData(document.querySelector('form')).getAll('receipt'));
}

/** Sends the form as a person would, and returns what the application has seen. */
export async function order() {
  await page.locator('#send').click();
  await page.waitForURL('**/orders');
  return JSON.parse(await page.locator('body').textContent());
}

/** Sets the network of the page, by one session for all settings: each session has its own. */
export async function network(conditions) {
  session ??= await context.newCDPSession(page);
  await session.send('Network.enable');
  await session.send('Network.emulateNetworkConditions',
    { offline: false, latency: 0, downloadThroughput: -1, uploadThroughput: -1, ...conditions });
  return session;
}

/** Cuts the network of the page: connections break, and the browser says that it is offline. */
export async function cut() {
  await network({ offline: true });
  server.closeAllConnections();
}

/** Waits until something has happened at the front server. */
export async function until(condition) {
  const end = Date.now() + 120_000;
  while (!condition()) {
    if (Date.now() > end) throw new Error(`in vain: ${condition}`);
    await pause(20);
  }
}

export const pause = (millis) => new Promise((resolve) => { setTimeout(resolve, millis); });
