import { sendMail as send } from '../../src/core/delivery/send-mail';
import type { Handler } from '../handler';

/** Sends one mail. */
export const sendMail: Handler<'send-mail'> = ({ ctx, payload }) =>
  send({ ctx, mailId: payload.mail_id });
