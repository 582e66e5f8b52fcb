// Drives Chromium through the album as a person would, and prints what the pages showed, as JSON.
//
// usage: node album.mjs SETTINGS  (JSON: scenario, url, files, chromium, profile, screenshots)

import { open } from './chromium.mjs';

const settings = JSON.parse(process.argv[2]);
const { scenario } = settings;
const scenarios = {
  withScript, withoutScript, withStoppedHost, withLostHost, withUppy, withUppyByXhr, direct, directWithoutScript, slowly, slowlyWithoutScript,
};

const { context, page } = await open(settings, { javaScriptEnabled: !/withoutScript/i.test(scenario), viewport: { width: 1200, height: 900 } });
const complaints = [];
page.on('pageerror', (error) => complaints.push(String(error)));
page.on('console', (message) => { if (message.type() === 'error') complaints.push(`${message.text()} ${message.location().url}`); });

try {
  const seen = await scenarios[scenario]();
  console.log(JSON.stringify({ ...seen, complaints }));
} finally {
  await context.close();
}

async function shoot(name) {
  await page.waitForTimeout(250); // until animations end
  await page.screenshot({ path: `${settings.screenshots}/${scenario}-${name}.png`, fullPage: true });
}

async function texts(selector) {
  return (await page.locator(selector).allTextContents()).map((text) => text.trim());
}

function names(selector) {
  return page.locator(selector).evaluateAll((rows) => rows.map((row) => row.dataset.name));
}

/** Returns what the album's own page shows. */
async function albumPage() {
  await page.waitForURL('**/albums/*');
  await page.waitForLoadState('load');
  await shoot('album');
  return {
    names: await texts('.gallery .name'),
    captions: await texts('.gallery .caption'),
    hosts: await texts('.gallery .host'),
    digests: await texts('.gallery .sha256'),
    pictures: await page.locator('.gallery .item:not(.file) img').evaluateAll((images) =>
      Promise.all(images.map(async (image) => { image.loading = 'eager'; await image.decode(); return image.naturalWidth; }))),
  };
}

async function slowUploads(bytesPerSecond) {
  const session = await context.newCDPSession(page);
  await session.send('Network.enable');
  await session.send('Network.emulateNetworkConditions',
    { offline: false, latency: 0, downloadThroughput: -1, uploadThroughput: bytesPerSecond });
}

/** Records every value that a row's progress bar shows. */
async function watchProgress() {
  await page.evaluate(() => {
    window.seenProgress = {};
    const look = () => {
      for (const { name } of photos.files) {
        const row = Array.from(photos.shadowRoot.querySelectorAll('.row')).find((each) => each.querySelector('.name').textContent === name);
        const values = window.seenProgress[name] ??= [];
        const { value } = row.querySelector('progress');
        if (values.at(-1) !== value) values.push(value);
      }
      requestAnimationFrame(look);
    };
    look();
  });
}

function chosenNames() {
  return page.evaluate(() => photos.files.map(({ name }) => name));
}

async function dragToTop(name) {
  const grip = page.locator(`#photos .row:has(.name[title="${name}"]) .grip`);
  await grip.scrollIntoViewIfNeeded();
  const from = await grip.boundingBox();
  const x = from.x + from.width / 2;
  await page.mouse.move(x, from.y + from.height / 2);
  await page.mouse.down();
  await page.mouse.move(x, from.y - 10, { steps: 4 });
  for (let i = 0; (await chosenNames())[0] !== name && i < 20; i++) { // the page scrolls on the way
    const first = await page.locator('#photos .row').first().boundingBox();
    await page.mouse.move(x, Math.max(5, first.y + 5), { steps: 12 });
  }
  await page.mouse.up();
}

async function drop(name, text) {
  await page.evaluate(([fileName, content]) => {
    const transfer = new DataTransfer();
    transfer.items.add(new File([content], fileName, { type: 'text/plain' }));
    for (const type of ['dragenter', 'dragover', 'drop']) {
      document.body.dispatchEvent(new DragEvent(type, { bubbles: true, cancelable: true, dataTransfer: transfer }));
    }
  }, [name, text]);
}

function allUploaded() {
  return page.locator('#submit:enabled').waitFor();
}

