// Orders prints as a person does, and prints what the pages showed, as JSON.
//
// usage: node shop.mjs SETTINGS  (JSON: url, files, script, chromium, profile, screenshots)

import { chromium } from 'playwright-core';

const settings = JSON.parse(process.argv[2]);
const context = await chromium.launchPersistentContext(settings.profile, {
  executablePath: settings.chromium,
  headless: true,
  javaScriptEnabled: settings.script,
  viewport: { width: 1200, height: 900 },
  args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
    '--disable-component-update', '--disable-sync'],
});
context.setDefaultTimeout(30_000);
const page = context.pages()[0] ?? await context.newPage();
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

try {
  await page.goto(settings.url);
  await page.fill('[name=username]', 'ann');
  await page.fill('[name=password]', 'ann');
  await page.click('button[type=submit]');
  await page.waitForSelector('#order');
  complaints.length = 0; // those about the login page, which is not ours
  await page.check('[value=matt]');
  await page.setInputFiles('#files', settings.files);
  if (settings.script) {
    await page.waitForSelector(`#photos li:nth-child(${settings.files.length})`);
    await page.waitForFunction(() => !document.getElementById('send').disabled);
  }
  await shoot('choose');
  const notes = await page.locator('#photos .note').allTextContents();
  await page.click('#send');
  await page.waitForSelector('.owner, .problem:not(:empty), pre');
  await shoot('ordered');
  console.log(JSON.stringify({
    notes,
    text: await page.locator('body').innerText(),
    names: await page.locator('.photos .name').allTextContents(),
    owners: await page.locator('.photos .owner').allTextContents(),
    widths: await page.locator('.photos img').evaluateAll((images) => images.map((image) => image.naturalWidth)),
    complaints,
  }));
} finally {
  await context.close();
}
