/** Where operators sign in. */
export const LOGIN = '/operator/login';
/** Where a sign-in that waits for a code goes on. */
export const CODE = `${LOGIN}/code`;
/** Where the queue board is. */
export const QUEUE_BOARD_PATH = '/operator/queues';
