import { type SentinelConnectionOptions, SentinelConnector } from 'ioredis';

/**
 * Finds the master by asking Sentinels, as ioredis does. Its own connector takes their news of another
 * master also while it connects: it then gives that up, and its connection is closed for good.
 */
export class SteadySentinelConnector extends SentinelConnector {
  /** @param options all of the connection, as ioredis gives them */
  constructor(options: unknown) {
    super(options as SentinelConnectionOptions);
  }

  override connect(
    ...args: Parameters<SentinelConnector['connect']>
  ): ReturnType<SentinelConnector['connect']> {
    // Ends what listens for news; the connection that it was made for has closed.
    this.disconnect();
    return super.connect(...args);
  }
}
