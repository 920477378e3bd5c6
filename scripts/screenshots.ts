/**
 * `npm run screenshots`: takes the README's pictures of the running product and writes them to
 * `.github/screenshots/`. It runs web and worker processes over a MongoDB and a Redis of its own
 * and throws all of it away afterwards. Names of pictures as arguments take only those.
 */
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { chromium } from 'playwright-core';
import { readConfig } from '../src/config';
import type { Context } from '../src/context';
import { createContext } from '../src/create-context';
import { type Child, startChild } from './bench/children';
import { makeHealthDay } from './screenshots/health-day';
import { PICTURES } from './screenshots/pictures';
import { makeScene, type Scene } from './screenshots/scene';
import { findChromium } from './services';
import { closeCollections } from './services/collections';
import { withThrowawayServices } from './services/throwaway';

const FOLDER = path.join('.github', 'screenshots');
const OPERATOR_TOKEN = 'screenshots-operator-token-0123456789';

const say = (line: string) => console.error(line);

async function main(names: string[]): Promise<void> {
  const unknown = names.filter((name) => !Object.hasOwn(PICTURES, name));
  if (unknown.length > 0) throw new Error(`There is no picture ${unknown.join(', ')}.`);
  const executablePath = process.env.TEST_CHROMIUM ?? (await findChromium(say));
  await withThrowawayServices('screenshots', say, async (mongoUri, redisUrl) => {
    const env = settings(mongoUri, redisUrl);
    await withContext(env, ({ store }) => store.createIndexes());
    await withProcesses(env, async (origin) => {
      say('demo data …');
      // Beside a worker, so that nothing of it is left lying when the pictures are taken.
      const scene = await withContext(env, async (ctx) => {
        await makeHealthDay(ctx);
        return makeScene(ctx);
      });
      await takePictures(executablePath, origin, scene, names);
    });
  });
}

function settings(mongoUri: string, redisUrl: string): Record<string, string> {
  const uri = new URL(mongoUri);
  uri.pathname = '/screenshots';
  return {
    MONGODB_URI: uri.href,
    REDIS_URL: redisUrl,
    REDIS_PREFIX: 'screenshots',
    OPERATOR_TOKEN,
    IDENTIFIER_KEY: 'screenshots-identifier-key-0123456789',
    PORTAL_MODE: 'masked',
    HOST: '127.0.0.1',
    PORT: '0',
    WORKER_METRICS_PORT: '0',
    LOG_LEVEL: 'info',
  };
}

async function withContext<T>(
  env: Record<string, string>,
  work: (ctx: Context) => Promise<T>,
): Promise<T> {
  const { ctx, close } = await createContext(readConfig({ ...env, LOG_LEVEL: 'silent' }), 'script');
  try {
    return await work(ctx);
  } finally {
    await closeCollections();
    await close();
  }
}

async function withProcesses(
  env: Record<string, string>,
  work: (origin: string) => Promise<void>,
): Promise<void> {
  const children: Child[] = [];
  const start = async (file: string, ready: string): Promise<Child> => {
    const child = await startChild(file, env, ({ msg }) => msg === ready);
    children.push(child);
    return child;
  };
  try {
    const web = await start('src/server.ts', 'listening');
    await start('workers/main.ts', 'worker ready');
    await work(`http://127.0.0.1:${String(web.ready.port)}`);
  } finally {
    await Promise.all(children.map((child) => child.stop()));
  }
}

async function takePictures(
  executablePath: string,
  origin: string,
  scene: Scene,
  names: string[],
): Promise<void> {
  // Its sandbox does not work for root, which is what containers are; the pages are our own.
  const browser = await chromium.launch({
    executablePath,
    args: ['--no-sandbox'],
    handleSIGINT: false,
    handleSIGTERM: false,
  });
  try {
    await mkdir(FOLDER, { recursive: true });
    for (const [name, take] of Object.entries(PICTURES)) {
      if (names.length > 0 && !names.includes(name)) continue;
      const file = path.join(FOLDER, `${name}.png`);
      await take({ browser, origin, scene, operatorToken: OPERATOR_TOKEN, file });
      console.log(file);
    }
  } finally {
    await browser.close();
  }
}

void main(process.argv.slice(2)).catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
