// Opens share links in Chromium as a person would, and prints what the pages showed, as JSON.
//
// usage: node share.mjs SETTINGS  (JSON: scenario, url, files, chromium, profile, screenshots)

import { open } from './chromium.mjs';
import { readFile } from 'node:fs/promises';

const settings = JSON.parse(process.argv[2]);
const { scenario } = settings;
const scenarios = { looks, password, harmless };
const PROTECTED = new URL(settings.url).pathname;

const { context, page } = await open(settings, { javaScriptEnabled: scenario === 'harmless', viewport: { width: 1200, height: 900 } });
const complaints = [];
const requests = [];
context.on('request', (request) => requests.push(request.url()));
page.on('pageerror', (error) => complaints.push(String(error)));
page.on('console', (message) => { if (message.type() === 'error') complaints.push(message.text()); });

try {
  const seen = await scenarios[scenario]();
  console.log(JSON.stringify({ ...seen, complaints }));
} finally {
  await context.close();
}

async function shoot(name) {
  await page.waitForTimeout(200);
  await page.screenshot({ path: `${settings.screenshots}/share-${name}.png` });
}

/** Looks at each page, given as NAME=URL, at four sizes and colours. */
async function looks() {
  const seen = {};
  for (const entry of settings.files) {
    const name = entry.slice(0, entry.indexOf('='));
    for (const dark of [false, true]) {
      await page.emulateMedia({ colorScheme: dark ? 'dark' : 'light' });
      for (const width of [360, 1200]) {
        await page.setViewportSize({ width, height: width === 360 ? 740 : 900 });
        await page.goto(entry.slice(entry.indexOf('=') + 1), { waitUntil: 'load' });
        await shoot(`${name}-${width}-${dark ? 'dark' : 'light'}`);
      }
    }
    seen[name] = { text: await page.locator('main').innerText(), title: await page.title() };
  }
  return seen;
}

/** Types a wrong password, then the right one, with the keyboard only, and saves the file by a click. */
async function password() {
  await page.goto(settings.url);
  const asked = await page.locator('h1').innerText();
  await page.waitForSelector('input:focus');
  await page.keyboard.type('wrong');
  await page.keyboard.press('Enter');
  await page.waitForSelector('[role=alert]');
  const wrong = await page.locator('[role=alert]').innerText();
  await shoot('password-wrong');
  await page.waitForSelector('input:focus');
  await page.keyboard.type('right ä');
  await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
  await page.waitForSelector('a.button');
  const opened = await page.locator('h1').innerText();
  const query = new URL(page.url()).search;
  const [download] = await Promise.all([page.waitForEvent('download'), page.click('a.button')]);
  const bytes = await readFile(await download.path());
  return { asked, wrong, opened, query, name: download.suggestedFilename(), content: bytes.toString('utf8') };
}

/** Tries to make the browser run the file of each link: as a page, in frames and objects, as image, style and script. */
async function harmless() {
  const shown = [];
  for (const url of settings.files) {
    for (const query of ['', '?view', '?download']) {
      const saved = page.waitForEvent('download', { timeout: 2_000 }).then(() => true, () => false);
      await page.goto(url + query).catch(() => {});
      shown.push(`${query} ${await page.title().catch(() => '')} ${await Promise.race([saved, page.waitForTimeout(500).then(() => '')])}`);
      await page.waitForTimeout(300);
    }
    await page.goto(settings.url);
    await page.evaluate(async (file) => {
      window.ran = 0;
      for (const [tag, attribute] of [['iframe', 'src'], ['object', 'data'], ['embed', 'src'], ['img', 'src'], ['script', 'src']]) {
        const element = document.createElement(tag);
        element[attribute] = file + '?view';
        document.body.append(element);
      }
      await new Promise((resolve) => setTimeout(resolve, 1_000));
    }, url);
  }
  return { ran: requests.filter((url) => url.includes('/ran')), shown, page: PROTECTED };
}
