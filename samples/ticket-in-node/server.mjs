// A back end in Node for uploads that hosts in Java receive: it mints tickets, is told by webhook of each upload that is
// stored, works on the upload for a while, and says when it is done.
//
//     npm ci
//     PORT=3000 KEY_RING=/etc/photos/receipts.json RECEIVER=http://backend.lan:3000/stored HAND_OVER_SECRET=whsec_… node server.mjs
import { createServer } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { Webhook } from "standardwebhooks";
import { mint } from "./mint.mjs";

const { PORT = "3000", KEY_RING, RECEIVER, HAND_OVER_SECRET, NODE, API_KEY } = process.env;
const webhook = new Webhook(HAND_OVER_SECRET); // one is enough: hosts sign with all that are current

/** What is being worked on, by the ids of the uploads. An application keeps this in its database, before it responds. */
const jobs = new Map();

/** For the page's element: {"files":[{"name":…,"size":…}, …]} → {"ticket":…}. */
async function ticket(request, response) {
    const { files } = JSON.parse(await read(request));
    if (!Array.isArray(files) || files.length < 1 || files.length > 20) {
        return send(response, 400, { message: "1 to 20 files, please" });
    }
    // An application knows who is signed in, and adds "sub".
    const claims = { files: files.length, maxSize: 50_000_000, handOver: RECEIVER };
    send(response, 201, { ticket: await mint(KEY_RING, claims) });
}

/** The webhook. The same upload may be told twice: it is the same job. */
async function stored(request, response) {
    let event;
    try {
        event = webhook.verify(await read(request), request.headers);
    } catch (e) {
        return send(response, 401, { message: e.message });
    }
    if (event.type !== "upload.stored") {
        return send(response, 204); // the fleet may tell more, one day
    }
    if (!jobs.has(event.data.id)) {
        jobs.set(event.data.id, "working");
        work(event.data, request.headers["webhook-id"]).catch((e) => {
            jobs.delete(event.data.id);
            console.error(`upload ${event.data.id}: ${e.message}`);
        });
    }
    send(response, 202); // wait: nobody can use the upload yet
}

/** What takes its time: a scan, a thumbnail, a check by a person. */
async function work(upload, id) {
    const bytes = NODE ? await patiently(() => download(upload)) : undefined;
    const wrong = bytes && bytes.byteLength !== upload.size ? "The file did not arrive whole." : undefined;
    await finish(upload, id, wrong
        ? { type: "upload.refused", data: { message: wrong } } // words for the person
        : { type: "upload.finished", data: { page: `/files/${upload.id}` } }); // data for the page
    jobs.set(upload.id, "done");
    console.log(`finished ${upload.id} ${bytes?.byteLength ?? "unread"}`);
}

/** Tries again while hosts restart: after 202 the fleet does not tell again. */
async function patiently(action, tries = 5) {
    for (let wait = 1000; ; wait *= 2) {
        try {
            return await action();
        } catch (e) {
            if (--tries === 0) throw e;
            await sleep(wait);
        }
    }
}

/** Reads the file by a share link, which works before the hand-over is finished. The sample "node" makes it. */
async function download({ receipt, subject: sub }) {
    const link = await fetch(`${NODE}/api/links`, {
        method: "POST",
        headers: { authorization: `Bearer ${API_KEY}` },
        body: JSON.stringify({ receipt, sub, unfinished: true, expires: 600 }),
    });
    if (!link.ok) {
        throw new Error(`no link: ${link.status} ${await link.text()}`);
    }
    const file = await fetch((await link.json()).url);
    if (!file.ok) {
        throw new Error(`no file: ${file.status}`);
    }
    return file.arrayBuffer();
}

/** Any host of the fleet takes it. Twice is harmless, so it is sent until somebody has it, or the upload is gone. */
async function finish(upload, id, message) {
    const body = JSON.stringify(message);
    for (let wait = 1000; ; wait = Math.min(2 * wait, 60_000)) {
        const now = new Date();
        const response = await fetch(upload.finish, {
            method: "POST",
            headers: {
                "content-type": "application/json",
                "webhook-id": id, // that of the webhook: it says which upload is meant
                "webhook-timestamp": `${Math.floor(now / 1000)}`,
                "webhook-signature": webhook.sign(id, now, body),
            },
            body,
        }).catch(() => undefined); // nobody there: as 503
        if (response?.ok) {
            return;
        }
        if (response && response.status < 500) {
            throw new Error(`not finished: ${response.status} ${await response.text()}`);
        }
        await sleep(wait);
    }
}

async function read(request) {
    let text = "";
    for await (const piece of request.setEncoding("utf8")) {
        if ((text += piece).length > 100_000) {
            throw new Error("too long");
        }
    }
    return text;
}

function send(response, status, json) {
    response.writeHead(status, { "content-type": "application/json" }).end(json && JSON.stringify(json));
}

const routes = { "POST /ticket": ticket, [`POST ${new URL(RECEIVER).pathname}`]: stored };

createServer((request, response) => {
    const route = routes[`${request.method} ${request.url}`];
    Promise.resolve(route ? route(request, response) : send(response, 404)).catch((e) => {
        console.error(e); // for us, not for whoever asks
        send(response, 500, { message: "that did not work" });
    });
}).listen(Number(PORT), function () {
    console.log(`listening ${this.address().port}`);
});
