/**
 * Takes whoever has opted out off its own list, by polling the feed of revocations with nothing but
 * fetch. It may be killed at any moment: the list is stored before the cursor, so that at worst a page
 * comes again, and taking the same people off twice does no harm. The feed tells each revocation once:
 * check everybody whom you put on the list (/contact/check).
 * Settings: ECONSENT_API_TOKEN, with the scope `revoke`; LIST, a JSON file:
 * `{"people": {"<certificate_id>": {"channels": ["call", "text"], …}, …}}`; CURSOR, a file that it
 * keeps; and, unless the service is on this machine, RESCIND_URL. With `--once` it ends when there is
 * nothing more.
 */
import { open, readFile, rename } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';

const url = process.env.RESCIND_URL ?? 'http://127.0.0.1:3000';
const token = setting('ECONSENT_API_TOKEN');
const listFile = setting('LIST');
const cursorFile = setting('CURSOR');
const once = process.argv.includes('--once');

const POLL_SECONDS = 5;
const LIMIT = 200;

/** Who may be contacted, by the certificate, or the Attestr or Baanx consent, that proves it. */
interface List {
  people: Record<string, { channels: string[] }>;
}

interface Page {
  revocations: { channels: string[]; certificate_ids: string[]; consent_ids: string[] }[];
  next_cursor: string;
  has_more: boolean;
}

function setting(name: string): string {
  const value = process.env[name];
  if (!value) throw new Error(`${name} is not set`);
  return value;
}

/** Asks for the page after a cursor, or for the first one, until the service answers. */
async function poll(cursor: string | null): Promise<Page> {
  const query = new URLSearchParams({ limit: String(LIMIT), ...(cursor && { cursor }) });
  for (;;) {
    let waitSeconds = POLL_SECONDS;
    try {
      const headers = { Authorization: `Bearer ${token}` };
      const response = await fetch(`${url}/revocations?${query.toString()}`, { headers });
      const text = await response.text(); // Here, as it may be cut off.
      if (response.ok) return JSON.parse(text) as Page;
      // A service with an older database may not take the cursor: from the beginning nothing is missed.
      if (response.status === 400 && cursor) return await poll(null);
      if (![429, 500, 502, 503, 504].includes(response.status)) throw new Refused(text);
      waitSeconds = Number(response.headers.get('Retry-After') ?? POLL_SECONDS);
    } catch (error) {
      if (error instanceof Refused) throw error;
    }
    await sleep(waitSeconds * 1_000);
  }
}

/** What trying again does not help against. */
class Refused extends Error {}

/** Whoever has no channel left is gone from the list. Says how many entries it has changed. */
function takeOff(list: List, { revocations }: Page): number {
  const people = new Map(Object.entries(list.people));
  let count = 0;
  for (const { channels, certificate_ids, consent_ids } of revocations) {
    for (const id of [...certificate_ids, ...consent_ids]) {
      const person = people.get(id);
      if (!person) continue;
      person.channels = person.channels.filter((channel) => !channels.includes(channel));
      if (person.channels.length === 0) people.delete(id);
      count += 1;
    }
  }
  list.people = Object.fromEntries(people);
  return count;
}

/** Stores a file as a whole: whoever reads it finds what it was, or what it is now. */
async function store(file: string, text: string): Promise<void> {
  const beside = `${file}.new`;
  const handle = await open(beside, 'w');
  try {
    await handle.writeFile(text);
    await handle.sync();
  } finally {
    await handle.close();
  }
  await rename(beside, file);
}

/** Where the last run has come to; null at the very beginning. */
async function storedCursor(): Promise<string | null> {
  try {
    return await readFile(cursorFile, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}

/** Carries out a page. */
async function carryOut(page: Page): Promise<void> {
  if (page.revocations.length === 0) return;
  const list = JSON.parse(await readFile(listFile, 'utf8')) as List;
  const count = takeOff(list, page);
  await store(listFile, JSON.stringify(list));
  console.log(`${page.revocations.length} revocations, ${count} taken off`);
}

async function main(): Promise<void> {
  for (let cursor = await storedCursor(); ;) {
    const page = await poll(cursor);
    await carryOut(page);
    // Last, and never before: what it stands for is done.
    if (page.next_cursor !== cursor) await store(cursorFile, page.next_cursor);
    cursor = page.next_cursor;
    if (page.has_more) continue;
    if (once) return;
    await sleep(POLL_SECONDS * 1_000);
  }
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
});
