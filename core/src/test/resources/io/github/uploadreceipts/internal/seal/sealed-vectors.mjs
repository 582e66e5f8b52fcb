// Seals and opens the vectors of the sealed format with nothing but Node's own cryptography.
import assert from 'node:assert/strict';
import {createCipheriv, createDecipheriv, createHash, hkdfSync} from 'node:crypto';
import {readFileSync} from 'node:fs';

const sha256 = (bytes) => createHash('sha256').update(bytes).digest('hex');
const bytes = (hex) => Buffer.from(hex, 'hex');

function additionalData(sealId, segment, last) {
  const index = Buffer.alloc(8);
  index.writeBigUInt64BE(BigInt(segment));
  return Buffer.concat([Buffer.of(1), sealId, index, Buffer.of(last ? 1 : 0)]);
}

const {vectors} = JSON.parse(readFileSync(process.argv[2]));
for (const vector of vectors) {
  const sealId = bytes(vector.sealId);
  const info = Buffer.concat([Buffer.from('upload-receipts/seal/1'), sealId]);
  const key = Buffer.from(hkdfSync('sha256', bytes(vector.contentKey), '', info, 32));
  assert.equal(key.toString('hex'), vector.cipherKey);

  const plain = Buffer.from(Array.from({length: vector.size}, (_, i) => i % 251));
  assert.equal(sha256(plain), vector.plainSha256);
  const count = Math.max(1, Math.ceil(vector.size / 65536));
  const sealed = vector.nonces.map((nonce, segment) => {
    const cipher = createCipheriv('aes-256-gcm', key, bytes(nonce));
    cipher.setAAD(additionalData(sealId, segment, segment === count - 1));
    const part = plain.subarray(segment * 65536, (segment + 1) * 65536);
    return Buffer.concat([bytes(nonce), cipher.update(part), cipher.final(), cipher.getAuthTag()]);
  });
  const stored = Buffer.concat(sealed);
  assert.equal(stored.length, vector.storedSize);
  assert.equal(stored.length, vector.size + 28 * count);
  assert.equal(sha256(stored), vector.storedSha256);
  assert.deepEqual(sealed.map((segment) => segment.subarray(-16).toString('hex')), vector.tags);
  if (vector.stored) assert.equal(stored.toString('hex'), vector.stored);

  const opened = [];
  for (let segment = 0; segment < count; segment++) {
    const part = stored.subarray(segment * 65564, (segment + 1) * 65564);
    const decipher = createDecipheriv('aes-256-gcm', key, part.subarray(0, 12));
    decipher.setAAD(additionalData(sealId, segment, segment === count - 1));
    decipher.setAuthTag(part.subarray(-16));
    opened.push(decipher.update(part.subarray(12, -16)), decipher.final());
  }
  assert.ok(Buffer.concat(opened).equals(plain));
}
console.log(`${vectors.length} vectors`);
