import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { suppressionList } from './suppression-list';
import type { Scene } from './scene';

const DESKTOP = { width: 1280, height: 800 };
/** High enough for some rows of a list. */
const DESKTOP_LIST = { width: 1280, height: 900 };
const PHONE = { width: 390, height: 844 };
/** Others may share the machine, so that anything may take long. */
const PATIENCE_MS = 180_000;

/** What is needed for a picture, and the PNG to write. */
export interface Shot {
  browser: Browser;
  origin: string;
  scene: Scene;
  operatorToken: string;
  file: string;
}

/** The pictures by their names, in the order in which they are taken: the last one changes most. */
export const PICTURES: Record<string, (shot: Shot) => Promise<void>> = {
  portal: takePortal,
  overview: takeOverview,
  certificates: takeCertificates,
  'queue-health': takeQueueHealth,
  batch: takeBatch,
};

/** What a consumer sees who entered an email on a phone, before anything is revoked. */
async function takePortal({ scene, ...shot }: Shot): Promise<void> {
  await inWindow(shot, { viewport: PHONE, isMobile: true, hasTouch: true }, async (page) => {
    await page.goto(`/opt-out?company=${scene.companyId}`);
    await page.getByLabel('Email, phone number or certificate ID').fill(scene.consumerEmail);
    await page.getByRole('button', { name: 'Find my consent' }).click();
    await page.getByRole('heading', { level: 1, name: /^We found/ }).waitFor();
    await write(page, shot.file);
  });
}

/** What a company sees after signing in, once its chart is drawn. */
async function takeOverview({ scene, ...shot }: Shot): Promise<void> {
  await inWindow(shot, { viewport: DESKTOP_LIST }, async (page) => {
    await signIn(page, scene, '');
    await page.locator('[data-chart] canvas').first().waitFor();
    await write(page, shot.file);
  });
}

async function takeCertificates({ scene, ...shot }: Shot): Promise<void> {
  await inWindow(shot, { viewport: DESKTOP_LIST }, async (page) => {
    await signIn(page, scene, 'certificates');
    await write(page, shot.file);
  });
}

async function takeQueueHealth({ operatorToken, ...shot }: Omit<Shot, 'scene'>): Promise<void> {
  await inWindow(shot, {}, async (page) => {
    await page.goto('/operator/login');
    await page.getByLabel('Email').fill('operator');
    await page.getByLabel('Password').fill(operatorToken);
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.locator('[data-chart] canvas').last().waitFor();
    // What the last sample left; a beat of each process comes within seconds.
    await page.getByText('Nothing needs you', { exact: true }).waitFor({ timeout: PATIENCE_MS });
    await write(page, shot.file, { fullPage: true });
  });
}

/** A batch in the middle of its file: it has to be caught there. */
async function takeBatch({ scene, ...shot }: Shot): Promise<void> {
  await inWindow(shot, {}, async (page) => {
    await signIn(page, scene, 'revocations');
    await page.getByLabel('Reason').fill('Suppression list of the autumn campaign');
    const buffer = suppressionList(scene.crowd);
    const list = { name: 'suppression-list.csv', mimeType: 'text/csv', buffer };
    await page.getByLabel('CSV file').setInputFiles(list);
    await page.getByRole('button', { name: 'Upload', exact: true }).click();
    await page.getByRole('button', { name: 'Commit', exact: true }).click({ timeout: PATIENCE_MS });
    await waitUntilHalfway(page);
    await write(page, shot.file, { fullPage: true });
    // The page goes on while its picture is taken.
    if (!(await page.evaluate<boolean>(IS_UNDER_WAY))) throw new Error(TOO_SHORT);
  });
}

const TOO_SHORT = 'The batch was done before its picture: its file has to be longer.';
const IS_UNDER_WAY = `document.querySelector('#poll') !== null`;
const IS_HALFWAY = `(() => {
  const { position } = document.querySelector('progress');
  const told = document.querySelector('#batch').textContent;
  return position > 0.4 && told.includes('Revoking') && told.includes(' left');
})()`;

/** Waits until the bar has come half of its way, with rate and time left beside it. */
async function waitUntilHalfway(page: Page): Promise<void> {
  const committed = page.getByRole('button', { name: 'Commit', exact: true });
  await committed.waitFor({ state: 'detached' });
  await page.waitForFunction(`!(${IS_UNDER_WAY}) || ${IS_HALFWAY}`, null, {
    timeout: PATIENCE_MS,
  });
  if (!(await page.evaluate<boolean>(IS_UNDER_WAY))) throw new Error(TOO_SHORT);
}

async function signIn(page: Page, { user }: Scene, section: string): Promise<void> {
  const path = `/dashboard${section && `/${section}`}`;
  await page.goto(`/dashboard/login?next=${path}`);
  await page.getByLabel('Email').fill(user.email);
  await page.getByLabel('Password').fill(user.password);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.waitForURL(`**${path}`);
}

/** @throws when a page had an exception, or asked another server than ours */
async function inWindow(
  { browser, origin }: Pick<Shot, 'browser' | 'origin'>,
  options: BrowserContextOptions,
  work: (page: Page) => Promise<void>,
): Promise<void> {
  const context = await browser.newContext({
    baseURL: origin,
    viewport: DESKTOP,
    deviceScaleFactor: 1,
    colorScheme: 'light',
    reducedMotion: 'reduce',
    locale: 'en-US',
    // A picture is taken with a style of Playwright's own, which our policy would refuse.
    bypassCSP: true,
    ...options,
  });
  const problems: string[] = [];
  context.on('weberror', (error) => problems.push(error.error().message));
  context.on('request', (request) => {
    const url = request.url();
    if (!url.startsWith(`${origin}/`) && !url.startsWith('data:')) problems.push(`asked ${url}`);
  });
  try {
    await work(await context.newPage());
  } finally {
    await context.close();
  }
  if (problems.length > 0) throw new Error(problems.join('\n'));
}

async function write(page: Page, file: string, { fullPage = false } = {}): Promise<void> {
  await page.screenshot({ path: file, animations: 'disabled', fullPage });
}
