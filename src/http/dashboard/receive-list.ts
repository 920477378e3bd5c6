import { type IncomingUpload, receiveUpload } from '../../core/batches/receive-upload';
import { MAX_UPLOAD_BYTES, type StoredUpload } from '../../core/batches/store-upload';
import type { BatchKind } from '../../core/batches/batch-view';
import { AppError } from '../../errors';
import { field, type Redirect } from '../pages/page-router';
import { receiveFile } from '../receive-file';
import {
  type DashboardCall,
  type DashboardPage,
  type DashboardRoutes,
  requireFormToken,
} from './dashboard-route';

type Result = DashboardPage | Redirect;

/**
 * Receives the CSV file of a form, which has the form token before the file.
 * @param accept makes it a batch, or says what is wrong with other fields: then nothing is kept
 * @param refused shows the form again, with what is wrong with the file
 */
export async function receiveList(
  { ctx }: DashboardRoutes,
  call: DashboardCall,
  {
    kind,
    accept,
    refused,
  }: {
    kind: BatchKind;
    accept: (stored: StoredUpload, accept: IncomingUpload['accept']) => Promise<Result>;
    refused: (said: { status: number; error: string }) => Promise<Result>;
  },
): Promise<Result> {
  const { request, by } = call;
  try {
    return await receiveUpload({
      ctx,
      companyId: by.company.company_id,
      caller: by.caller,
      kind,
      work: async (incoming) => {
        const { taken } = await receiveFile(request, MAX_UPLOAD_BYTES, async (source, name) => {
          // Its field comes before the file, so that nothing is kept without it.
          requireFormToken(by, field(request, 'form_token'));
          return incoming.take(source, name);
        });
        return accept(taken, incoming.accept);
      },
    });
  } catch (error) {
    return refused(whatIsWrong(call, error));
  }
}

/** What is wrong with the file, to be said beside its field. */
function whatIsWrong({ t }: DashboardCall, error: unknown): { status: number; error: string } {
  if (!(error instanceof AppError)) throw error;
  const { file, noFile, tooLarge } = t.dashboard.errors;
  if (error.code === 'payload_too_large') return { status: 413, error: tooLarge };
  if (error.status === 429) return { status: 429, error: error.message };
  const detail = error.extra.details?.find(({ path }) => path === 'file');
  if (error.code !== 'invalid_request' || !detail) throw error;
  const missing = detail.message.startsWith('is required');
  return { status: 400, error: missing ? noFile : file(detail.message) };
}
