// Sends three files by an upload-request link from a phone-sized window, with and without a script, and prints what the
// pages showed, as JSON.
//
// usage: node ask.mjs SETTINGS  (JSON: links, other, expired, files, chromium, profile, screenshots)

import { open } from './chromium.mjs';

const settings = JSON.parse(process.argv[2]);
const NAME = 'Jörg Müßig 👋';
const complaints = [];

async function browse(javaScriptEnabled, play) {
  const { context, page } = await open({ ...settings, profile: `${settings.profile}-${javaScriptEnabled}` }, {
    javaScriptEnabled, viewport: { width: 360, height: 740 }, hasTouch: true,
  });
  page.on('console', (message) => { if (message.type() === 'error') complaints.push(`${message.text()} ${message.location().url}`); });
  page.on('pageerror', (error) => complaints.push(String(error)));
  try {
    return await play(page);
  } finally {
    await context.close();
  }
}

async function shoot(page, name) {
  for (const scheme of ['light', 'dark']) {
    await page.emulateMedia({ colorScheme: scheme });
    for (const [size, width, height] of [['wide', 1200, 900], ['narrow', 360, 740]]) {
      await page.setViewportSize({ width, height });
      await page.waitForTimeout(100);
      await page.screenshot({ path: `${settings.screenshots}/ask-${name}-${scheme}-${size}.png`, fullPage: true });
    }
  }
}

const fits = (page) => page.evaluate(() => document.documentElement.scrollWidth <= innerWidth);

async function plain(page) {
  const seen = {};
  await page.goto(settings.links.plain);
  await shoot(page, 'plain');
  await page.fill('#sender', NAME);
  await page.setInputFiles('input[type=file]', settings.files);
  await shoot(page, 'plain-chosen');
  await page.click('.button');
  await page.waitForSelector('.files');
  seen.thanks = await page.locator('.files bdi').allTextContents();
  await shoot(page, 'thanks');

  await page.goto(settings.links.password);
  await shoot(page, 'password');
  await page.fill('input[type=password]', 'wrong');
  await page.click('.button');
  await page.waitForSelector('.wrong');
  seen.wrong = await page.textContent('.wrong');
  await page.fill('input[type=password]', 'open sesame');
  await page.click('.button');
  await page.waitForSelector('#file, input[type=file]');
  seen.asked = await page.textContent('h1');
  await page.setInputFiles('input[type=file]', settings.files.slice(0, 1));
  await page.click('.button');
  await page.waitForSelector('.files');

  await page.goto(settings.expired);
  seen.expired = await page.textContent('h1');
  await shoot(page, 'expired');
  return seen;
}

async function scripted(page) {
  const seen = {};
  const requests = [];
  page.on('request', (request) => requests.push(`${request.method()} ${new URL(request.url()).pathname.replace(/\/s\/[^-].*/, '/s/LINK').replace(/-\/.*/, '-/X')}`));
  await page.goto(settings.links.scripted); // on the other host
  await page.locator('upload-receipts').waitFor();
  await shoot(page, 'scripted');
  await page.click('.button');
  seen.unnamed = await page.evaluate(() => document.activeElement.id);
  await page.fill('#sender', NAME);
  await page.click('.button');
  seen.unchosen = await page.evaluate(() => document.querySelector('upload-receipts').matches(':invalid'));
  await page.setInputFiles('upload-receipts input[type=file]', settings.files.slice(0, 2));
  await page.setInputFiles('upload-receipts input[type=file]', settings.files.slice(2));
  await page.waitForTimeout(500);
  seen.early = requests.filter((request) => request.startsWith('POST'));
  seen.chosen = await page.evaluate(() => document.querySelector('upload-receipts').files.map(({ name }) => name));
  seen.fits = await fits(page);
  await shoot(page, 'scripted-chosen');
  await page.click('form > .button');
  await page.waitForSelector('.files');
  seen.posts = requests.filter((request) => request.startsWith('POST'));
  seen.thanks = await page.locator('.files bdi').allTextContents();
  await page.click('.actions a');
  await page.locator('upload-receipts').waitFor();
  await page.fill('#sender', 'Second');
  await page.setInputFiles('upload-receipts input[type=file]', settings.files.slice(0, 1));
  await page.click('form > .button');
  await page.waitForSelector('.files');
  seen.again = [await again(page, 'Third', false), await again(page, 'Fourth', true)];
  return seen;
}

/** Sends two files. The ticket for the second one is refused, and the person tries again before or after the first one has arrived. */
async function again(page, sender, isBefore) {
  await page.click('.actions a');
  await page.locator('upload-receipts').waitFor();
  await page.fill('#sender', sender);
  await page.setInputFiles('upload-receipts input[type=file]', settings.files.slice(0, 2));
  let isExpired = true;
  const isRefused = (route) => isExpired && route.request().headers()['upload-metadata'].includes(btoa('notes.txt'));
  await page.route('**/s/-', (route) => (isRefused(route) ? route.fulfill({ status: 401 }) : route.continue()));
  let arrive;
  const held = new Promise((resolve) => { arrive = resolve; });
  await page.route('**/s/-/**', (route) => (isBefore ? held : Promise.resolve()).then(() => route.continue()));
  await page.click('form > .button');
  const retry = page.getByRole('button', { name: 'Try notes.txt again' });
  await retry.waitFor();
  if (!isBefore) await page.locator('form > .button:enabled').waitFor(); // then all files have ended
  isExpired = false;
  await retry.click();
  if (isBefore) arrive(); // and the form goes by itself
  else await page.click('form > .button');
  await page.waitForSelector('.files');
  await page.unrouteAll();
  return page.locator('.files bdi').allTextContents();
}

const result = { plain: await browse(false, plain), scripted: await browse(true, scripted) };
console.log(JSON.stringify({ ...result, complaints: complaints.filter((text) => !/favicon| 401 | 410 /.test(text)) }));
