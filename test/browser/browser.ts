/**
 * Real Chromium for tests of pages. `openVisitor` opens a page with guards: anything the policy
 * refuses, an error on the console, an exception or a request to any server but ours fails the test
 * in `leave`. `inspect` looks at the page as it is, in light and dark, at the visitor's size and at
 * 320 pixels: axe must find nothing, and nothing may scroll sideways.
 */
import { readFileSync } from 'node:fs';
import {
  type Browser,
  type BrowserContext,
  type BrowserContextOptions,
  chromium,
  type ConsoleMessage,
  type Page,
} from 'playwright-core';

export const PHONE = { width: 360, height: 740 };
const NARROWEST = { width: 320, height: 640 };
const RULES = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];
/** The rules whose findings depend on the colours, and so differ in the dark. */
const COLOUR_RULES = ['color-contrast', 'link-in-text-block'];
const AXE = readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8');
/** What Chromium logs for every 4xx answer; tests expect some. */
const REFUSAL = /^Failed to load resource: the server responded with a status of 4\d\d/;
const ACTION_TIMEOUT_MS = 15_000;

/** Somebody with a browser window of their own. */
export interface Visitor {
  page: Page;
  context: BrowserContext;
  /** What has gone wrong so far; `leave` fails unless this is empty. */
  problems: string[];
  /** Fails unless what is shown is accessible and fits the screen; `except` is others' work (CSS selector). */
  inspect: (except?: string) => Promise<void>;
  /** Closes the window; fails if anything has gone wrong in it. */
  leave: () => Promise<void>;
}

/** Starts the Chromium that `npm test` found; to be closed by the test file. */
export function startBrowser(): Promise<Browser> {
  const executablePath = process.env.TEST_CHROMIUM;
  if (!executablePath) throw new Error('TEST_CHROMIUM is not set: run the tests by "npm test"');
  // Its sandbox does not work for root, which is what containers are; the pages are our own.
  return chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-gpu'] });
}

/**
 * Opens a window on a service.
 * @param origin the only server that the pages may talk to
 */
export async function openVisitor(
  browser: Browser,
  origin: string,
  options: BrowserContextOptions = {},
): Promise<Visitor> {
  const context = await browser.newContext({ baseURL: origin, viewport: PHONE, ...options });
  context.setDefaultTimeout(ACTION_TIMEOUT_MS);
  const problems = watch(context, origin);
  if (options.javaScriptEnabled !== false) await reportViolations(context);
  const page = await context.newPage();
  return {
    page,
    context,
    problems,
    inspect: (except) => inspect(page, except),
    leave: async () => {
      // By the time this is answered, the page has reported everything.
      await page.title();
      await context.close();
      expect(problems).toEqual([]);
    },
  };
}

function watch(context: BrowserContext, origin: string): string[] {
  const problems: string[] = [];
  context.on('console', (message: ConsoleMessage) => {
    const expected = REFUSAL.test(message.text()) && !message.location().url.includes('/assets/');
    if (message.type() === 'error' && !expected) problems.push(`console: ${message.text()}`);
  });
  context.on('weberror', (error) => problems.push(`exception: ${error.error().message}`));
  context.on('request', (request) => {
    const url = request.url();
    if (!url.startsWith(`${origin}/`) && !url.startsWith('data:')) problems.push(`asked ${url}`);
  });
  return problems;
}

/** Logs every violation of the policy on the console, where `watch` finds it. */
async function reportViolations(context: BrowserContext): Promise<void> {
  const script = `document.addEventListener('securitypolicyviolation', (event) =>
    console.error('policy: ' + event.violatedDirective + ' ' + event.blockedURI))`;
  await context.addInitScript({ content: script });
}

async function inspect(page: Page, except?: string): Promise<void> {
  const size = page.viewportSize() ?? PHONE;
  const found: string[] = [];
  for (const [colorScheme, rules] of [
    ['light', RULES],
    ['dark', COLOUR_RULES],
  ] as const) {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    found.push(
      ...(await axeViolations(page, rules, except)).map((one) => `${colorScheme}: ${one}`),
    );
  }
  await page.emulateMedia({ colorScheme: null, reducedMotion: null });
  for (const viewport of [size, NARROWEST]) {
    await page.setViewportSize(viewport);
    const beyond = await page.evaluate<number>(
      'document.scrollingElement.scrollWidth - document.scrollingElement.clientWidth',
    );
    if (beyond > 0) found.push(`${String(beyond)} px too wide at ${String(viewport.width)}`);
  }
  await page.setViewportSize(size);
  expect(found).toEqual([]);
}

async function axeViolations(
  page: Page,
  rules: readonly string[],
  except?: string,
): Promise<string[]> {
  // Through the debugger, which no policy of the page stops.
  if (!(await page.evaluate<boolean>('Boolean(window.axe)'))) {
    await page.evaluate(`(() => { ${AXE} })()`);
  }
  const options = JSON.stringify({ runOnly: rules, resultTypes: ['violations'] });
  const where = JSON.stringify({
    include: ['html'],
    exclude: except === undefined ? [] : [except],
  });
  return page.evaluate<string[]>(`axe.run(${where}, ${options}).then(({ violations }) =>
    violations.flatMap(({ id, nodes }) => nodes.map(({ html, failureSummary }) =>
      id + ' at ' + html + ': ' + failureSummary)))`);
}

/** Text of the focused element. */
export function focusedText(page: Page): Promise<string> {
  return page.evaluate<string>('document.activeElement.textContent.trim()');
}
