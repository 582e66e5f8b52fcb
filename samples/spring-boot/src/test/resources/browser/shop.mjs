// Orders prints as a person does, and prints what the pages showed, as JSON.
//
// usage: node shop.mjs SETTINGS  (JSON: url, files, script, chromium, profile, screenshots)

import { open } from './chromium.mjs';

const settings = JSON.parse(process.argv[2]);
const { context, page } = await open(settings, { javaScriptEnabled: settings.script, viewport: { width: 1200, height: 900 } });
const complaints = [];
page.on('pageerror', (error) => complaints.push(String(error)));
page.on('console', (message) => { if (message.type() === 'error') complaints.push(`${message.text()} ${message.location().url}`); });

async function shoot(name) {
  for (const [size, width] of [['wide', 1200], ['narrow', 390]]) {
    await page.setViewportSize({ width, height: 900 });
    await page.screenshot({ path: `${settings.screenshots}/${name}-${settings.script ? 'script' : 'plain'}-${size}.png`, fullPage: true });
  }
  await page.setViewportSize({ width: 1200, height: 900 });
}

/** A refused order leaves the page as it is, so that the next click sends the same receipts. */
async function refuseOnce() {
  await page.route('**/orders', (route) => route.fulfill({ status: 503, contentType: 'application/problem+json', body: '{"title":"Not now"}' }), { times: 1 });
  await page.click('#send');
  await page.waitForSelector('.problem:not(:empty)');
  refusal = await page.locator('.problem').innerText();
  await page.evaluate(() => { document.getElementById('problem').textContent = ''; });
  complaints.length = 0; // the browser's own about the status
}

let refusal;
try {
  await page.goto(settings.url);
  await page.fill('[name=username]', 'ann');
  await page.fill('[name=password]', 'ann');
  await page.click('button[type=submit]');
  await page.waitForSelector('#order');
  complaints.length = 0; // those about the login page, which is not ours
  await page.check('[value=matt]');
  await page.setInputFiles('[name=file]', settings.files);
  if (settings.script) {
    await page.waitForFunction((count) => document.getElementById('photos').value.length === count, settings.files.length);
    await page.waitForFunction((count) => document.querySelectorAll('#photos img').length === count, settings.files.length);
  }
  await shoot('choose');
  if (settings.script) await refuseOnce();
  await page.click('#send');
  await page.waitForSelector('.owner, .problem:not(:empty), pre');
  await shoot('ordered');
  console.log(JSON.stringify({
    text: await page.locator('body').innerText(),
    names: await page.locator('.photos .name').allTextContents(),
    owners: await page.locator('.photos .owner').allTextContents(),
    widths: await page.locator('.photos img').evaluateAll((images) =>
      Promise.all(images.map(async (image) => { await image.decode(); return image.naturalWidth; }))),
    complaints,
    refusal,
  }));
} finally {
  await context.close();
}
