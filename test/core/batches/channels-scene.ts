import { revokeByIdentifiers } from '../../../src/core/revocations/revoke-by-identifiers';
import type { Batch } from '../../../src/store/batches';
import { type Channel, CHANNELS } from '../../../src/store/certificates';
import { CALLER, makeCertificate } from '../../helpers/company';
import { type CsvScene, errorsOf } from './scene';

/** A CSV file of these lines. */
export const csv = (...lines: string[]): string => `${lines.join('\n')}\n`;

/** The lines of a batch that were not revoked, as `line reason`. */
export const outcomesOf = async (scene: CsvScene, batch: Batch) =>
  (await errorsOf(scene, batch)).map((line) => line.replace(/ .* /, ' '));

/** People with a certificate each, and what they are opted out of; of the scene at that time. */
export function peopleOf(sceneNow: () => CsvScene) {
  const flags = async (id = '') => {
    const { ctx, company } = sceneNow();
    return (await ctx.store.certificates.find(company.id, id))!.opt_out;
  };
  return {
    /** Registers certificates; gives their ids by the name of whoever each is of. */
    make: async (...names: string[]): Promise<Record<string, string>> => {
      const { ctx, company } = sceneNow();
      const made = names.map(async (name) => {
        const email = `${name}@example.com`;
        return [name, (await makeCertificate(ctx, company, { email })).id] as const;
      });
      return Object.fromEntries(await Promise.all(made));
    },
    flags,
    /** What a certificate is opted out of. */
    optedOut: async (id?: string): Promise<Channel[]> => {
      const { revoke, channels = [] } = await flags(id);
      return revoke ? [...CHANNELS] : channels;
    },
    optOut: (name: string, channels?: Channel[]) => {
      const { ctx, company } = sceneNow();
      const identifiers = { email: `${name}@example.com` };
      const who = { companyId: company.id, identifiers, caller: CALLER };
      return revokeByIdentifiers({ ctx, ...who, method: 'api', channels });
    },
  };
}
