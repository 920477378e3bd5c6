import type { ApiKey } from '../../store/credentials';

/** A key pair without its secret. */
export interface ApiKeyView {
  api_key_id: string;
  /** The half that is not secret. */
  client_key: string;
  label: string | null;
  /** Times in ISO 8601. */
  created_at: string;
  /** Null: does not expire. */
  expires_at: string | null;
}

/** Translates a stored key pair; the hash of its secret stays inside. */
export function apiKeyView({
  _id,
  client_key,
  label,
  created_at,
  expires_at,
}: Omit<ApiKey, 'secret_hash'>): ApiKeyView {
  return {
    api_key_id: _id,
    client_key,
    label: label ?? null,
    created_at: created_at.toISOString(),
    expires_at: expires_at?.toISOString() ?? null,
  };
}