async function withScript() {
  await page.goto(settings.url);
  await watchProgress();
  await slowUploads(4_000_000);
  await page.setInputFiles('[name=file]', settings.files);
  await page.waitForTimeout(700);
  await shoot('uploading');
  await allUploaded();
  await drop('dropped.txt', 'dropped');
  await page.locator('.extra[data-name="dropped.txt"]').waitFor();
  await allUploaded();
  const progress = await page.evaluate(() => window.seenProgress);
  const chosen = await chosenNames();

  await dragToTop(chosen.at(-2));
  await page.getByRole('button', { name: `Move ${chosen[0]} down` }).focus();
  await page.keyboard.press('Alt+ArrowDown');
  const ordered = await chosenNames();
  for (const name of ordered) {
    await page.locator(`.extra[data-name="${name}"] .caption`).fill(`This is <${name}>`);
  }
  await shoot('ordered');

  await page.click('#submit');
  await page.locator('#result:not([hidden])').waitFor();
  await shoot('result');
  const gallery = await names('#gallery li');
  const hosts = await texts('#gallery .host');
  const summary = await page.locator('#result-summary').textContent();
  await page.click('#album-link');
  return { progress, chosen, ordered, gallery, hosts, summary, album: await albumPage() };
}

async function withoutScript() {
  const [first, ...others] = settings.files;
  await page.goto(settings.url);
  await shoot('page');
  await page.setInputFiles('[name=file]', others);
  await page.click('#chooser button[type=submit]');
  await page.locator('ol li').nth(others.length - 1).waitFor();
  await shoot('stored');
  await page.setInputFiles('input[type=file]', first);
  await page.click('button:has-text("Upload")');
  await page.locator('ol li').nth(others.length).waitFor();
  await page.click('button:has-text("Done")');
  return { album: await albumPage() };
}

async function withStoppedHost() {
  await page.goto(settings.url);
  await page.setInputFiles('[name=file]', settings.files);
  await allUploaded();
  const chosen = await chosenNames();
  await page.click('[data-host="2"] .stop');
  await page.locator('[data-host="2"][data-running="false"]').waitFor();
  await page.click('#submit');
  await page.locator('#problem:not([hidden])').waitFor();
  await shoot('refused');
  const problem = await page.locator('#problem').textContent();
  const marked = await names('.extra[data-marked]');

  const keysBefore = await page.locator('#keys li').count();
  await page.click('#rotate');
  await page.waitForFunction((count) => document.querySelectorAll('#keys li').length > count, keysBefore);
  await page.click('[data-host="2"] .start');
  await page.locator('[data-host="2"][data-running="true"]').waitFor();
  await page.click('#submit');
  await page.locator('#result:not([hidden])').waitFor();
  await shoot('result');
  return { chosen, problem, marked, gallery: await names('#gallery li'), keys: await page.locator('#keys li').count() - keysBefore };
}

/** The second host is stopped for good: new photos go to the others, and its own are uploaded again, to another. */
async function withLostHost() {
  await page.goto(settings.url);
  await page.setInputFiles('[name=file]', settings.files);
  await allUploaded();
  await page.click('[data-host="2"] .stop');
  await page.locator('[data-host="2"][data-running="false"]').waitFor();
  for (const name of ['a.txt', 'b.txt', 'c.txt']) await drop(name, name);
  await page.locator('.extra[data-name="c.txt"]').waitFor();
  await allUploaded();
  const chosen = await chosenNames();
  await page.click('#submit');
  await page.locator('#problem:not([hidden])').waitFor();
  const marked = await names('.extra[data-marked]');
  for (const name of marked) await page.click(`.extra[data-name="${name}"] .retry`);
  await allUploaded();
  await page.click('#submit');
  await page.locator('#result:not([hidden])').waitFor();
  return { chosen, marked, gallery: await names('#gallery li'), hosts: await texts('#gallery .host') };
}

async function withUppy() {
  return uppyAt('uppy.html');
}

async function withUppyByXhr() {
  return uppyAt('uppy.html?xhr');
}

