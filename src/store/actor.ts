import { Schema } from 'mongoose';

/** Who did something: a token, a property (by its public reference), a key pair, the operator … */
export interface Actor {
  type: 'token' | 'property' | 'api_key' | 'operator' | 'consumer' | 'system';
  id: string | null;
}

export const actorSchema = new Schema<Actor>(
  { type: { type: String, required: true }, id: { type: String, default: null } },
  { _id: false },
);
