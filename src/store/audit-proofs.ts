// Collection `audit_proofs`.
import { type Connection, Schema } from 'mongoose';

/** What the last proof of the audit found; of it there is one. */
export interface AuditProof {
  _id: 'revocations';
  at: Date;
  /** Certificates that no entry named, or more than one did. */
  found: number;
  /** How many of them could not be put right. */
  left: number;
  /** The last proof that found any; null: none ever has. */
  last_gap: { at: Date; found: number } | null;
}

const schema = new Schema<AuditProof>(
  {
    _id: { type: String, required: true },
    at: { type: Date, required: true },
    found: { type: Number, required: true },
    left: { type: Number, required: true },
    last_gap: { type: Schema.Types.Mixed, default: null },
  },
  { versionKey: false },
);

/** The last proof of the audit of revocations. */
export function auditProofStore(connection: Connection) {
  const model = connection.model('AuditProof', schema, 'audit_proofs');
  return {
    /** Null: there has been none yet. */
    find: () => model.findById('revocations').lean().exec(),
    save: async ({ at, found, left }: Pick<AuditProof, 'at' | 'found' | 'left'>) => {
      const last_gap = found > 0 ? { last_gap: { at, found } } : {};
      const proof = { at, found, left, ...last_gap };
      await model.updateOne({ _id: 'revocations' }, { $set: proof }, { upsert: true });
    },
  };
}
