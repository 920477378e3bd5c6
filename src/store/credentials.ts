// Collections `properties`, `tokens` and `api_keys`.
import { type Connection, Schema } from 'mongoose';
import { type Company, WITH_OWNER } from './companies';
import { maxTime, type Session } from './connection';

/** What a Bearer token may be used for. */
export const SCOPES = [
  'verify',
  'retain',
  'certificates',
  'revoke',
  'audit',
  'wallet',
  'contact',
  'webhooks',
] as const;
export type Scope = (typeof SCOPES)[number];

/** One site of a company. Its property id is the password of the pair `company_id` + `property_id`. */
export interface Property {
  /** Public reference (`ppt_…`), used wherever the property is named as the actor. */
  _id: string;
  company_id: string;
  property_id: string;
  name: string;
  domain: string;
  created_at: Date;
  /** Absent in older ones: not revoked. Its id is never free again. */
  revoked_at?: Date | null;
}

/** A Bearer token; the secret itself is not stored. */
export interface Token {
  _id: string;
  company_id: string;
  secret_hash: string;
  label: string;
  created_at: Date;
  expires_at: Date | null;
  revoked_at: Date | null;
  /** To the minute; absent until it is used. */
  last_used_at?: Date;
  /** Absent: only the company's limits apply. */
  limits?: TokenLimits;
  /** Absent in tokens made before there were scopes. */
  scopes?: Scope[];
}

/** Calls per second and per UTC day with one token; absent: unlimited. */
export interface TokenLimits {
  per_second?: number | undefined;
  per_day?: number | undefined;
}

/** Key pair of the Attestr and Baanx dialects; the secret itself is not stored. */
export interface ApiKey {
  _id: string;
  company_id: string;
  client_key: string;
  secret_hash: string;
  created_at: Date;
  /** These three are absent in older ones. */
  label?: string | null;
  /** Null: does not expire. */
  expires_at?: Date | null;
  revoked_at?: Date | null;
}

const propertySchema = new Schema<Property>(
  {
    _id: { type: String, required: true },
    company_id: { type: String, required: true },
    property_id: { type: String, required: true },
    name: { type: String, required: true },
    domain: { type: String, required: true },
    created_at: { type: Date, required: true },
    revoked_at: { type: Date, default: null },
  },
  { versionKey: false },
).index({ company_id: 1, property_id: 1 }, { unique: true });

const tokenSchema = new Schema<Token>(
  {
    _id: { type: String, required: true },
    company_id: { type: String, required: true },
    secret_hash: { type: String, required: true },
    label: { type: String, required: true },
    created_at: { type: Date, required: true },
    expires_at: { type: Date, default: null },
    revoked_at: { type: Date, default: null },
    last_used_at: Date,
    limits: Schema.Types.Mixed,
    // No default: it would read as "no scopes" in tokens that have none.
    scopes: { type: [String], default: undefined },
  },
  { versionKey: false },
)
  .index({ secret_hash: 1 }, { unique: true })
  .index({ company_id: 1, created_at: -1 });

const apiKeySchema = new Schema<ApiKey>(
  {
    _id: { type: String, required: true },
    company_id: { type: String, required: true },
    client_key: { type: String, required: true },
    secret_hash: { type: String, required: true },
    created_at: { type: Date, required: true },
    label: { type: String, default: null },
    expires_at: { type: Date, default: null },
    revoked_at: { type: Date, default: null },
  },
  { versionKey: false },
)
  .index({ client_key: 1 }, { unique: true })
  .index({ company_id: 1 });

/** A credential with the company that has it; none: the company is gone. */
export type Owned<Credential> = Credential & { owner: Company[] };

