// Uploads files in two rounds and orders them, as a person does, and prints what the pages showed, as JSON.
//
// usage: node csrf.mjs SETTINGS  (JSON: url, files, script, chromium, profile)

import { open } from './chromium.mjs';

const settings = JSON.parse(process.argv[2]);
const { context, page } = await open(settings, { javaScriptEnabled: settings.script });
const [last, ...first] = [...settings.files].reverse();
const headings = [];
const statuses = [];
page.on('response', (response) => { if (response.request().method() === 'POST') statuses.push(response.status()); });

async function upload(files, whenScript) {
  await page.setInputFiles('input[type=file]', files);
  await page.click(settings.script ? '#upload button' : 'form[enctype] button');
  if (settings.script) {
    await page.waitForFunction((count) => document.querySelectorAll('#order [name=receipt]').length === count, whenScript);
  } else {
    await page.waitForSelector(`li:nth-child(${whenScript})`);
    headings.push(await page.locator('h1').innerText());
  }
}

try {
  await page.goto(settings.url);
  await page.fill('[name=username]', 'ann');
  await page.fill('[name=password]', 'secret');
  await page.click('button[type=submit]');
  await page.waitForSelector('#upload');
  statuses.length = 0;
  await upload(first.reverse(), settings.files.length - 1);
  await upload([last], settings.files.length);
  await page.click(settings.script ? '#order button' : '.done');
  await page.waitForSelector('#ordered');
  console.log(JSON.stringify({ ordered: await page.locator('#ordered li').allTextContents(), headings, statuses }));
} catch (failure) {
  console.log(failure.stack, page.url(), statuses, await page.content());
} finally {
  await context.close();
}
