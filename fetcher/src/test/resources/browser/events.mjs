// Opens streams of events as a page does, and prints what it heard, as JSON.
//
// usage: node events.mjs SETTINGS  (JSON: url, open, gone, chromium, profile)

import { open } from './chromium.mjs';

const settings = JSON.parse(process.argv[2]);
const { context, page } = await open(settings);
const requests = [];
page.on('request', (request) => { if (request.url().endsWith('/events')) requests.push(new URL(request.url()).pathname); });

try {
  await page.goto(settings.url);
  const heard = await page.evaluate(async ({ open, gone }) => {
    const states = [];
    await new Promise((resolve) => {
      const events = new EventSource(`${open}/events`);
      events.addEventListener('status', async (event) => {
        const told = JSON.parse(event.data);
        states.push(told);
        if (told.status === 'processing') {
          await fetch('/finish', { method: 'POST' });
        } else {
          events.close();
          resolve();
        }
      });
    });
    const closed = await new Promise((resolve) => {
      const events = new EventSource(`${gone}/events`);
      events.addEventListener('error', () => resolve(events.readyState));
    });
    return { states, closed };
  }, settings);
  await page.waitForTimeout(8_000); // longer than it would take to connect again
  console.log(JSON.stringify({ ...heard, requests: requests.length }));
} catch (failure) {
  console.log(failure.stack, requests);
} finally {
  await context.close();
}