/** Properties, tokens and key pairs: everything a company can authenticate with. */
export function credentialStore(connection: Connection) {
  const properties = connection.model('Property', propertySchema, 'properties');
  const tokens = connection.model('Token', tokenSchema, 'tokens');
  const apiKeys = connection.model('ApiKey', apiKeySchema, 'api_keys');
  const inTime = maxTime(connection);
  return {
    insertProperty: async (property: Property, session?: Session) => {
      await properties.create([property], { session });
    },
    insertToken: async (token: Token, session?: Session) => {
      await tokens.create([token], { session });
    },
    insertApiKey: async (key: ApiKey, session?: Session) => {
      await apiKeys.create([key], { session });
    },
    /** One read for the tokens of many calls, and for the companies that have them. */
    tokensByHash: (hashes: string[]) =>
      tokens.collection
        .aggregate<Owned<Token>>([{ $match: { secret_hash: { $in: hashes } } }, WITH_OWNER], inTime)
        .toArray(),
    /** One read for the key pairs of many calls, and for the companies that have them. */
    apiKeysByClientKey: (clientKeys: string[]) =>
      apiKeys.collection
        .aggregate<Owned<ApiKey>>(
          [{ $match: { client_key: { $in: clientKeys } } }, WITH_OWNER],
          inTime,
        )
        .toArray(),
    /** One read for the properties of many calls. */
    propertiesById: (propertyIds: string[], companyIds: string[]) =>
      properties.collection
        .find<Property>(
          {
            company_id: { $in: companyIds },
            property_id: { $in: propertyIds },
            revoked_at: null,
          },
          inTime,
        )
        .toArray(),
    /** One that is not revoked, or null. */
    findProperty: (companyId: string, propertyId: string) =>
      properties
        .findOne({ company_id: companyId, property_id: propertyId, revoked_at: null })
        .lean()
        .exec(),
    /** The oldest property of a company that is not revoked, or null. */
    firstProperty: (companyId: string) =>
      properties
        .findOne({ company_id: companyId, revoked_at: null })
        .sort({ created_at: 1 })
        .lean()
        .exec(),
    /** Properties of a company that are not revoked, oldest first, at most 1,000. */
    listProperties: (companyId: string) =>
      properties
        .find({ company_id: companyId, revoked_at: null })
        .sort({ created_at: 1 })
        .limit(1_000)
        .lean()
        .exec(),
    findPropertyByRef: (companyId: string, ref: string) =>
      properties.findOne({ _id: ref, company_id: companyId, revoked_at: null }).lean().exec(),
    /**
     * Revokes a property once.
     * @param named its id or its public reference
     * @returns the reference; null when there is none or it is revoked already
     */
    revokeProperty: async (companyId: string, named: string, at: Date, session?: Session) => {
      const property = await properties
        .findOneAndUpdate(
          {
            company_id: companyId,
            $or: [{ property_id: named }, { _id: named }],
            revoked_at: null,
          },
          { $set: { revoked_at: at } },
          { session, projection: { _id: 1 } },
        )
        .lean()
        .exec();
      return property?._id ?? null;
    },
    /** Key pairs of a company that are not revoked, newest first, at most 1,000; without secrets. */
    listApiKeys: (companyId: string) =>
      apiKeys
        .find({ company_id: companyId, revoked_at: null }, { secret_hash: 0 })
        .sort({ created_at: -1 })
        .limit(1_000)
        .lean<Omit<ApiKey, 'secret_hash'>[]>()
        .exec(),
    /** Revokes a key pair once; its id, or null when there is none or it is revoked already. */
    revokeApiKey: async (companyId: string, clientKey: string, at: Date, session?: Session) => {
      const key = await apiKeys
        .findOneAndUpdate(
          { company_id: companyId, client_key: clientKey, revoked_at: null },
          { $set: { revoked_at: at } },
          { session, projection: { _id: 1 } },
        )
        .lean()
        .exec();
      return key?._id ?? null;
    },
    /** Tokens of a company that are not revoked, newest first, at most 1,000; without secrets. */
    listTokens: (companyId: string) =>
      tokens
        .find({ company_id: companyId, revoked_at: null }, { secret_hash: 0 })
        .sort({ created_at: -1 })
        .limit(1_000)
        .lean<Omit<Token, 'secret_hash'>[]>()
        .exec(),
    /** Notes that a token was used, unless that was noted after `notedBefore`. */
    markTokenUsed: async (tokenId: string, at: Date, notedBefore: Date) => {
      await tokens.updateOne(
        { _id: tokenId, $nor: [{ last_used_at: { $gt: notedBefore } }] },
        { $set: { last_used_at: at } },
      );
    },
    /** Revokes a token once; false when there is none or it is revoked already. */
    revokeToken: async (companyId: string, tokenId: string, at: Date, session?: Session) => {
      const result = await tokens.updateOne(
        { _id: tokenId, company_id: companyId, revoked_at: null },
        { $set: { revoked_at: at } },
        { session },
      );
      return result.modifiedCount === 1;
    },
  };
}
