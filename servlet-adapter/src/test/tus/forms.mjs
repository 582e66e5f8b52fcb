// Submits forms in Chromium as a person would, without any script in the page, and prints what the page then showed:
// one line of JSON for every form.
//
// usage: node forms.mjs CHROMIUM ORIGIN FILES PATH...  (FILES: a JSON array of the files to choose; each PATH is a page)

import { launch, patient } from './chromium.mjs';

const [executablePath, origin, files, ...paths] = process.argv.slice(2);
const browser = await launch(executablePath);
const page = patient(await browser.newPage());

try {
  for (const path of paths) {
    await page.goto(origin + path);
    if (!path.includes('nothing')) {
      await page.locator('input[type=file]').setInputFiles(JSON.parse(files));
    }
    const [response] = await Promise.all([
      page.waitForResponse((each) => each.request().method() === 'POST'),
      page.locator('button').click(),
    ]);
    await page.locator('h1').waitFor();
    console.log(JSON.stringify({
      status: response.status(),
      heading: await page.locator('h1').textContent(),
      text: await page.locator('main').innerText(),
      names: await page.locator('li').allTextContents(),
    }));
  }
} finally {
  await browser.close();
}
