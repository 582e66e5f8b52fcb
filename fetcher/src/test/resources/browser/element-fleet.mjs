// Uploads with the element in Chromium, where each request reaches another host, and a connection breaks. Prints the
// receipts as JSON.
//
// usage: node element-fleet.mjs SETTINGS  (JSON: ports, chromium)

import { createHash, randomBytes } from 'node:crypto';
import { createServer, request as send } from 'node:http';
import { launch, patient } from './chromium.mjs';

const PAGE = `<!DOCTYPE html>
<title>Order</title>
<script type="module" src="/uploads/upload-receipts.js"></script>
<form><upload-receipts name="receipt"><label>Photos <input type="file" multiple></label></upload-receipts></form>`;
const CUT_AFTER = 1_000_000;

const settings = JSON.parse(process.argv[2]);
const exchanges = [];
let turn = 0;
let cuts = 0;

const server = createServer((request, response) => {
  if (request.url === '/') {
    response.setHeader('Content-Type', 'text/html; charset=utf-8');
    response.end(PAGE);
  } else {
    forward(request, response, settings.ports[turn++ % settings.ports.length]);
  }
});

/** Forwards a request, and breaks the connection of the first one that is long. */
function forward(request, response, port) {
  const { method, url, headers } = request;
  const onward = send({ host: '127.0.0.1', port, method, path: url, headers }, (answer) => {
    exchanges.push([method, answer.statusCode, port]);
    response.writeHead(answer.statusCode, answer.headers);
    answer.pipe(response);
  });
  let sent = 0;
  onward.on('error', () => request.destroy());
  request.on('error', () => onward.destroy());
  request.on('data', (bytes) => {
    sent += bytes.length;
    if (sent > CUT_AFTER && !cuts++) setTimeout(() => { request.socket.destroy(); onward.destroy(); }, 100);
  });
  request.pipe(onward);
}

function drawn(name, size) {
  const buffer = randomBytes(size);
  return { name, buffer, mimeType: 'image/png', sha256: createHash('sha256').update(buffer).digest('hex') };
}

await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
const browser = await launch(settings.chromium);
try {
  const page = patient(await browser.newPage());
  await page.goto(`http://127.0.0.1:${server.address().port}/`);
  await page.waitForFunction(() => customElements.get('upload-receipts'));
  const files = [drawn('large.png', 4_000_000), drawn('a.png', 10), drawn('b.png', 20), drawn('c.png', 30)];
  await page.locator('input[type=file]').setInputFiles(files.map(({ name, buffer, mimeType }) => ({ name, buffer, mimeType })));
  const receipts = await page.evaluate(() => document.querySelector('upload-receipts').receipts);
  console.log(JSON.stringify({ receipts, sha256: files.map(({ sha256 }) => sha256), cuts, exchanges }));
} finally {
  await browser.close();
  server.close();
  server.closeAllConnections();
}
