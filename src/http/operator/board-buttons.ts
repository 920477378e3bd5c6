import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import type { RequestHandler } from 'express';

/** What the board has buttons for and we refuse, by the names of their texts; those of a job apart. */
export const REFUSED = [
  'QUEUE.ACTIONS.CLEAN_ALL',
  'QUEUE.ACTIONS.EMPTY',
  'QUEUE.ACTIONS.OBLITERATE',
  'QUEUE.ACTIONS.ADD_JOB',
  'QUEUE.ACTIONS.SET_CONCURRENCY',
  'QUEUE.ACTIONS.SET_RATE_LIMIT',
  'SCHEDULERS.ACTIONS.RUN',
  'SCHEDULERS.ACTIONS.EDIT',
  'SCHEDULERS.ACTIONS.REMOVE',
] as const;

const LOCALES = path.join(
  path.dirname(require.resolve('@bull-board/ui/package.json')),
  'dist/static/locales',
);
/** Below the board's path. */
export const SCRIPT_PATH = '/static/offered.js';

/** Of the board, one for each of its languages; read once. */
let boardMessages: unknown[] | undefined;

function allMessages(): unknown[] {
  boardMessages ??= readdirSync(LOCALES).map((locale): unknown =>
    JSON.parse(readFileSync(path.join(LOCALES, locale, 'messages.json'), 'utf8')),
  );
  return boardMessages;
}

/**
 * The board's own text for something, in each of its languages.
 * @throws TypeError when the board has no such text in any of them
 */
export function boardTexts(name: string): string[] {
  const found = allMessages().flatMap((messages) => {
    let text = messages;
    for (const key of name.split('.')) text = (text as Record<string, unknown> | undefined)?.[key];
    return typeof text === 'string' ? [text] : [];
  });
  if (found.length === 0) throw new TypeError(`the queue board has no text ${name}`);
  return found;
}

/** The board has no setting for it: a script of ours takes the buttons away that we refuse. */
export function serveOffered(): RequestHandler {
  const texts = JSON.stringify([...new Set(REFUSED.flatMap(boardTexts))]);
  const script = `'use strict';
(() => {
  const refused = new Set(${texts});
  const offeredOfJobs = new Set(['RETRY', 'PROMOTE']);
  const textsOf = (one) => [one.getAttribute('aria-label'), one.title, one.textContent.trim()];
  const show = (one, isOffered) => {
    // React gives an element another text and keeps it.
    const display = isOffered ? '' : 'none';
    if (one.style.display !== display) one.style.display = display;
  };
  // The buttons of a job are icons without a text; React knows what they are.
  const keyOf = (one) => one[Object.keys(one).find((name) => name.startsWith('__reactFiber$'))]?.key;
  const hide = () => {
    for (const one of document.querySelectorAll('button, [role="menuitem"]')) {
      show(one, !textsOf(one).some((text) => refused.has(text)));
    }
    for (const one of document.querySelectorAll('ul[class*="jobActions"] > li')) {
      show(one, offeredOfJobs.has(keyOf(one)));
    }
  };
  const what = { childList: true, subtree: true, characterData: true };
  new MutationObserver(hide).observe(document.body, what);
  hide();
})();
`;
  return (_request, response) => {
    response.type('text/javascript').set('Cache-Control', 'no-cache').send(script);
  };
}

/** Puts that script into the board's page. */
export const withOffered: RequestHandler = (_request, response, next) => {
  const send = response.send.bind(response);
  const tag = `<script defer src="${SCRIPT_PATH.slice(1)}"></script></body>`;
  response.send = (body: unknown) =>
    send(
      typeof body === 'string' && body.startsWith('<!DOCTYPE html>')
        ? body.replace('</body>', tag)
        : body,
    );
  next();
};
