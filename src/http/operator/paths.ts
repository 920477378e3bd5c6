/** Where the queue board is. */
export const QUEUE_BOARD_PATH = '/operator/queues';
