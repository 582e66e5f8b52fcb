// Mints an upload ticket with the fleet's key ring, for back ends that are not written in Java.
//
//     npm ci
//     node mint.mjs /etc/photos/receipts.json '{"sub":"ann","files":3,"maxSize":20000000,"types":["image/*"]}'
import { readFile } from "node:fs/promises";
import { randomUUID } from "node:crypto";
import { pathToFileURL } from "node:url";
import { importJWK, SignJWT } from "jose";

export async function mint(ringFile, claims) {
    const ring = JSON.parse(await readFile(ringFile, "utf8")); // each time: it changes when keys are rotated
    const now = Math.floor(Date.now() / 1000);

    // The signing key whose time has come last: a newer one may stand in the file before it signs.
    const key = ring.keys
        .filter((k) => k.use === "sig" && (k.nbf ?? 0) <= now && (k.exp ?? Infinity) > now)
        .reduce((last, k) => ((k.nbf ?? 0) >= (last.nbf ?? 0) ? k : last));

    const ticket = {
        jti: randomUUID(),          // tickets of one id share their slots
        until: now + 24 * 60 * 60,  // when the uploads themselves expire
        files: 1,
        ...claims,
    };
    return new SignJWT(ticket)
        .setProtectedHeader({ typ: "upload-ticket+jwt", alg: key.alg, kid: key.kid })
        .setIssuer(ring.fleet)
        .setAudience("uploads")
        .setIssuedAt(now)
        .setExpirationTime(now + 60 * 60)
        .sign(await importJWK(key));
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
    const [ringFile, claims] = process.argv.slice(2);
    console.log(await mint(ringFile, JSON.parse(claims)));
}
