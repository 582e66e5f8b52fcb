// Sends a file by the page, opens its link on the other host, and prints what the pages showed, as JSON.
//
// usage: node share.mjs SETTINGS  (JSON: url, other, file, chromium, profile, screenshots)

import { statSync } from 'node:fs';
import { open } from './chromium.mjs';

const settings = JSON.parse(process.argv[2]);
const { context, page } = await open(settings, { javaScriptEnabled: false, acceptDownloads: true, viewport: { width: 1200, height: 900 } });
const complaints = [];
page.on('console', (message) => { if (message.type() === 'error') complaints.push(`${message.text()} ${message.location().url}`); });

async function shoot(name) {
  for (const scheme of ['light', 'dark']) {
    await page.emulateMedia({ colorScheme: scheme });
    for (const [size, width] of [['wide', 1200], ['narrow', 360]]) {
      await page.setViewportSize({ width, height: 900 });
      await page.screenshot({ path: `${settings.screenshots}/${name}-${scheme}-${size}.png`, fullPage: true });
    }
  }
  await page.setViewportSize({ width: 1200, height: 900 });
}

try {
  const seen = {};
  await page.goto(settings.url);
  await shoot('form');
  await page.setInputFiles('#file', settings.file);
  await page.fill('#password', 'open sesame');
  await page.keyboard.press('Enter');
  await page.waitForSelector('.link');
  seen.name = await page.textContent('.link h2');
  const link = await page.getAttribute('.actions a', 'href');
  await page.click('summary');
  await shoot('link');

  complaints.length = 0;
  await page.goto(link.replace(settings.url, settings.other));
  await page.waitForSelector('input[type=password]');
  await shoot('password');
  await page.fill('input[type=password]', 'wrong');
  await page.keyboard.press('Enter');
  seen.wrongPassword = await page.textContent('[role=alert]');
  await shoot('wrong-password');
  await page.fill('input[type=password]', 'open sesame');
  await page.keyboard.press('Enter');
  await page.waitForSelector('img');
  seen.preview = await page.locator('img').evaluate(async (image) => { await image.decode(); return image.naturalWidth; });
  complaints.splice(0, complaints.length, ...complaints.filter((text) => !/401|429/.test(text)));
  await shoot('file');
  const [download] = await Promise.all([page.waitForEvent('download'), page.click('.actions a, .button')]);
  seen.downloaded = download.suggestedFilename();
  seen.bytes = statSync(await download.path()).size;

  await page.goto(`${settings.other}s/nothing`);
  await shoot('nothing');
  complaints.splice(0, complaints.length, ...complaints.filter((text) => !/404/.test(text)));
  console.log(JSON.stringify({ ...seen, complaints }));
} finally {
  await context.close();
}
