import { readFileSync } from 'node:fs';
import { once } from 'node:events';
import path from 'node:path';
import type { Context } from '../../src/context';
import { openContext } from '../helpers/context';
import { REGIONS } from '../../src/store/regions';
import { DAY_MS } from '../../src/lib/durations';
import { database } from '../helpers/collections';
import { readConfig } from '../../src/config';
import { testEnvironment } from '../helpers/settings';
import { ensureIndexes } from '../helpers/indexes';

const README = readFileSync(path.join(__dirname, '../../README.md'), 'utf8');

let ctx: Context;
let close: () => Promise<void>;

beforeAll(async () => {
  // Databases that are used again may have what other tests made.
  ({ ctx, close } = await openContext(readConfig(testEnvironment()), 'script'));
  await ensureIndexes(ctx);
  // GridFS makes the collections of a bucket with its first file.
  for (const part of Object.values(ctx.store)) {
    if (!('write' in part && 'delete' in part)) continue;
    const file = part.write('kept');
    file.end('text');
    await once(file, 'finish');
    await part.delete('kept');
  }
});
afterAll(() => close());

/** The rows of the table, by each of the collections that a row is about. */
function rows(): Map<string, { kept: string; remains: string }> {
  const section = README.split('### What is kept how long')[1]?.split('\n## ')[0] ?? '';
  const found = new Map<string, { kept: string; remains: string }>();
  for (const line of section.split('\n')) {
    const [names = '', kept = '', remains = ''] = line.split('|').slice(1, -1);
    for (const [, name = ''] of names.matchAll(/`([a-z_.]+)`/g)) {
      expect([name, found.has(name)]).toEqual([name, false]);
      found.set(name, { kept: kept.trim(), remains: remains.trim() });
    }
  }
  return found;
}

async function stored(): Promise<string[]> {
  const names = new Set<string>();
  for (const region of REGIONS) {
    for (const { collectionName } of await database(ctx, region).collections()) {
      if (!collectionName.startsWith('system.')) names.add(collectionName);
    }
  }
  return [...names].sort();
}

test('the README states a life for each collection, and for no other', async () => {
  const stated = rows();
  expect([...stated.keys()].sort()).toEqual(await stored());
  for (const { kept, remains } of stated.values()) {
    expect(kept).not.toBe('');
    expect(remains).not.toBe('');
  }
});

test('what the README gives a time, MongoDB removes at that time', async () => {
  const timed = [...rows()].filter(([, { kept }]) => /\d (days|hours|minutes)/.test(kept));
  const lives = new Map<string, number>();
  for (const collection of await database(ctx).collections()) {
    for (const { expireAfterSeconds } of await collection.indexes()) {
      if (typeof expireAfterSeconds === 'number') {
        lives.set(collection.collectionName, expireAfterSeconds);
      }
    }
  }
  expect(timed.map(([name]) => name).sort()).toEqual([...lives.keys()].sort());
  for (const [name, { kept }] of timed) {
    const days = ((lives.get(name) ?? 0) * 1_000) / DAY_MS;
    // 0: each document has a time of its own.
    if (days > 0) expect(`${name}: ${kept}`).toContain(` ${days.toLocaleString('en')} days`);
  }
});
