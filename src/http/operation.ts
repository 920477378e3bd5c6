import type { Router } from 'express';
import type { z } from 'zod';

/** What a success holds: JSON of this schema, other media types by name, or no body. */
export type AnswerContent = z.ZodType | Record<string, z.ZodType> | null;

/** How a call is described to those who use it; the description is built from nothing else. */
export interface Operation {
  /** Unique; generated clients name their functions by it. */
  id: string;
  summary: string;
  description?: string;
  /** Every success by its status; refusals come from the dialect. */
  answers: Record<number, AnswerContent>;
  /** Statuses of refusals that not every call of the dialect has. */
  refusals?: number[];
  /** Where credentials differ from those of the dialect. */
  credentials?: 'none' | 'optional';
  /** Headers of a success besides those that every answer has. */
  headers?: Record<string, string>;
}

/** A call that a router serves. */
export interface Declared {
  method: 'get' | 'post' | 'patch' | 'put' | 'delete';
  /** Pattern of Express. */
  path: string;
  operation: Operation;
  params?: z.ZodType | undefined;
  query?: z.ZodType | undefined;
  body?: z.ZodType | undefined;
  /** Media types of the body, where it is not JSON. */
  bodyTypes?: string[] | undefined;
}

const declared = new WeakMap<Router, Declared[]>();

/** Remembers that a router serves a call. */
export function declare(router: Router, route: Declared): void {
  declared.set(router, [...declaredOn(router), route]);
}

/** The calls of a router, in the order in which they were mounted. */
export function declaredOn(router: Router): Declared[] {
  return declared.get(router) ?? [];
}
