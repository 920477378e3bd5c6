// No collection: part of the documents of several.
import { Schema } from 'mongoose';

/** Who did something: a token, a property (by its public reference), a user of the dashboard … */
export interface Actor {
  type: 'token' | 'property' | 'api_key' | 'user' | 'operator' | 'consumer' | 'system';
  id: string | null;
}

export const actorSchema = new Schema<Actor>(
  { type: { type: String, required: true }, id: { type: String, default: null } },
  { _id: false },
);
