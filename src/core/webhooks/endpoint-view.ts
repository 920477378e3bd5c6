import type { WebhookEndpoint } from '../../store/webhook-endpoints';

/** An endpoint as it goes over the wire; never its secrets. */
export function endpointView(endpoint: WebhookEndpoint) {
  const { _id, url, events, description, enabled, created_at, sequence } = endpoint;
  const [, previous] = endpoint.secrets;
  return {
    endpoint_id: _id,
    url,
    /** Null: all. */
    events,
    description,
    enabled,
    disabled_reason: endpoint.disabled_reason,
    disabled_at: endpoint.disabled_at?.toISOString() ?? null,
    created_at: created_at.toISOString(),
    sequence,
    last_success_at: endpoint.last_success_at?.toISOString() ?? null,
    failing_since: endpoint.failing_since?.toISOString() ?? null,
    last_failure: endpoint.last_failure && {
      at: endpoint.last_failure.at.toISOString(),
      failure: endpoint.last_failure.failure,
    },
    /** Until when the secret before the current one signs along. */
    previous_secret_until: previous?.until?.toISOString() ?? null,
  };
}
export type EndpointView = ReturnType<typeof endpointView>;
