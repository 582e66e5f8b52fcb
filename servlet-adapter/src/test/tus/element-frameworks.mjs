// Orders on pages of frameworks in Chromium, and prints what the application has seen: one line of JSON for each of them.
//
// usage: node element-frameworks.mjs SETTINGS  (JSON: host, pages, chromium, directory, screenshots)

import { MIB, drawn, input, network, open, order, page, pause, playAll } from './element.mjs';

await playAll({
  htmx2: () => ordered('htmx2'),
  htmx4: () => ordered('htmx4'),
  react: () => ordered('react'),
  vue: () => ordered('vue'),
  light,
});

/** Chooses files of which the first one arrives last, moves one, and orders while they are on their way. */
async function choose(name) {
  await open(`frameworks/${name}.html`);
  await input().waitFor({ state: 'attached' });
  const files = [];
  for (const [i, size] of [MIB, 10, 20, 30].entries()) files.push(await drawn(`${i}.bin`, size, name));
  await network({ uploadThroughput: MIB });
  await input().setInputFiles(files.map(({ path }) => path));
  await page.getByRole('button', { name: 'Move 3.bin up' }).click();
  return [0, 1, 3, 2].map((i) => files[i].seen);
}

async function ordered(name) {
  const sent = await choose(name);
  await page.locator('#send').click();
  await page.waitForFunction(() => document.querySelector('#result').textContent.startsWith('{'));
  await pause(500); // React resets the form after its action
  return {
    sent,
    order: JSON.parse(await page.locator('#result').textContent()),
    stored: await page.evaluate(() => document.querySelector('#stored')?.textContent),
  };
}

/** The receipts are in hidden fields, which any script sees. */
async function light() {
  const sent = await choose('light');
  await page.waitForFunction(() => document.querySelectorAll('form input[type=hidden][name=receipt]').length === 4);
  return { sent, order: await order() };
}
