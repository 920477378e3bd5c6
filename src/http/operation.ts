import type { Router } from 'express';
import type { z } from 'zod';
import type { Scope } from '../core/credentials/scopes';

/** The body of a success: JSON of this schema, other media types by name, or none. */
export type AnswerContent = z.ZodType | Record<string, z.ZodType> | null;

/** Headers that a call may carry, by name. */
export type RequestHeaders = Record<string, { description: string; schema: object }>;

/** How a call is documented; the OpenAPI document is built from nothing else. */
export interface Operation {
  /** Unique; generated clients name their functions after it. */
  id: string;
  summary: string;
  /** What it does, in Markdown. The fields below tell what it costs, needs and refuses. */
  description: string;
  /** What a success costs; default: nothing. */
  costs?: string;
  /** Every success by its status; refusals come from the dialect. */
  answers: Record<number, AnswerContent>;
  /** When this call refuses, by status, beyond what is refused by every call of its dialect. */
  refusals?: Record<number, string>;
  /** Where the credentials differ from those of the dialect. */
  credentials?: 'none' | 'optional';
  /** The scope that a company's token needs; every call that takes such a token names one. */
  scope?: Scope;
  /** Headers that it may carry beyond those that every call of its dialect may. */
  takesHeaders?: RequestHeaders;
  /** Headers of a success beyond those that every answer has. */
  headers?: Record<string, string>;
}

/** A call that a router serves. */
export interface Declared {
  method: 'get' | 'post' | 'patch' | 'put' | 'delete';
  /** An Express pattern. */
  path: string;
  /** Where else it is served, as by earlier releases; not described. */
  otherPath?: string | undefined;
  operation: Operation;
  params?: z.ZodType | undefined;
  query?: z.ZodType | undefined;
  body?: z.ZodType | undefined;
  /** Media types of the body, where it is not JSON. */
  bodyTypes?: string[] | undefined;
}

const declared = new WeakMap<Router, Declared[]>();

/** Records that a router serves a call. */
export function declare(router: Router, route: Declared): void {
  declared.set(router, [...declaredOn(router), route]);
}

/** The calls of a router, in the order in which they were mounted. */
export function declaredOn(router: Router): Declared[] {
  return declared.get(router) ?? [];
}
