import { request as httpRequest, type IncomingHttpHeaders } from 'node:http';
import type { Context } from '../../../src/context';
import type { Batch } from '../../../src/store/batches';
import { collections, database } from '../../helpers/collections';
import { makeCertificate, type TestCompany } from '../../helpers/company';
import type { Reply, Service } from '../../helpers/service';

export const UPLOAD = '/revocations/csv';

export interface Form {
  file?: string | Buffer | Blob;
  filename?: string;
  fields?: Record<string, string>;
}

/** A multipart body with a file and fields, as browsers send it. */
export function form({ file, filename = 'list.csv', fields = {} }: Form): FormData {
  const body = new FormData();
  for (const [name, value] of Object.entries(fields)) body.append(name, value);
  if (file !== undefined) body.append('file', new Blob([file]), filename);
  return body;
}

/** Uploads as a company; `path` and headers are optional. */
export async function upload(
  service: Service,
  company: TestCompany,
  body: Form | FormData,
  { path = UPLOAD, headers = {} }: { path?: string; headers?: Record<string, string> } = {},
): Promise<Reply> {
  const response = await fetch(service.url + path, {
    method: 'POST',
    headers: { authorization: `Bearer ${company.token}`, ...headers },
    body: body instanceof FormData ? body : form(body),
  });
  const text = await response.text();
  return {
    status: response.status,
    headers: response.headers,
    body: JSON.parse(text) as unknown,
  };
}

/** What is stored of uploads, whoever's they are. */
export async function stored(ctx: Context): Promise<{ batches: Batch[]; chunks: number }> {
  const db = database(ctx);
  return {
    batches: await collections(ctx).batches.find().toArray(),
    chunks:
      (await db.collection('uploads.chunks').countDocuments()) +
      (await db.collection('uploads.files').countDocuments()),
  };
}

/** Certificates, each of another person, and a file that names them by email. */
export async function people(ctx: Context, company: TestCompany, count: number) {
  const emails = Array.from({ length: count }, (_, i) => `p${String(i)}@${company.id}.example`);
  const ids: string[] = [];
  for (const email of emails) ids.push((await makeCertificate(ctx, company, { email })).id);
  return { ids, emails, file: ['email', ...emails, ''].join('\n') };
}

/** A request whose body the test writes itself. */
export function openRequest(service: Service, headers: Record<string, string>, path = UPLOAD) {
  const events: string[] = [];
  const request = httpRequest(service.url + path, { method: 'POST', headers });
  const answer = new Promise<{ status: number; headers: IncomingHttpHeaders; body: string }>(
    (resolve, reject) => {
      request.on('continue', () => events.push('continue'));
      request.on('error', reject);
      request.on('response', (response) => {
        let body = '';
        response.setEncoding('utf8');
        response.on('data', (text: string) => (body += text));
        response.on('end', () => {
          resolve({ status: response.statusCode ?? 0, headers: response.headers, body });
        });
        response.on('error', reject);
      });
    },
  );
  // Whoever awaits it gets the error.
  answer.catch(() => undefined);
  return { request, answer, events };
}
