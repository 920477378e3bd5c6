import type { Receipt } from '../../../src/core/proof/receipt';
import type { Service } from '../../helpers/service';
import { submit } from './forms';

/** Opting out at the portal, as far as its last page, and what is to be had there. */
export function portalScene(service: () => Service) {
  const find = (identifier: string) => submit(service(), '/opt-out/find', { identifier });

  /** Sends the last form; gives the path of the last page. */
  async function confirm(form: Record<string, string> | [string, string][]): Promise<string> {
    const sent = await fetch(`${service().url}/opt-out/confirm`, {
      method: 'POST',
      headers: { origin: service().url },
      body: new URLSearchParams(form),
      redirect: 'manual',
    });
    expect(sent.status).toBe(303);
    return sent.headers.get('location')!;
  }

  /** Opts out without the code, as anybody can do for anybody. */
  const optOut = async (identifier: string, more: Record<string, string> = {}) =>
    confirm({ token: (await find(identifier)).token, ...more });

  const get = (path: string, headers: Record<string, string> = {}) =>
    fetch(service().url + path, { headers, redirect: 'manual' });

  async function receiptAt(path: string): Promise<Receipt> {
    const response = await get(`${path}/receipt.json`);
    expect([response.status, response.headers.get('content-disposition')]).toEqual([
      200,
      'attachment; filename="receipt.json"',
    ]);
    return (await response.json()) as Receipt;
  }

  return { find, confirm, optOut, get, receiptAt };
}
