/** What the contact calls answer; the OpenAPI document shows these and tests check them. */
import { z } from 'zod';
import { CONTACT_REASONS } from '../../core/contacts/contact';

const at = z.iso.datetime();

export const contactAnswer = z
  .object({
    allowed: z.boolean(),
    reason: z.enum(CONTACT_REASONS),
    certificate_id: z.string().nullable().meta({ description: 'The certificate that allows it.' }),
    consent_opt_in: at.nullable().meta({ description: 'When its consent was given.' }),
    consent_types: z.array(z.string()).meta({
      description: 'The types of what the person has agreed to and not opted out of.',
    }),
    opted_out_at: at.nullable().meta({ description: 'The newest opt-out that applies.' }),
    checked_at: at,
  })
  .meta({ id: 'ContactResult' });
