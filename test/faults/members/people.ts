import { randomBytes } from 'node:crypto';
import type { Certificate } from '../../../src/store/certificates';
import { collections } from '../../helpers/collections';
import { makeCertificate } from '../../helpers/company';
import type { Scene } from '../scene';

const INSERTED_AT_A_TIME = 500;

/** Somebody with two certificates. */
export interface Person {
  email: string;
  ids: [string, string];
  sessions: [string, string];
}

/** People for a campaign to call about; made between faults, as MongoDB must be there. */
export class People {
  private readonly waiting: Person[] = [];
  private original: Certificate | null = null;
  private made = 0;

  constructor(private readonly scene: Scene) {}

  /** Somebody new. */
  take(): Person {
    const person = this.waiting.pop();
    if (!person) throw new Error('too few people were made for this round');
    return person;
  }

  takeMany(count: number): Person[] {
    return Array.from({ length: count }, () => this.take());
  }

  async refill(count: number): Promise<void> {
    const { certificates } = collections(this.scene.ctx);
    while (this.waiting.length < count) {
      const people = Array.from({ length: INSERTED_AT_A_TIME }, () => this.newPerson());
      const original = await this.registered();
      const copies = people.flatMap(({ email, ids, sessions }) =>
        ids.map((_id, i) => ({
          ...original,
          _id,
          session_id: sessions[i] ?? '',
          // Both: a worker writes hashes again from what they were made of.
          email,
          email_hash: this.scene.ctx.identifiers.ofPerson('email', email),
        })),
      );
      await certificates.insertMany(copies);
      this.waiting.push(...people);
    }
  }

  private async registered(): Promise<Certificate> {
    if (this.original) return this.original;
    const { ctx, company } = this.scene;
    const { id } = await makeCertificate(ctx, company, { email: 'first@example.com' });
    const original = await collections(ctx).certificates.findOne({ _id: id });
    if (!original) throw new Error('a registered certificate is not there');
    this.original = original;
    return original;
  }

  private newPerson(): Person {
    const name = `${String((this.made += 1))}-${randomBytes(4).toString('hex')}`;
    return {
      email: `person-${name}@example.com`,
      ids: [`certificate-${name}-a`, `certificate-${name}-b`],
      sessions: [`session-${name}-a`, `session-${name}-b`],
    };
  }
}
