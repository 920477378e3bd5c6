import type { Request } from 'express';
import type { Context } from '../../context';
import { baseUrl } from '../base-url';
import { LOGIN } from './paths';

/** Where links are, below the sign-in page. */
export const LINK_PATH = '/links/:secret';

/** The whole URL of a link by which an operator sets their password. */
export function linkUrl(ctx: Context, request: Request, secret: string): string {
  return baseUrl(request, ctx.config.publicUrl) + LOGIN + LINK_PATH.replace(':secret', secret);
}