async function uppyAt(path) {
  const requests = [];
  page.on('request', (request) => { if (request.url().includes('/uploads')) requests.push(request.method()); });
  await page.goto(settings.url + path);
  await page.locator('.uppy-Dashboard-input').first().setInputFiles(settings.files);
  await page.locator('.uppy-StatusBar-actionBtn--upload').click();
  await page.locator('#make button:enabled').waitFor();
  await shoot('uploaded');
  await page.click('#make button');
  return { album: await albumPage(), requests };
}

/** The second host is stopped, and from then on something slow serves its uploads. */
async function slowly() {
  await page.goto(settings.url);
  await page.setInputFiles('[name=file]', settings.files);
  await allUploaded();
  const chosen = await chosenNames();
  await page.click('[data-host="2"] .stop');
  await page.locator('[data-host="2"][data-running="false"]').waitFor();
  await page.evaluate(() => {
    window.seen = { values: [], summaries: [], announced: [] };
    const note = (values, value) => { if (values.at(-1) !== value) values.push(value); };
    const look = () => {
      if (document.documentElement.classList.contains('busy')) {
        note(window.seen.values, document.getElementById('overall').value);
        note(window.seen.summaries, document.getElementById('summary').textContent);
        note(window.seen.announced, document.getElementById('status').textContent);
      }
      requestAnimationFrame(look);
    };
    look();
  });
  const began = Date.now();
  await page.click('#submit');
  await page.waitForTimeout(4_000);
  await shoot('making');
  await page.setViewportSize({ width: 390, height: 800 });
  await shoot('making-narrow');
  await page.locator('#result:not([hidden])').waitFor();
  return { chosen, took: Date.now() - began, gallery: await names('#gallery li'), ...(await page.evaluate(() => window.seen)) };
}

/** The form is a file; its receipts are those of a host that is slow now. */
async function slowlyWithoutScript() {
  await page.goto(settings.url);
  const began = Date.now();
  await page.click('button', { noWaitAfter: true });
  await page.locator('.making .step').nth(2).waitFor({ state: 'attached' });
  const seen = await page.evaluate(() => {
    const steps = Array.from(document.querySelectorAll('.making .step'));
    return {
      steps: steps.length,
      visible: steps.filter((step) => step.getClientRects().length).length,
      values: Array.from(document.querySelectorAll('.making progress'), ({ value }) => value),
    };
  });
  await shoot('making');
  const album = await albumPage();
  return { ...seen, took: Date.now() - began, album };
}

/** Without script the store sends the browser back, and what was carried on is there again. */
async function directWithoutScript() {
  const requests = [];
  page.on('request', (request) => requests.push(request.method() + ' ' + request.url().replace(/[?#].*/, '')));
  await page.goto(settings.url);
  await page.click('noscript button, button:has-text("Choose photos")');
  for (const [i, file] of settings.files.entries()) {
    if (i) await page.click('button:has-text("Add another file")');
    await page.setInputFiles('input[type=file]', file);
    await shoot(`chosen-${i}`);
    await page.click('button:has-text("Upload")');
    await page.locator('h1:has-text("Stored")').waitFor();
  }
  await shoot('stored');
  const listed = await texts('ol li');
  await page.click('button:has-text("Done")');
  return { listed, requests: [...new Set(requests)], album: await albumPage() };
}

/** The page that sends straight to the object store. */
async function direct() {
  const bars = [];
  const requests = [];
  page.on('request', (request) => requests.push(request.method() + ' ' + request.url().replace(/[?#].*/, '')));
  await page.goto(settings.url);
  await page.exposeFunction('bar', (value) => bars.push(value));
  await page.evaluate(() => {
    let last = 0;
    const look = () => {
      for (const { value } of document.querySelectorAll('[aria-label="big.bin"]')) if (value !== last) window.bar(last = value);
      requestAnimationFrame(look);
    };
    look();
  });
  await slowUploads(4_000_000);
  await page.locator('#files').setInputFiles(settings.files);
  await page.waitForTimeout(700);
  await shoot('sending');
  await page.locator('#make button:enabled').waitFor();
  await shoot('stored');
  await page.setViewportSize({ width: 390, height: 800 });
  await shoot('narrow');
  const states = await texts('.state');
  await page.locator('#make button').press('Enter');
  return { bars, states, requests: [...new Set(requests)], album: await albumPage() };
}
